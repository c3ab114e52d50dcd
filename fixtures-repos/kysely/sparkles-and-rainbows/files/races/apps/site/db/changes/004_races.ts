import type { Kysely } from 'kysely';
import { id, idType } from '../id';

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable('races').addColumn('id', idType, id).addColumn('meadow', 'integer').execute();
  await db.schema.alterTable('unicorns').addColumn('speed', 'integer').execute();
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable('unicorns').dropColumn('speed').execute();
  await db.schema.dropTable('races').execute();
}
