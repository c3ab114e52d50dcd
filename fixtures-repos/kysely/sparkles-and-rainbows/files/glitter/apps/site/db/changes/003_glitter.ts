import type { Kysely } from 'kysely';
import { id, idType } from '../id';

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable('glitter_sorts').addColumn('id', idType, id).addColumn('colour', 'varchar(20)').execute();
  await db.schema.alterTable('unicorns').addColumn('glitter', 'varchar(20)').execute();
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable('unicorns').dropColumn('glitter').execute();
  await db.schema.dropTable('glitter_sorts').execute();
}
