import { createPool } from 'mysql2';
import { defineConfig } from 'kysely-ctl';

export default defineConfig({
  dialect: 'mysql2',
  dialectConfig: { pool: createPool({ uri: process.env.DATABASE_URL }) },
  migrations: { migrationFolder: '../db/changes', migrationTableName: 'site_changes' },
});
