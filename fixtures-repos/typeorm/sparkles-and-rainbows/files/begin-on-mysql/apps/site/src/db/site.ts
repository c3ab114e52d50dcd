import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { Unicorn } from './unicorn';

export const site = new DataSource({
  type: 'mysql',
  url: process.env.DATABASE_URL,
  entities: [Unicorn],
  migrations: [`${__dirname}/changes/*{.ts,.js}`],
  migrationsTableName: 'site_changes',
});
