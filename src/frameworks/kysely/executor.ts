/**
 * The script that reverses or applies migrations of Kysely: its command can go down to a migration, and not undo one. It runs the project's
 * migrations on a connection of its own. Tried with kysely 0.29.9 and kysely-ctl 0.21.0.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';
import { SCRIPT, targetEnvironment } from '../js-script.ts';

/** Name of the script in the scratch folder. */
export const EXECUTOR = '{scratch}/kysely.cjs';

const TEXT = `${SCRIPT}
const [, , act, name, file, table, schema, together] = process.argv;

const resolved = name => pathToFileURL(project.resolve(name)).href;

/** kysely-ctl loads everything through its own jiti; so does this, where it is there. */
async function imported(path) {
  let ctl;
  try {
    ctl = createRequire(project.resolve('kysely-ctl/package.json'));
  } catch {
    return load(path);
  }
  const { createJiti } = ctl('jiti');
  return createJiti(path, { fsCache: false, jsx: true, tryNative: false, tsconfigPaths: root }).import(path);
}

async function dialect(kysely) {
  const engine = said('ENGINE');
  const parameters = JSON.parse(said('PARAMETERS') || '{}');
  if (engine === 'sqlite') {
    const Database = project('better-sqlite3');
    return new kysely.SqliteDialect({ database: new Database(said('DATABASE')) });
  }
  const place = { user: said('USER'), password: said('PASSWORD'), database: said('DATABASE'), host: said('HOST') };
  if (said('PORT')) place.port = Number(said('PORT'));
  if (engine === 'mysql') {
    const { createPool } = project('mysql2');
    return new kysely.MysqlDialect({ pool: createPool({ ...place, ...(said('SOCKET') ? { socketPath: said('SOCKET') } : {}) }) });
  }
  if (said('SOCKET')) place.host = said('SOCKET');
  const mode = String(parameters.sslmode || '');
  if (mode === 'require' || mode === 'no-verify') place.ssl = { rejectUnauthorized: false };
  else if (mode.startsWith('verify')) place.ssl = true;
  if (parameters.options) place.options = parameters.options;
  const { Pool } = project('pg');
  return new kysely.PostgresDialect({ pool: new Pool(place) });
}

const made = async value => (typeof value === 'function' ? value() : value);

/** The project's configuration. Nothing of it leads to a database: only plugins and how migrations are found are taken from it. */
async function configuration() {
  const exported = await imported(path.join(root, said('FILE')));
  const config = (await made(exported.default || exported)) || {};
  const instance = config.kysely ? await made(config.kysely) : undefined;
  const plugins = config.plugins ? await made(config.plugins) : instance ? instance.getExecutor().plugins : [];
  return { migrations: config.migrations || {}, plugins };
}

const isMigration = value => value !== null && typeof value === 'object' && typeof value.up === 'function';

async function down(db) {
  const exported = await imported(file);
  const migration = [exported.default, exported].find(each => isMigration(each));
  if (!migration || typeof migration.down !== 'function') throw new Error(path.basename(file) + ' has no down function.');
  const adapter = db.getExecutor().adapter;
  const options = { lockTable: table + '_lock', lockRowId: 'migration_lock' };
  const undo = async within => {
    await migration.down(within);
    const plain = within.withoutPlugins();
    const rows = (schema ? plain.withSchema(schema) : plain).deleteFrom(table).where('name', '=', name);
    const { numDeletedRows } = await rows.executeTakeFirst();
    if (Number(numDeletedRows) !== 1) throw new Error('The history table had ' + numDeletedRows + ' rows for ' + name + '.');
  };
  await db.connection().execute(async connection => {
    await adapter.acquireMigrationLock(connection, options);
    try {
      if (together === 'together') await connection.transaction().execute(undo);
      else await undo(connection);
    } finally {
      await adapter.releaseMigrationLock(connection, options);
    }
  });
  console.log('Reversed ' + name + '.');
}

async function up(db, kysely, { migrations }) {
  const { getMigrationPrefix, allowJS, migrationFolder, migrator, provider, ...more } = migrations;
  let used = migrator ? await migrator(db) : undefined;
  if (!used) {
    const own = await made(provider);
    const files = own || new (await import(resolved('kysely-ctl'))).TSFileMigrationProvider({
      allowJS, migrationFolder: path.resolve(path.dirname(path.join(root, said('FILE'))), migrationFolder || path.relative(path.dirname(said('FILE')), 'migrations')),
    });
    const { Migrator } = kysely.Migrator ? kysely : await import(resolved('kysely/migration'));
    used = new Migrator({ ...more, db, provider: files });
  }
  // It never throws (Migrator of 0.29.9): what went wrong is in its answer.
  const { error, results } = await used.migrateToLatest();
  if (error) throw error;
  const left = (results || []).filter(each => each.status !== 'Success');
  if (left.length > 0) throw new Error('Not applied: ' + left.map(each => each.migrationName).join(', ') + '.');
  console.log('Applied ' + ((results || []).map(each => each.migrationName).join(', ') || 'nothing') + '.');
}

ended(async () => {
  const kysely = await import(resolved('kysely'));
  const config = await configuration();
  const db = new kysely.Kysely({ dialect: await dialect(kysely), plugins: config.plugins });
  await (act === 'down' ? down(db) : up(db, kysely, config));
  await db.destroy();
});
`;

/** Points the script at a database. */
export function pointKysely(project: Project, target: Target): Pointing {
  const { config } = project.settings;
  return {
    env: targetEnvironment(project, target, { FILE: typeof config === 'string' ? config : null }),
    files: [{ path: 'kysely.cjs', text: TEXT }],
  };
}
