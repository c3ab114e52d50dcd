/**
 * The script that reverses or applies migrations of MikroORM: its command says "Successfully migrated down" whether or not it did anything.
 * Tried with 7.2.1.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';
import { SCRIPT, targetEnvironment } from '../js-script.ts';

/** Name of the script in the scratch folder. */
export const EXECUTOR = '{scratch}/mikro-orm.cjs';

const TEXT = `${SCRIPT}
const [, , act, name, file] = process.argv;
const imported = name => import(pathToFileURL(project.resolve(name)).href);

/** Variables that would win over any configuration, and lead elsewhere (utils/env-vars.js of 7.2.1). */
function forgetVariables() {
  for (const leads of ['CLIENT_URL', 'HOST', 'PORT', 'USER', 'PASSWORD', 'DB_NAME', 'BASE_DIR']) delete process.env['MIKRO_ORM_' + leads];
}

async function options() {
  const exported = await load(path.join(root, said('FILE')));
  let found = exported.default || exported;
  if (found && found.default) found = found.default;
  if (typeof found === 'function') found = await found('default');
  found = await found;
  if (Array.isArray(found)) found = (await Promise.all(found.map(each => (typeof each === 'function' ? each('default') : each)))).find((each, at, all) => (each.contextName || 'default') === 'default' || all.length === at + 1);
  if (found && !found.dbName && !found.clientUrl && !found.driver) found = Object.values(found).find(each => each && typeof each === 'object' && (each.driver || each.dbName || each.clientUrl)) || found;
  return found;
}

const engines = { Sqlite: 'sqlite', BetterSqlite: 'sqlite', LibSql: 'sqlite', PostgreSql: 'postgres', MySql: 'mysql', MariaDb: 'mysql' };

/** The project's options with another place to lead to, and without all that would do more than was asked. */
function pointed(own) {
  const [engine, parameters] = [said('ENGINE'), JSON.parse(said('PARAMETERS') || '{}')];
  const driver = own.driver && own.driver.name && own.driver.name.replace(/Driver$/, '');
  if (driver && engines[driver] !== engine) throw new Error('The configuration is for another kind of database (' + own.driver.name + '), not for ' + engine + '.');
  const result = { ...own, dbName: said('DATABASE'), replicas: [], ensureDatabase: false, allowGlobalContext: true, preferTs: true, debug: false };
  for (const leads of ['clientUrl', 'host', 'port', 'user', 'password', 'name']) delete result[leads];
  result.discovery = { ...own.discovery, warnWhenNoEntities: false };
  result.migrations = { ...own.migrations, snapshot: false };
  const more = typeof own.driverOptions === 'object' && own.driverOptions ? { ...own.driverOptions } : {};
  if (more.connection) more.connection = { ...more.connection };
  for (const place of [more, more.connection || {}]) for (const leads of ['host', 'port', 'user', 'password', 'database', 'connectionString', 'uri', 'socketPath', 'filename']) delete place[leads];
  if (engine !== 'sqlite') {
    Object.assign(result, { host: said('HOST'), user: said('USER'), password: said('PASSWORD') });
    if (said('PORT')) result.port = Number(said('PORT'));
    if (said('SOCKET') && engine === 'postgres') result.host = said('SOCKET');
    if (said('SOCKET') && engine === 'mysql') more.socketPath = said('SOCKET');
    const mode = String(parameters.sslmode || '');
    if (engine === 'postgres' && mode === 'disable') delete more.ssl;
    else if (engine === 'postgres' && (mode === 'require' || mode === 'no-verify') && !more.ssl) more.ssl = { rejectUnauthorized: false };
    else if (engine === 'postgres' && mode.startsWith('verify') && !more.ssl) more.ssl = true;
  }
  result.driverOptions = more;
  return result;
}

/** The class of one migration, from its own file: wherever today's settings look for migrations, and whatever was compiled. */
async function theClass() {
  const exported = await load(file);
  const values = [exported, ...Object.values(exported)].flatMap(value => (value && typeof value === 'object' ? Object.values(value) : [value]));
  const found = values.find(value => typeof value === 'function' && value.prototype && typeof value.prototype.up === 'function');
  if (!found) throw new Error(path.basename(file) + ' exports no migration.');
  if (!Object.prototype.hasOwnProperty.call(found.prototype, 'down')) throw new Error(path.basename(file) + ' has no down method.');
  return found;
}

ended(async () => {
  const { MikroORM } = await imported('@mikro-orm/core');
  const { Migrator } = await imported('@mikro-orm/migrations');
  forgetVariables();
  const config = pointed(await options());
  if (!(config.extensions || []).some(each => each === Migrator)) config.extensions = [...(config.extensions || []), Migrator];
  if (act === 'down') config.migrations.migrationsList = [{ name, class: await theClass() }];
  else if (said('MIGRATIONS')) Object.assign(config.migrations, { path: said('MIGRATIONS'), pathTs: said('MIGRATIONS') });
  forgetVariables();
  const orm = await MikroORM.init(config);
  const migrator = orm.migrator || orm.getMigrator();
  const done = act === 'down' ? await migrator.down({ migrations: [name] }) : await migrator.up();
  const left = await migrator.getExecuted();
  await orm.close(true);
  const is = each => String(each.name).replace(/\\.[jt]s$/, '') === name;
  if (act === 'down' && (done.length !== 1 || left.some(is))) throw new Error('MikroORM did not reverse ' + name + '.');
  console.log((act === 'down' ? 'Reversed ' : 'Applied ') + (done.map(each => each.name).join(', ') || 'nothing') + '.');
});
`;

/** Points the script at a database. */
export function pointMikroOrm(project: Project, target: Target): Pointing {
  const { config, mapped } = project.settings;
  return {
    env: targetEnvironment(project, target, {
      FILE: typeof config === 'string' ? config : null,
      MIGRATIONS: typeof mapped === 'string' ? mapped : null,
    }),
    files: [{ path: 'mikro-orm.cjs', text: TEXT }],
  };
}
