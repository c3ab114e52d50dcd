import type { MigrationBuilder } from 'node-pg-migrate';

// There is no "down": the inverse of these two is inferred.
export async function up(pgm: MigrationBuilder): Promise<void> {
  pgm.createTable('glitter_sorts', { id: 'id', colour: { type: 'varchar(20)' } });
  pgm.addColumns('unicorns', { glitter: { type: 'varchar(20)' } });
}
