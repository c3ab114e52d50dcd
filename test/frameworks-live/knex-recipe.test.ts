/** Knex's recipe with the real Knex: one migration in the middle is reversed, and nothing else changes. */
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Declaration, type MigrationId, migrationId, type Row } from '../../src/domain/migration.ts';
import type { Framework, ReversibleMigration } from '../../src/frameworks/contract.ts';
import { knex } from '../../src/frameworks/knex/index.ts';
import { describeWith } from '../kit/available.ts';
import { mariadbHere, postgresHere } from '../kit/servers.ts';
import { type Story, tellStory } from '../kit/story.ts';
import { nodeToolchain } from '../kit/toolchains/node.ts';
import { type LiveDatabase, mariadbDatabase, postgresDatabase, sqliteDatabase } from './live-database.ts';
import { benchFor, runIn, theProject } from './node-recipe.ts';

const toolchain = await nodeToolchain();

/** How a project writes its knexfile and migrations. */
interface Style {
  readonly name: string;
  readonly knexfile: string;
  readonly extension: string;
  readonly type: 'commonjs' | 'module' | null;
  readonly flags?: readonly string[];
}

const COMMONJS: Style = { name: 'CommonJS', knexfile: 'knexfile.js', extension: '.js', type: null };

const STYLES: readonly Style[] = [
  COMMONJS,
  { name: 'ES modules by package type', knexfile: 'knexfile.js', extension: '.js', type: 'module' },
  { name: 'knexfile.mjs', knexfile: 'knexfile.mjs', extension: '.js', type: 'module' },
  {
    name: 'knexfile.cjs',
    knexfile: 'knexfile.cjs',
    extension: '.cjs',
    type: 'module',
    flags: ['--knexfile', 'knexfile.cjs'],
  },
  { name: 'TypeScript, ES modules', knexfile: 'knexfile.ts', extension: '.ts', type: 'module' },
  { name: 'TypeScript, CommonJS', knexfile: 'knexfile.ts', extension: '.ts', type: 'commonjs' },
];

const isEsm = (style: Style, file: string): boolean =>
  file.endsWith('.mjs') || (!file.endsWith('.cjs') && style.type === 'module');

/** A knexfile with relative things in it, as people write them. Its own database is one nobody may touch from a worktree. */
const knexfileOf = (style: Style, client: string): string => {
  const connection =
    client === 'better-sqlite3'
      ? `{ filename: './data/shop.db' }`
      : `process.env.SHOP_URL || 'the knexfile must not choose'`;
  const object = `{
  development: {
    client: '${client}',
    connection: ${connection},
    useNullAsDefault: true,
    pool: JSON.parse(readFileSync('./config/pool.json', 'utf8')),
    migrations: { directory: ['./db/changes', 'db/more'], tableName: 'shop_changes' },
  },
}`;
  return isEsm(style, style.knexfile)
    ? `import { readFileSync } from 'node:fs';\nexport default ${object};\n`
    : `const { readFileSync } = require('node:fs');\nmodule.exports = ${object};\n`;
};

const MIGRATIONS: Readonly<Record<string, { readonly up: string; readonly down: string }>> = {
  '1_users': {
    up: "await knex.schema.createTable('users', t => { t.increments('id'); t.string('email', 50); }); await knex('users').insert([{ email: 'a' }, { email: 'b' }]);",
    down: "await knex.schema.dropTable('users');",
  },
  '2_names': {
    up: "await knex.schema.alterTable('users', t => { t.string('name', 50); }); await knex('users').update({ name: 'N' });",
    down: "await knex.schema.alterTable('users', t => { t.dropColumn('name'); });",
  },
  '3_gifts': {
    up: "await knex.schema.createTable('gifts', t => { t.increments('id'); }); await knex.schema.alterTable('users', t => { t.integer('gift'); });",
    down: "await knex.schema.alterTable('users', t => { t.dropColumn('gift'); }); await knex.schema.dropTable(giftsTable);",
  },
  '4_orders': {
    up: "await knex.schema.createTable('orders', t => { t.increments('id'); t.integer('total'); }); await knex('orders').insert({ total: 7 });",
    down: "await knex.schema.dropTable('orders');",
  },
  '5_index': {
    up: "await knex.schema.alterTable('orders', t => { t.index(['total'], 'orders_total'); });",
    down: "await knex.schema.alterTable('orders', t => { t.dropIndex(['total'], 'orders_total'); });",
  },
  '6_notes': {
    up: "await knex.schema.createTable('notes', t => { t.increments('id'); });",
    down: "await knex.schema.dropTable('notes');",
  },
};

const pathOf = (style: Style, stem: string): string =>
  `apps/shop/db/${stem.startsWith('3') ? 'more' : 'changes'}/${stem}${style.extension}`;

/** 3 needs a module of its own, which is deleted together with it. */
function migrationText(style: Style, stem: string): string {
  const { up = '', down = '' } = MIGRATIONS[stem] ?? {};
  const esm = isEsm(style, `x${style.extension}`);
  const type = style.extension === '.ts' ? ': import("knex").Knex' : '';
  const lib = `../lib/names${style.extension}`;
  const head = !stem.startsWith('3')
    ? ''
    : esm
      ? `import { giftsTable } from '${lib}';\n`
      : `const { giftsTable } = require('${lib}');\n`;
  const body = (name: string, text: string) =>
    esm
      ? `export async function ${name}(knex${type}) {\n  ${text}\n}\n`
      : `exports.${name} = async (knex${type}) => {\n  ${text}\n};\n`;
  return `${head}${body('up', up)}${body('down', down)}`;
}

/** Rainbows' database: 1-2-3-4-5 applied, while HEAD has 1-2-4-5 and a new 6. */
async function tell(style: Style, client: string, story: Story, database: LiveDatabase | null) {
  if (!toolchain.here) throw new Error(toolchain.because);
  const cwd = join(story.root, 'apps/shop');
  const lib = `apps/shop/db/lib/names${style.extension}`;
  story.write('.gitignore', 'node_modules\n*.db\n');
  story.write(
    'apps/shop/package.json',
    JSON.stringify({ name: 'shop', ...(style.type === null ? {} : { type: style.type }) }),
  );
  story.write(`apps/shop/${style.knexfile}`, knexfileOf(style, client));
  story.write(lib, isEsm(style, lib) ? "export const giftsTable = 'gifts';\n" : "exports.giftsTable = 'gifts';\n");
  story.write('apps/shop/config/pool.json', '{ "min": 1, "max": 1 }');
  mkdirSync(join(cwd, 'data'));
  symlinkSync(join(toolchain.it.folder, 'node_modules'), join(cwd, 'node_modules'));
  for (const stem of ['1_users', '2_names', '3_gifts', '4_orders', '5_index']) {
    story.write(pathOf(style, stem), migrationText(style, stem));
    await story.commit(`Add ${stem}`);
  }
  const env: Record<string, string> = database === null ? {} : { SHOP_URL: database.url };
  const bare = (...args: readonly string[]) =>
    runIn(story, cwd, 'node_modules/.bin/knex', [...(style.flags ?? []), ...args], env);
  const latest = await bare('migrate:latest');
  if (latest.code !== 0) throw new Error(latest.said);
  const commit = await story.git('rev-parse', 'HEAD');
  const gone = pathOf(style, '3_gifts');
  const blob = await story.git('rev-parse', `HEAD:${gone}`);
  const libBlob = await story.git('rev-parse', `HEAD:${lib}`);
  story.remove(gone);
  story.remove(lib);
  // Git keeps no empty folder: the knexfile names one that a worktree does not have.
  story.write(pathOf(style, '6_notes'), migrationText(style, '6_notes'));
  await story.commit('Delete 3_gifts, add 6_notes');
  const id = migrationId(`3_gifts${style.extension}`);
  const text = migrationText(style, '3_gifts');
  const migration: ReversibleMigration = {
    id,
    requires: [],
    replaces: [],
    path: gone,
    text,
    commit,
    blob,
    orphan: true,
  };
  return { bare, migration, lib: { path: lib, blob: libBlob } };
}

const known = (style: Style): ReadonlyMap<MigrationId, Declaration> =>
  new Map(
    Object.keys(MIGRATIONS).map(stem => {
      const id = migrationId(`${stem}${style.extension}`);
      return [id, { id, requires: [], replaces: [] }] as const;
    }),
  );

/** Tells the story, reverses 3 as operations will, and proves what became of everything. */
async function prove(
  style: Style,
  client: string,
  given: LiveDatabase | null,
  storedAs: string = style.extension,
): Promise<void> {
  await tellStory(async story => {
    const database = given ?? sqliteDatabase(join(story.root, 'apps/shop/data/shop.db'));
    const { bare, migration, lib } = await tell(style, client, story, given);
    if (storedAs !== style.extension) {
      await database.scripts(
        [`UPDATE shop_changes SET name = replace(name, '${style.extension}', '${storedAs}')`],
        true,
      );
    }
    const project = await theProject(story, knex);
    expect(project).toMatchObject({ root: 'apps/shop', historyTable: { schema: null, name: 'shop_changes' } });
    const table = database.quoted(project.historyTable);
    // A row of a branch that nobody looks at now must not be in the way.
    const stranger = database.target.engine === 'sqlite' ? '1700000000000' : "'2024-01-01 00:00:00'";
    await database.scripts(
      [`INSERT INTO ${table} (name, batch, migration_time) VALUES ('0_other_branch.js', 1, ${stranger})`],
      true,
    );
    const before = await database.rows(`SELECT * FROM ${table} ORDER BY id`);
    const users = await database.rows('SELECT id, email, name FROM users ORDER BY id');
    const applied = knex.applied(project, before, known(style));
    expect(applied.map(each => each.id)).toContain(migration.id);

    const refused = await bare('migrate:rollback');
    expect(refused.code).toBe(1);
    expect(refused.said).toContain('The migration directory is corrupt');
    expect(knex.hazard(project, [migration.id])).toContain('The migration directory is corrupt');

    const reversal = knex.reverse({
      project,
      engine: database.target.engine,
      migration,
      all: [migration],
      onDisk: [],
      applied,
    });
    if (reversal.how !== 'command' || reversal.checkout.kind !== 'overlay') throw new Error(JSON.stringify(reversal));
    expect(knex.imports(project, migration)).toContain(lib.path);
    const bench = await benchFor(story, knex, project, database.target, [...reversal.checkout.files, lib]);
    const ended = await bench.run(reversal.arguments);
    expect(ended, ended.said).toMatchObject({ code: 0 });

    const isThird = (row: Row) => String(row['name']).startsWith('3_gifts');
    expect(await database.rows(`SELECT * FROM ${table} ORDER BY id`)).toEqual(before.filter(row => !isThird(row)));
    await expect(database.rows('SELECT * FROM gifts')).rejects.toThrow(/gifts/);
    expect(Object.keys((await database.rows('SELECT * FROM users'))[0] ?? {})).toEqual(['id', 'email', 'name']);
    expect(await database.rows('SELECT id, email, name FROM users ORDER BY id')).toEqual(users);
    expect(await database.rows('SELECT total FROM orders')).toHaveLength(1);
    const strays = readdirSync(join(bench.worktree, 'apps/shop'), { recursive: true, encoding: 'utf8' });
    expect(strays.filter(path => path.endsWith('.db'))).toEqual([]);

    await database.scripts([`DELETE FROM ${table} WHERE name = '0_other_branch.js'`], true);
    if (storedAs !== style.extension) {
      // What is applied under compiled names would all be pending: Knex's own check must hold going forward.
      const wrong = await (await benchFor(story, knex, project, database.target, [])).run(forwardArguments(project));
      expect(wrong.said).toContain('The migration directory is corrupt');
      return;
    }
    const status = await bare('migrate:list');
    expect(status, status.said).toMatchObject({ code: 0 });
    expect(status.said).toContain('Found 4 Completed Migration file');
    expect(status.said).toContain('Found 1 Pending Migration file');

    const forward = await (await benchFor(story, knex, project, database.target, [])).run(forwardArguments(project));
    expect(forward, forward.said).toMatchObject({ code: 0 });
    const names = (await database.rows(`SELECT name FROM ${table} ORDER BY id`)).map(row => row['name']);
    expect(names).toEqual(
      ['1_users', '2_names', '4_orders', '5_index', '6_notes'].map(stem => `${stem}${style.extension}`),
    );
    expect(await database.rows('SELECT * FROM notes')).toEqual([]);
  });
}

function forwardArguments(project: Parameters<Framework['forward']>[0]): readonly string[] {
  const framework: Framework = knex;
  const forward = framework.forward(project, { path: '', text: '' }, 'sqlite');
  if (forward.how !== 'command') throw new Error(forward.how);
  return forward.arguments;
}

describeWith('Knex reverses a migration in the middle (SQLite)', toolchain, () => {
  for (const style of STYLES) it(style.name, () => prove(style, 'better-sqlite3', null));

  describe('where the table has names of compiled files', () => {
    for (const style of STYLES.filter(each => each.extension === '.ts')) {
      it(style.name, () => prove(style, 'better-sqlite3', null, '.js'));
    }
  });

  it('and refuses a database of another kind', () =>
    tellStory(async story => {
      const { migration } = await tell(COMMONJS, 'better-sqlite3', story, null);
      const project = await theProject(story, knex);
      const target = {
        ...sqliteDatabase('x').target,
        engine: 'postgres',
        host: '127.0.0.1',
        password: 'secret',
      } as const;
      const bench = await benchFor(story, knex, project, target, [migration]);
      const ended = await bench.run(forwardArguments(project));
      expect(ended.code).toBe(1);
      expect(ended.said).toContain('not for postgres');
      expect(ended.said).not.toContain('secret');
    }));

  it('and, killed in the middle, can be run again', () =>
    tellStory(async story => {
      const { bare, migration, lib } = await tell(COMMONJS, 'better-sqlite3', story, null);
      const database = sqliteDatabase(join(story.root, 'apps/shop/data/shop.db'));
      const project = await theProject(story, knex);
      const applied = knex.applied(project, await database.rows('SELECT * FROM shop_changes'), known(COMMONJS));
      const request = { project, engine: 'sqlite', migration, all: [migration], onDisk: [], applied } as const;
      const reversal = knex.reverse(request);
      if (reversal.how !== 'command') throw new Error(reversal.how);
      const endless = 'exports.up = () => {};\nexports.down = () => new Promise(end => setTimeout(end, 1e9));\n';
      const hanging = await benchFor(story, knex, project, database.target, [{ path: migration.path, text: endless }]);
      const killed = new AbortController();
      const ended = hanging.run(reversal.arguments, killed.signal);
      const isLocked = async () => (await database.rows('SELECT is_locked FROM shop_changes_lock'))[0]?.['is_locked'];
      await expect.poll(isLocked, { timeout: 20_000 }).toBe(8433);
      killed.abort();
      expect((await ended).code).not.toBe(0);
      expect(await isLocked()).toBe(8433);

      const again = await benchFor(story, knex, project, database.target, [migration, lib]);
      expect(await again.run(reversal.arguments)).toMatchObject({ code: 0 });
      expect(await isLocked()).toBe(0);
      expect(await database.rows("SELECT name FROM shop_changes WHERE name LIKE '3%'")).toEqual([]);

      // To the bare Knex our mark is a lock like any other.
      await database.scripts(['UPDATE shop_changes_lock SET is_locked = 8433'], true);
      expect((await bare('migrate:up')).said).toContain('already locked');

      // A lock that is not ours is left alone.
      await database.scripts(['UPDATE shop_changes_lock SET is_locked = 1'], true);
      expect((await again.run(forwardArguments(project))).said).toContain('already locked');
      expect(await isLocked()).toBe(1);
    }));

  it('and changes the row last, so that a kill between leaves the row (why it is not atomic)', () =>
    tellStory(async story => {
      const { migration } = await tell(COMMONJS, 'better-sqlite3', story, null);
      const database = sqliteDatabase(join(story.root, 'apps/shop/data/shop.db'));
      // The row cannot be deleted: what Knex did before is what a kill at that instant would leave.
      await database.scripts(
        ["CREATE TRIGGER keep BEFORE DELETE ON shop_changes BEGIN SELECT RAISE(ABORT, 'kept'); END;"],
        true,
      );
      const project = await theProject(story, knex);
      const applied = knex.applied(project, await database.rows('SELECT * FROM shop_changes'), known(COMMONJS));
      const reversal = knex.reverse({ project, engine: 'sqlite', migration, all: [migration], onDisk: [], applied });
      if (reversal.how !== 'command') throw new Error(reversal.how);
      expect(reversal.atomic).toBe(false);
      const lib = { path: 'apps/shop/db/lib/names.js', text: "exports.giftsTable = 'gifts';\n" };
      const ended = await (await benchFor(story, knex, project, database.target, [migration, lib])).run(
        reversal.arguments,
      );
      expect(ended.code).toBe(1);
      await expect(database.rows('SELECT * FROM gifts')).rejects.toThrow(/gifts/);
      expect(await database.rows("SELECT name FROM shop_changes WHERE name LIKE '3%'")).toHaveLength(1);
    }));
});

describeWith('Knex reverses a migration in the middle (PostgreSQL)', toolchain, () => {
  describeWith('with pg', postgresHere(), server => {
    it('and leaves all else as it was', async () => {
      const database = await postgresDatabase(server);
      await prove(COMMONJS, 'pg', database).finally(() => database.drop());
    });
  });
});

describeWith('Knex reverses a migration in the middle (MariaDB)', toolchain, () => {
  describeWith('with mysql2', mariadbHere(), server => {
    it('and leaves all else as it was', async () => {
      const database = await mariadbDatabase(server);
      await prove(COMMONJS, 'mysql2', database).finally(() => database.drop());
    });
  });
});
