import { PrismaLibSQL } from '@prisma/adapter-libsql';
import { defineConfig } from 'prisma/config';

export default defineConfig({
  experimental: { adapter: true },
  engine: 'js',
  schema: 'model/shop.prisma',
  migrations: { path: 'changes' },
  adapter: async () => new PrismaLibSQL({ url: process.env.SHOP_DATABASE_URL ?? 'file:./shop.db' }),
});
