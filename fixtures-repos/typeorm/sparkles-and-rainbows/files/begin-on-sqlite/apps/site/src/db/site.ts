import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { Unicorn } from './unicorn';

export const site = new DataSource({
  type: 'better-sqlite3',
  database: 'site.db',
  entities: [Unicorn],
  migrations: [`${__dirname}/changes/*{.ts,.js}`],
  migrationsTableName: 'site_changes',
});
