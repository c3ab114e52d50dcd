import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { defineConfig } from 'prisma/config';

/** The adapter does not know the types `name` and `"char"` of the catalogue, which Prisma itself asks about. */
class Pool extends pg.Pool {
  async query(...words: readonly unknown[]) {
    const result = await super.query(...words);
    for (const field of result.fields) if (field.dataTypeID === 18 || field.dataTypeID === 19) field.dataTypeID = 25;
    return result;
  }
}

export default defineConfig({
  experimental: { adapter: true },
  engine: 'js',
  schema: 'model/shop.prisma',
  migrations: { path: 'changes' },
  adapter: async () => new PrismaPg(new Pool({ connectionString: process.env.DATABASE_URL, idleTimeoutMillis: 100 })),
});
