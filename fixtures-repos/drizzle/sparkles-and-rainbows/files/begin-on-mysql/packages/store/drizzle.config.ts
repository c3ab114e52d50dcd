import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'mysql',
  schema: './tables.ts',
  out: './data/moves',
  dbCredentials: { url: process.env.DATABASE_URL! },
  migrations: { table: 'store_moves', prefix: 'timestamp' },
});
