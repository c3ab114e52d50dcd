import type { Kysely } from 'kysely';
import { id, idType } from '../id';

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable('meadows').addColumn('id', idType, id).addColumn('name', 'varchar(50)').execute();
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('meadows').execute();
}
