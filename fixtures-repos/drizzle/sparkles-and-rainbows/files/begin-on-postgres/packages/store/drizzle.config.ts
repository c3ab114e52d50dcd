import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './tables.ts',
  out: './data/moves',
  dbCredentials: { url: process.env.DATABASE_URL! },
  migrations: { table: 'store_moves', schema: 'public', prefix: 'timestamp' },
});
