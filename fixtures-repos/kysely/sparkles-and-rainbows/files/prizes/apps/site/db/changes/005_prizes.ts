import { type Kysely, sql } from 'kysely';
import { id, idType } from '../id';

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable('prizes').addColumn('id', idType, id).addColumn('race', 'integer').execute();
  await sql`CREATE INDEX prizes_by_race ON prizes (race)`.execute(db);
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('prizes').execute();
}
