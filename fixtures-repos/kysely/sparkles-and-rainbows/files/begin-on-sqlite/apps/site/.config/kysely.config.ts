import Database from 'better-sqlite3';
import { defineConfig } from 'kysely-ctl';

export default defineConfig({
  dialect: 'better-sqlite3',
  dialectConfig: { database: new Database('site.db') },
  migrations: { migrationFolder: '../db/changes', migrationTableName: 'site_changes' },
});
