/**
 * The knexfile that Tidemark gives to Knex in place of the project's: it loads the project's own, and changes only where it points.
 * Tried with knex 3.3.0: `--knexfile` makes the command change into that file's folder and look for `knex` from there.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';
import { inFolder } from '../repository-paths.ts';

/** Arguments that make the command use the wrapper. */
export const WRAPPED = ['--knexfile', '{scratch}/knexfile.js', '--env', 'tidemark'] as const;

/** Plain CommonJS for every Node that Knex runs on; all that differs from project to project comes from the environment. */
const WRAPPER = `'use strict';
// Written by Tidemark. Loads the project's own knexfile and points it at the database of this run.
const { existsSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const said = name => process.env['TIDEMARK_KNEX_' + name] || undefined;
const root = said('ROOT');
const file = path.join(root, said('FILE'));

/** What knex's command itself tries for a .ts knexfile (the package "interpret"), but from the project's folder. */
function prepareTypeScript() {
  const project = createRequire(file);
  const loaders = ['ts-node/register', 'typescript-node/register', 'typescript-register', 'typescript-require', 'sucrase/register/ts', '@babel/register'];
  for (const loader of loaders) {
    let found;
    try {
      found = project.resolve(loader);
    } catch {
      continue;
    }
    project(found);
    return;
  }
}

async function load() {
  if (file.endsWith('.ts')) prepareTypeScript();
  try {
    return require(file);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM' && error.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    return import(pathToFileURL(file).href);
  }
}

/** Settings of a connection that do not say where it leads. */
function kept(connection) {
  if (connection === null || typeof connection !== 'object') return {};
  const leads = ['host', 'port', 'user', 'password', 'database', 'connectionString', 'uri', 'filename', 'socketPath', 'path', 'service'];
  return Object.fromEntries(Object.entries(connection).filter(([key]) => !leads.includes(key)));
}

function connectionTo(engine, old) {
  const parameters = JSON.parse(said('PARAMETERS') || '{}');
  if (engine === 'sqlite') return { ...kept(old), filename: said('DATABASE') };
  const connection = { ...kept(old), user: said('USER'), password: said('PASSWORD'), database: said('DATABASE') };
  if (said('PORT')) connection.port = Number(said('PORT'));
  if (engine === 'mysql') {
    if (said('SOCKET')) return { ...connection, socketPath: said('SOCKET') };
    return { ...connection, host: said('HOST') };
  }
  connection.host = said('SOCKET') || said('HOST');
  const mode = parameters.sslmode;
  if (mode === 'disable') connection.ssl = false;
  else if ((mode === 'require' || mode === 'no-verify') && !connection.ssl) connection.ssl = { rejectUnauthorized: false };
  else if (String(mode).startsWith('verify') && !connection.ssl) connection.ssl = true;
  if (parameters.options) connection.options = parameters.options;
  return connection;
}

function engineOf(client) {
  const name = typeof client === 'function' ? client.prototype.dialect || client.prototype.driverName : client;
  if (/sqlite/.test(name)) return 'sqlite';
  if (/^(pg|postgres|cockroach)/.test(name)) return 'postgres';
  return /^(mysql|maria)/.test(name) ? 'mysql' : undefined;
}

/** Stands in the lock table while a command of Tidemark's works; to any Knex it means "locked", as 1 does. */
const MARK = 8433;

/** A killed command leaves Knex's lock behind. One of Tidemark's own is freed: a run begins only when no other is alive. */
async function freeOwnLock(config, lock) {
  const database = require('knex')({ ...config, pool: { min: 0, max: 1 } });
  try {
    await lock(database).where({ is_locked: MARK }).update({ is_locked: 0 });
  } catch {
    // No such table yet, or no connection: the command itself will say what is wrong.
  } finally {
    await database.destroy();
  }
}

module.exports = async () => {
  process.chdir(root);
  let all = await load();
  if (all && all.default) all = all.default;
  if (typeof all === 'function') all = await all();
  if (typeof all === 'string') all = { client: all.split(':')[0], connection: all };
  const config = { ...(all[said('ENVIRONMENT')] || all) };
  const engine = said('ENGINE');
  const client = config.client || config.dialect;
  if (engineOf(client) !== engine) {
    throw new Error('The knexfile is for another kind of database (' + String(client && (client.name || client)) + '), not for ' + engine + '.');
  }
  const migrations = { ...config.migrations };
  if (!migrations.migrationSource) {
    const folders = [].concat(migrations.directory || './migrations').map(folder => path.resolve(root, folder));
    // Git keeps no empty folders, and Knex fails on a folder that is not there.
    const here = folders.filter(folder => existsSync(folder));
    migrations.directory = here.length > 0 ? here : folders;
  }
  // Other orphans may still be in the table; that must not keep this one from being reversed. Going forward Knex keeps its own check.
  if (process.argv.includes('migrate:down')) migrations.disableMigrationsListValidation = true;
  delete config.connectionPool;
  const connection = connectionTo(engine, typeof config.connection === 'function' ? null : config.connection);
  const pointed = { ...config, connection, migrations };
  const lock = database => {
    const table = database((migrations.tableName || 'knex_migrations') + '_lock');
    return migrations.schemaName ? table.withSchema(migrations.schemaName) : table;
  };
  await freeOwnLock({ ...config, connection }, lock);
  const before = migrations.beforeAll;
  migrations.beforeAll = async (database, list) => {
    await lock(database).update({ is_locked: MARK });
    if (before) await before(database, list);
  };
  return { tidemark: pointed };
};
`;

/** From the wrapper's folder Knex finds this in place of itself: the project's own Knex. */
const KNEX = `module.exports = require(require.resolve('knex', { paths: [process.env.TIDEMARK_KNEX_ROOT] }));\n`;

/** Points Knex at a database. The password is in the environment of the command alone. */
export function pointKnex(project: Project, target: Target): Pointing {
  const { knexfile, environment } = project.settings;
  const chosen = typeof environment === 'string' ? environment : 'development';
  const said: Readonly<Record<string, string | null>> = {
    ROOT: inFolder('{worktree}', project.root).replace(/\/\.$/, ''),
    FILE: typeof knexfile === 'string' ? knexfile : 'knexfile.js',
    ENVIRONMENT: chosen,
    ENGINE: target.engine,
    DATABASE: target.database,
    HOST: target.host,
    PORT: target.port === null ? null : String(target.port),
    SOCKET: target.socket,
    USER: target.user,
    PASSWORD: target.password,
    PARAMETERS: JSON.stringify(target.parameters),
  };
  const env = Object.entries(said).flatMap(([name, value]) =>
    value === null ? [] : [[`TIDEMARK_KNEX_${name}`, value]],
  );
  return {
    // Knexfiles choose by NODE_ENV too, and Tidemark's own must not reach them.
    env: { ...Object.fromEntries(env), NODE_ENV: chosen },
    files: [
      { path: 'knexfile.js', text: WRAPPER },
      { path: 'package.json', text: '{ "private": true, "type": "commonjs" }\n' },
      { path: 'node_modules/knex/package.json', text: '{ "name": "knex", "main": "index.js", "type": "commonjs" }\n' },
      { path: 'node_modules/knex/index.js', text: KNEX },
    ],
  };
}
