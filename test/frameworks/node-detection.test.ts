/** A repository that has every framework of Node: each claims its own projects and no others, and reads no other's rows or files. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Project, type Row } from '../../src/domain/migration.ts';
import type { Framework, SourceTree } from '../../src/frameworks/contract.ts';
import { FRAMEWORKS, frameworkNamed } from '../../src/frameworks/registry.ts';
import { matchedByGit } from './conformance-bench.ts';

const UP = "up() { return this.q('x'); } async down() { return this.q('y'); }";

const TREE: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    private: true,
    workspaces: ['apps/*'],
    dependencies: { pg: '8', kysely: '0.29.9' },
  }),
  // MikroORM of old brings Knex along, and Strapi does.
  'apps/mikro/package.json': JSON.stringify({
    dependencies: { '@mikro-orm/core': '6', '@mikro-orm/migrations': '6', knex: '3' },
  }),
  'apps/mikro/mikro-orm.config.ts':
    "import { defineConfig } from '@mikro-orm/postgresql';\nexport default defineConfig({ dbName: 'x', migrations: { path: 'migrations' } });",
  'apps/mikro/migrations/Migration20240301000001.ts': `export class M extends Migration { ${UP} }`,
  'apps/orm/package.json': JSON.stringify({ dependencies: { typeorm: '1', 'reflect-metadata': '0' } }),
  'apps/orm/data-source.ts':
    "import { DataSource } from 'typeorm';\nexport default new DataSource({ type: 'postgres', migrations: ['migrations/*.ts'] });",
  'apps/orm/migrations/1709251200001-a.ts': `export class A1709251200001 { ${UP} }`,
  'apps/cli/package.json': JSON.stringify({ devDependencies: { 'sequelize-cli': '6' } }),
  'apps/cli/config/config.json': '{ "development": { "dialect": "postgres" } }',
  'apps/cli/migrations/20240301-a.js': 'module.exports = { up() {}, down() {} };',
  'apps/pgm/package.json': JSON.stringify({ devDependencies: { 'node-pg-migrate': '9' } }),
  'apps/pgm/migrations/1709251200001_a.js': 'exports.up = pgm => {};',
  'apps/builder/package.json': JSON.stringify({ dependencies: { kysely: '0', knex: '3' } }),
  'apps/builder/kysely.config.ts': "export default { dialect: 'pg' };",
  'apps/builder/migrations/001_a.ts': 'export const up = () => {};',
  'apps/knex/package.json': JSON.stringify({ dependencies: { knex: '3' } }),
  'apps/knex/knexfile.js': "module.exports = { client: 'pg' };",
  'apps/knex/migrations/001_a.js': 'exports.up = () => {};',
  'apps/cli/.sequelizerc': 'module.exports = {};',
  'apps/py/manage.py': '',
  'apps/py/alembic.ini': '',
  'apps/sql/.env': '',
  'db/migrations/1_a.sql': '-- migrate:up\n-- migrate:down\n',
  // Tools whose tables are called "migrations" too, and that are none of these.
  'apps/laravel/composer.json': '{ "require": { "laravel/framework": "^11" } }',
  'apps/laravel/database/migrations/2024_01_01_000000_users.php': '<?php',
  'apps/dbm/package.json': JSON.stringify({ dependencies: { 'db-migrate': '0.11.14' } }),
  'apps/dbm/database.json': '{ "dev": { "driver": "pg" } }',
  'apps/dbm/migrations/20240101000001-a.js': 'exports.up = (db, cb) => cb(); exports.down = (db, cb) => cb();',
};

const OWN: Readonly<Record<string, { readonly root: string; readonly file: string; readonly id: string }>> = {
  knex: { root: 'apps/knex', file: 'apps/knex/migrations/001_a.js', id: '001_a.js' },
  kysely: { root: 'apps/builder', file: 'apps/builder/migrations/001_a.ts', id: '001_a' },
  'mikro-orm': {
    root: 'apps/mikro',
    file: 'apps/mikro/migrations/Migration20240301000001.ts',
    id: 'Migration20240301000001',
  },
  'node-pg-migrate': { root: 'apps/pgm', file: 'apps/pgm/migrations/1709251200001_a.js', id: '1709251200001_a' },
  sequelize: { root: 'apps/cli', file: 'apps/cli/migrations/20240301-a.js', id: '20240301-a.js' },
  typeorm: { root: 'apps/orm', file: 'apps/orm/migrations/1709251200001-a.ts', id: 'A1709251200001' },
};

const named = (name: string): Framework => {
  const framework = frameworkNamed(name);
  if (framework === null) throw new Error(`there is no ${name}`);
  return framework;
};

/** As inspecting does it: the paths of all frameworks' markers together. */
const ALL: SourceTree = {
  paths: matchedByGit(TREE, [...new Set(FRAMEWORKS.flatMap(framework => framework.markers))]),
  read: path => (Object.hasOwn(TREE, path) ? (TREE[path] ?? null) : null),
};

const projectsOf = (framework: Framework): readonly Project[] => framework.detect(ALL);

describe('in a repository of all Node frameworks', () => {
  for (const framework of FRAMEWORKS) {
    const own = OWN[framework.name];
    it(`${framework.title} finds ${own === undefined ? 'nothing in the folders of Node' : 'its own project alone'}`, () => {
      const roots = projectsOf(framework).map(project => project.root);
      if (own !== undefined) expect(roots).toEqual([own.root]);
      else for (const { root } of Object.values(OWN)) expect(roots).not.toContain(root);
    });
  }

  for (const [name, { file, id }] of Object.entries(OWN)) {
    it(`${name} knows its file, and none of the others'`, () => {
      const framework = named(name);
      const [project] = projectsOf(framework);
      if (project === undefined) throw new Error('no project');
      const known = Object.keys(TREE).filter(
        path => framework.identify(project, path, framework.idFrom === 'text' ? (TREE[path] ?? '') : null) !== null,
      );
      expect(known).toEqual([file]);
      expect(framework.identify(project, file, framework.idFrom === 'text' ? (TREE[file] ?? '') : null)).toBe(id);
    });
  }
});

describe('a table called "migrations"', () => {
  const rows: Readonly<Record<string, Row>> = {
    TypeORM: { id: 1, timestamp: '1709251200001', name: 'A1709251200001' },
    'db-migrate': { id: 1, name: '/20240101000001-a', run_on: '2024-01-01 00:00:00' },
    Laravel: { id: 1, migration: '2024_01_01_000000_users', batch: 1 },
  };

  it('is read by TypeORM only where its columns are those of TypeORM', () => {
    const framework = named('typeorm');
    const [project] = projectsOf(framework);
    if (project === undefined) throw new Error('no project');
    const read = Object.entries(rows).filter(([, row]) => framework.applied(project, [row], new Map()).length > 0);
    expect(read.map(([tool]) => tool)).toEqual(['TypeORM']);
    const [applied] = framework.applied(project, Object.values(rows), new Map());
    expect(applied?.id).toBe(migrationId('A1709251200001'));
  });
});
