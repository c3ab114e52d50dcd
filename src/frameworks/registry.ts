/** All frameworks. Written by test/kit/generate-registry.ts from the folders beside this file. */
import { alembic } from './alembic/index.ts';
import type { Framework } from './contract.ts';
import { custom } from './custom/index.ts';
import { dbmate } from './dbmate/index.ts';
import { diesel } from './diesel/index.ts';
import { django } from './django/index.ts';
import { doctrine } from './doctrine/index.ts';
import { drizzle } from './drizzle/index.ts';
import { flaskMigrate } from './flask-migrate/index.ts';
import { flyway } from './flyway/index.ts';
import { golangMigrate } from './golang-migrate/index.ts';
import { goose } from './goose/index.ts';
import { knex } from './knex/index.ts';
import { kysely } from './kysely/index.ts';
import { laravel } from './laravel/index.ts';
import { liquibase } from './liquibase/index.ts';
import { mikroOrm } from './mikro-orm/index.ts';
import { nodePgMigrate } from './node-pg-migrate/index.ts';
import { phinx } from './phinx/index.ts';
import { play } from './play/index.ts';
import { prisma } from './prisma/index.ts';
import { rails } from './rails/index.ts';
import { refinery } from './refinery/index.ts';
import { sequelize } from './sequelize/index.ts';
import { south } from './south/index.ts';
import { sqitch } from './sqitch/index.ts';
import { sqlx } from './sqlx/index.ts';
import { typeorm } from './typeorm/index.ts';

/** Every framework, by name. */
export const FRAMEWORKS: readonly Framework[] = [
  alembic,
  custom,
  dbmate,
  diesel,
  django,
  doctrine,
  drizzle,
  flaskMigrate,
  flyway,
  golangMigrate,
  goose,
  knex,
  kysely,
  laravel,
  liquibase,
  mikroOrm,
  nodePgMigrate,
  phinx,
  play,
  prisma,
  rails,
  refinery,
  sequelize,
  south,
  sqitch,
  sqlx,
  typeorm,
];

/** The framework of this name; null when there is none. */
export const frameworkNamed = (name: string): Framework | null =>
  FRAMEWORKS.find(framework => framework.name === name) ?? null;
