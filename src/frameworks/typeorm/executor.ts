/**
 * The script that reverses or applies migrations of TypeORM: it has a command that reverses the newest row, and none for one migration.
 * Tried with typeorm 1.1.1 (migration/MigrationExecutor.js).
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';
import { SCRIPT, targetEnvironment } from '../js-script.ts';

/** Name of the script in the scratch folder. */
export const EXECUTOR = '{scratch}/typeorm.cjs';

const TEXT = `${SCRIPT}
const [, , act, name, file, together] = process.argv;
const { DataSource } = project('typeorm');
const inTypeorm = file => require(path.join(path.dirname(project.resolve('typeorm')), file));
const { DriverFactory } = inTypeorm('driver/DriverFactory.js');
const { MigrationExecutor } = inTypeorm('migration/MigrationExecutor.js');

const engines = { 'better-sqlite3': 'sqlite', sqlite: 'sqlite', postgres: 'postgres', mysql: 'mysql', mariadb: 'mysql' };

/** The project's options with another place to lead to, and without all that would do more than was asked. */
function pointed(options) {
  const [engine, parameters] = [said('ENGINE'), JSON.parse(said('PARAMETERS') || '{}')];
  if (engines[options.type] !== engine) throw new Error('The data source is for another kind of database (' + options.type + '), not for ' + engine + '.');
  const result = { ...options, synchronize: false, dropSchema: false, migrationsRun: false, subscribers: [], cache: false };
  for (const leads of ['url', 'host', 'port', 'username', 'password', 'database', 'replication', 'socketPath', 'connectString']) delete result[leads];
  result.database = said('DATABASE');
  if (engine === 'sqlite') return result;
  const extra = { ...options.extra };
  for (const leads of ['host', 'port', 'user', 'password', 'database', 'connectionString', 'uri', 'socketPath']) delete extra[leads];
  Object.assign(result, { host: said('HOST'), username: said('USER'), password: said('PASSWORD'), extra });
  if (said('PORT')) result.port = Number(said('PORT'));
  if (said('SOCKET') && engine === 'mysql') result.socketPath = said('SOCKET');
  if (said('SOCKET') && engine === 'postgres') result.host = said('SOCKET');
  const mode = String(parameters.sslmode || '');
  if (engine === 'postgres') {
    if (mode === 'disable') {
      result.ssl = false;
      delete extra.ssl;
    } else if ((mode === 'require' || mode === 'no-verify') && !options.ssl) result.ssl = { rejectUnauthorized: false };
    else if (mode.startsWith('verify') && !options.ssl) result.ssl = true;
    if (parameters.options) extra.options = parameters.options;
  }
  return result;
}

// A module may initialize its data source when it is loaded: no data source of this process reaches any other database.
const initialize = DataSource.prototype.initialize;
const begun = new WeakMap();
DataSource.prototype.initialize = function () {
  if (!begun.has(this)) begun.set(this, begin(this));
  return begun.get(this);
};

async function begin(source) {
  source.options = pointed(source.options);
  if (act === 'down') source.options.migrations = [];
  else if (said('MIGRATIONS')) source.options.migrations = JSON.parse(said('MIGRATIONS')).map(glob => path.join(root, glob));
  source.queryResultCache = undefined;
  source.driver = new DriverFactory().create(source);
  return initialize.call(source);
}

async function theDataSource() {
  const exported = await load(path.join(root, said('FILE')));
  const values = await Promise.all([exported, ...Object.values(exported)]);
  const found = new Set(values.flatMap(value => [value, value && value.default]).filter(value => value instanceof DataSource));
  if (found.size !== 1) throw new Error(said('FILE') + ' must export one DataSource, not ' + found.size + '.');
  const [source] = found;
  await source.initialize();
  return source;
}

/** The class of one migration, from its own file: wherever today's settings look for migrations, and whatever was compiled. */
async function theMigration() {
  const exported = await load(file);
  const candidates = Object.values(exported).flatMap(value => (value && typeof value === 'object' ? Object.values(value) : [value]));
  for (const value of [exported, ...candidates]) {
    if (typeof value !== 'function' || !value.prototype || typeof value.prototype.up !== 'function') continue;
    const instance = new value();
    if ((instance.name || value.name) === name) return instance;
  }
  throw new Error(path.basename(file) + ' exports no migration ' + name + '.');
}

async function down() {
  const source = await theDataSource();
  const instance = await theMigration();
  const runner = source.createQueryRunner();
  const executor = new MigrationExecutor(source, runner);
  // As the row has it: by the time stamp in the class's name TypeORM would miss a row whose own differs.
  const rows = (await executor.getExecutedMigrations()).filter(each => each.name === name);
  if (rows.length !== 1) throw new Error('The history table has ' + rows.length + ' rows for ' + name + '.');
  const whole = instance.transaction !== false && together === 'together';
  // Before the transaction: inside, SQLite takes no change of foreign_keys, and a table made anew would empty those that refer to it.
  await runner.beforeMigration();
  if (whole) await runner.startTransaction();
  try {
    await instance.down(runner);
    await executor.deleteMigration(rows[0]);
    const left = await executor.getExecutedMigrations();
    if (left.some(each => each.name === name)) throw new Error('The row of ' + name + ' could not be deleted.');
    if (whole) await runner.commitTransaction();
  } catch (error) {
    if (whole && runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  }
  await runner.afterMigration();
  await runner.release();
  await source.destroy();
  console.log('Reversed ' + name + '.');
}

async function up() {
  const source = await theDataSource();
  if (source.migrations.length === 0) throw new Error('No migration is found where ' + said('FILE') + ' looks for them (' + JSON.stringify(source.options.migrations) + '). If they have to be built first, that has not been done in this checkout.');
  const done = await source.runMigrations({ transaction: source.options.migrationsTransactionMode || 'all' });
  await source.destroy();
  console.log('Applied ' + (done.map(each => each.name).join(', ') || 'nothing') + '.');
}

ended(act === 'down' ? down : up);
`;

/** Points the script at a database. */
export function pointTypeorm(project: Project, target: Target): Pointing {
  const { dataSource, registers, mapped } = project.settings;
  const listed = (value: Project['settings'][string] | undefined): string | null =>
    Array.isArray(value) && value.length > 0 ? JSON.stringify(value) : null;
  return {
    env: targetEnvironment(project, target, {
      FILE: typeof dataSource === 'string' ? dataSource : null,
      REGISTERS: listed(registers),
      MIGRATIONS: listed(mapped),
    }),
    files: [{ path: 'typeorm.cjs', text: TEXT }],
  };
}
