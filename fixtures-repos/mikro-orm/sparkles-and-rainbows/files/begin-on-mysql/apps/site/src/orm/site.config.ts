import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, EntitySchema } from '@mikro-orm/mariadb';

const Unicorn = new EntitySchema({
  name: 'Unicorn',
  tableName: 'unicorns',
  properties: { id: { type: 'number', primary: true }, name: { type: 'string' } },
});

export default defineConfig({
  clientUrl: process.env.DATABASE_URL,
  entities: [Unicorn],
  extensions: [Migrator],
  migrations: { path: './dist/orm/changes', pathTs: './src/orm/changes', tableName: 'site_changes', snapshot: false },
});
