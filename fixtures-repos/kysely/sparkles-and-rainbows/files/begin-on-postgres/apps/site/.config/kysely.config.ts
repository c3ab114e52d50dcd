import { Pool } from 'pg';
import { defineConfig } from 'kysely-ctl';

export default defineConfig({
  dialect: 'pg',
  dialectConfig: { pool: new Pool({ connectionString: process.env.DATABASE_URL }) },
  migrations: { migrationFolder: '../db/changes', migrationTableName: 'site_changes' },
});
