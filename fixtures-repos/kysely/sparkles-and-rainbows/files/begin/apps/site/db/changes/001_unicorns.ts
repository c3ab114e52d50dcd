import type { Kysely } from 'kysely';
import { id, idType } from '../id';

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('unicorns')
    .addColumn('id', idType, id)
    .addColumn('name', 'varchar(50)', column => column.notNull())
    .execute();
  await db.insertInto('unicorns').values([{ name: 'Sparkles' }, { name: 'Rainbows' }]).execute();
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('unicorns').execute();
}
