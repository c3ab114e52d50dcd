import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './tables.ts',
  out: './data/moves',
  dbCredentials: { url: './store.db' },
  migrations: { table: 'store_moves', prefix: 'timestamp' },
});
