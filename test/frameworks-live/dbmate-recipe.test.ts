/** dbmate's recipe beside the real dbmate: Tidemark runs the down section itself, and dbmate finds everything in order afterwards. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { migrationId, type Project, type Row, type RowChange } from '../../src/domain/migration.ts';
import type { Framework, ReversibleMigration } from '../../src/frameworks/contract.ts';
import { dbmate } from '../../src/frameworks/dbmate/index.ts';
import { parseDbmateFile } from '../../src/frameworks/dbmate/parse-migration.ts';
import { describeWith } from '../kit/available.ts';
import { mariadbHere, postgresHere } from '../kit/servers.ts';
import { type Story, tellStory } from '../kit/story.ts';
import { nodeToolchain } from '../kit/toolchains/node.ts';
import { type LiveDatabase, mariadbDatabase, postgresDatabase, sqliteDatabase } from './live-database.ts';
import { runIn, theProject, treeOf } from './node-recipe.ts';

const toolchain = await nodeToolchain();
const framework: Framework = dbmate;

const FILES: Readonly<Record<string, string>> = {
  '20240101_users.sql':
    "-- migrate:up\nCREATE TABLE users (id integer PRIMARY KEY, email varchar(50));\nINSERT INTO users VALUES (1, 'a'), (2, 'b');\n\n-- migrate:down\nDROP TABLE users;\n",
  '20240102_names.sql':
    "-- migrate:up\nALTER TABLE users ADD COLUMN name varchar(50);\nUPDATE users SET name = 'N';\n-- migrate:down\nALTER TABLE users DROP COLUMN name;\n",
  '20240103_gifts.sql':
    '-- gifts; they did not last\n-- migrate:up\nCREATE TABLE gifts (id integer PRIMARY KEY);\nALTER TABLE users ADD COLUMN gift integer;\n\n-- migrate:down\n/* the other; way round */\nALTER TABLE users DROP COLUMN gift;\nDROP TABLE gifts;\n',
  '20240104_orders.sql':
    '-- migrate:up\nCREATE TABLE orders (id integer PRIMARY KEY, total integer);\nINSERT INTO orders VALUES (1, 7);\n-- migrate:down\nDROP TABLE orders;\n',
  '20240105_index.sql':
    '-- migrate:up transaction:false\nCREATE INDEX orders_total ON orders (total);\n-- migrate:down\nALTER TABLE orders DROP COLUMN total;\n',
};
const PENDING = {
  name: '20240106_notes.sql',
  text: '-- migrate:up\nCREATE TABLE notes (id integer);\n-- migrate:down\nDROP TABLE notes;\n',
};

/** A project with names of its own, in a folder of its own, with all five applied by the real dbmate. */
async function tell(story: Story, database: LiveDatabase) {
  if (!toolchain.here) throw new Error(toolchain.because);
  const program = toolchain.it.dbmate;
  const cwd = join(story.root, 'apps/shop');
  const settings = `DBMATE_MIGRATIONS_DIR=./sql/changes\nDBMATE_MIGRATIONS_TABLE=shop_versions\nDBMATE_NO_DUMP_SCHEMA=true\nDATABASE_URL="${database.url}"\n`;
  story.write('.gitignore', '.env\n*.db\n');
  story.write('apps/shop/.env', settings);
  story.write('apps/shop/package.json', '{ "scripts": { "db": "dbmate up" } }');
  for (const [name, text] of Object.entries(FILES)) {
    story.write(`apps/shop/sql/changes/${name}`, text);
    await story.commit(`Add ${name}`);
  }
  const bare = (...args: readonly string[]) => runIn(story, cwd, program, args);
  const up = await bare('up');
  if (up.code !== 0) throw new Error(up.said);
  return { bare };
}

/** Deletes a file in git; returns its migration as operations know it. */
async function deleted(story: Story, project: Project, name: string): Promise<ReversibleMigration> {
  const path = `apps/shop/sql/changes/${name}`;
  const commit = await story.git('rev-parse', 'HEAD');
  const blob = await story.git('rev-parse', `HEAD:${path}`);
  const text = FILES[name] ?? '';
  story.remove(path);
  await story.commit(`Delete ${name}`);
  const read = framework.read(project, { path, text });
  if ('reason' in read) throw new Error(read.reason);
  return { ...read, path, text, commit, blob, orphan: true };
}

/** SQL for row changes, as the databases room would make it. */
function rowSql(table: string, changes: readonly RowChange[]): string {
  const literal = (value: unknown) => `'${String(value)}'`;
  return changes
    .map(change => {
      if (change.change === 'delete') {
        const where = Object.entries(change.where).map(([column, value]) => `${column} = ${literal(value)}`);
        return `DELETE FROM ${table} WHERE ${where.join(' AND ')};`;
      }
      if (change.change === 'update') throw new Error('not expected here');
      const [columns, values] = [Object.keys(change.values), Object.values(change.values)];
      return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.map(literal).join(', ')});`;
    })
    .join('\n');
}

/** Rainbows' story, reversed as operations will, with proof of everything that must stay. */
async function prove(story: Story, database: LiveDatabase): Promise<void> {
  const { bare } = await tell(story, database);
  const project = await theProject(story, framework);
  expect(project).toMatchObject({ root: 'apps/shop', historyTable: { schema: null, name: 'shop_versions' } });
  const hints = framework.connection(project, await treeOf(story, framework));
  expect(hints.map(hint => hint.text)).toEqual([database.url]);
  const table = database.quoted(project.historyTable);
  const migration = await deleted(story, project, '20240103_gifts.sql');
  story.write(`apps/shop/sql/changes/${PENDING.name}`, PENDING.text);
  await story.commit('Add notes');
  const before = await database.rows(`SELECT * FROM ${table} ORDER BY version`);
  const applied = framework.applied(project, before, new Map());
  expect(applied.map(each => each.id)).toEqual(Object.keys(FILES).map(name => name.slice(0, 8)));
  const users = await database.rows('SELECT id, email, name FROM users ORDER BY id');

  const hidden = await bare('status');
  expect(hidden.code).toBe(0);
  expect(hidden.said).not.toContain('20240103');

  const { engine } = database.target;
  const reversal = framework.reverse({ project, engine, migration, all: [migration], onDisk: [], applied });
  if (reversal.how !== 'sql') throw new Error(reversal.how);
  await database.scripts([reversal.script, rowSql(table, reversal.rows)], reversal.inTransaction);

  expect(framework.losses(project, migration)).toEqual({
    tables: ['gifts'],
    columns: [{ table: 'users', column: 'gift' }],
    unsure: null,
  });
  await expect(database.rows('SELECT * FROM gifts')).rejects.toThrow(/gifts/);
  expect(Object.keys((await database.rows('SELECT * FROM users'))[0] ?? {})).toEqual(['id', 'email', 'name']);
  expect(await database.rows('SELECT id, email, name FROM users ORDER BY id')).toEqual(users);
  expect(await database.rows('SELECT total FROM orders')).toHaveLength(1);
  const isThird = (row: Row) => row['version'] === '20240103';
  expect(await database.rows(`SELECT * FROM ${table} ORDER BY version`)).toEqual(before.filter(row => !isThird(row)));

  const forward = framework.forward(
    project,
    { path: `apps/shop/sql/changes/${PENDING.name}`, text: PENDING.text },
    engine,
  );
  if (forward.how !== 'sql') throw new Error(forward.how);
  await database.scripts([forward.script, rowSql(table, forward.rows)], forward.inTransaction);
  expect(await database.rows('SELECT * FROM notes')).toEqual([]);
  const status = await bare('status', '--exit-code');
  expect(status, status.said).toMatchObject({ code: 0 });
  expect(status.said).toContain('Applied: 5');
  expect(status.said).toContain('Pending: 0');
}

describeWith('dbmate: a migration in the middle is reversed', toolchain, () => {
  it('on SQLite', () =>
    tellStory(async story => {
      mkdirSync(join(story.root, 'apps/shop'), { recursive: true });
      await prove(story, sqliteDatabase(join(story.root, 'apps/shop/shop.db')));
    }));

  describeWith('on PostgreSQL', postgresHere(), server => {
    it('and leaves all else as it was', async () => {
      const database = await postgresDatabase(server);
      await tellStory(story => prove(story, database)).finally(() => database.drop());
    });
  });

  describeWith('on MariaDB', mariadbHere(), server => {
    it('and leaves all else as it was', async () => {
      const database = await mariadbDatabase(server);
      await tellStory(story => prove(story, database)).finally(() => database.drop());
    });
  });
});

describeWith('dbmate itself, at HEAD', toolchain, () => {
  it('reverses another migration than the newest, and reports success', () =>
    tellStory(async story => {
      mkdirSync(join(story.root, 'apps/shop'), { recursive: true });
      const database = sqliteDatabase(join(story.root, 'apps/shop/shop.db'));
      const { bare } = await tell(story, database);
      const project = await theProject(story, framework);
      const orphan = await deleted(story, project, '20240105_index.sql');
      const applied = framework.applied(project, await database.rows('SELECT * FROM shop_versions'), new Map());
      expect(framework.hazard(project, [orphan.id], applied)).toContain('would reverse 20240104 instead');

      expect((await bare('rollback')).code).toBe(0);
      const left = await database.rows('SELECT version FROM shop_versions ORDER BY version');
      expect(left.map(row => row['version'])).toEqual(['20240101', '20240102', '20240103', '20240105']);
    }));
});

describeWith('dbmate reads files as Tidemark does', toolchain, tools => {
  const UP = 'CREATE TABLE a (id integer);';
  const DOWN = 'DROP TABLE a;';
  const texts: Readonly<Record<string, string>> = {
    plain: `-- migrate:up\n${UP}\n-- migrate:down\n${DOWN}\n`,
    'no space': `--migrate:up\n${UP}\n--migrate:down\n${DOWN}\n`,
    'Windows line ends': `-- migrate:up\r\n${UP}\r\n-- migrate:down\r\n${DOWN}\r\n`,
    'options and a comment': `-- hello\n\n-- migrate:up transaction:false x:y:z\n${UP}\n-- migrate:down\n`,
    'indented up': ` -- migrate:up\n${UP}\n-- migrate:down\n${DOWN}\n`,
    'no down': `-- migrate:up\n${UP}\n`,
    'no up': `${UP}\n`,
    'wrong order': `-- migrate:down\n${DOWN}\n-- migrate:up\n${UP}\n`,
    'a statement first': `SELECT 1;\n-- migrate:up\n${UP}\n-- migrate:down\n${DOWN}\n`,
    'a block comment first': `/* hello */\n-- migrate:up\n${UP}\n-- migrate:down\n${DOWN}\n`,
    'two downs': `-- migrate:up\n${UP}\n-- migrate:down\n${DOWN}\n-- migrate:down\n${DOWN}\n`,
    'another word': `-- migrate:upward\n${UP}\n-- migrate:down\n${DOWN}\n`,
    'capital letters': `-- MIGRATE:UP\n${UP}\n-- migrate:down\n${DOWN}\n`,
    empty: '',
  };

  const migrate = (story: Story) => {
    const [folder, file] = [join(story.outside, 'm'), join(story.outside, 'a.db')];
    return runIn(story, story.outside, tools.dbmate, ['--no-dump-schema', '-u', `sqlite:${file}`, '-d', folder, 'up']);
  };

  for (const [name, text] of Object.entries(texts)) {
    it(`text: ${name}`, () =>
      tellStory(async story => {
        mkdirSync(join(story.outside, 'm'));
        writeFileSync(join(story.outside, 'm', '1_a.sql'), text);
        const ended = await migrate(story);
        expect(parseDbmateFile(text).kind, ended.said).toBe(ended.code === 0 ? 'blocks' : 'unreadable');
      }));
  }

  it('names', () =>
    tellStory(async story => {
      mkdirSync(join(story.outside, 'm'));
      const names = ['001_a.sql', '2.sql', '10-b.sql', '3x.sql', '4_c.SQL', 'x5.sql', '6_d.sql.bak', '20240101_é.sql'];
      for (const name of names)
        writeFileSync(join(story.outside, 'm', name), '-- migrate:up\nSELECT 1;\n-- migrate:down\n');
      const ended = await migrate(story);
      expect(ended, ended.said).toMatchObject({ code: 0 });
      const database = sqliteDatabase(join(story.outside, 'a.db'));
      const rows = await database.rows('SELECT version FROM schema_migrations ORDER BY version');
      const project = {
        framework: 'dbmate',
        root: '.',
        historyTable: { schema: null, name: 'x' },
        settings: { migrations: ['m'] },
      };
      const ids = names.flatMap(name => framework.identify(project, `m/${name}`, null) ?? []);
      expect([...ids].sort()).toEqual(rows.map(row => row['version']));
      // It applies by file name; of the names that begin as dbmate makes them, Tidemark knows that order.
      const order = [...ended.said.matchAll(/Applied: (\S+)/g)].map(match => match[1]);
      expect(order).toEqual(names.filter(name => framework.identify(project, `m/${name}`, null) !== null).sort());
      expect(['10', '2', '001'].map(migrationId).sort(framework.compare)).toEqual(['001', '10', '2']);
    }));

  it('applies only the first of several pairs of sections, and says that the file failed', () =>
    tellStory(async story => {
      mkdirSync(join(story.outside, 'm'));
      const text =
        '-- migrate:up\nCREATE TABLE a (id integer);\n-- migrate:down\nDROP TABLE a;\n-- migrate:up\nCREATE TABLE b (id integer);\n-- migrate:down\nDROP TABLE b;\n';
      writeFileSync(join(story.outside, 'm', '1_a.sql'), text);
      expect((await migrate(story)).code).not.toBe(0);
      const database = sqliteDatabase(join(story.outside, 'a.db'));
      const made = await database.rows("SELECT name FROM sqlite_schema WHERE name IN ('a', 'b')");
      expect(made).toEqual([{ name: 'a' }]);
      expect(await database.rows('SELECT version FROM schema_migrations')).toEqual([{ version: '1' }]);
      expect(parseDbmateFile(text)).toMatchObject({ pairs: 2 });
    }));
});

describe('the recipe of dbmate', () => {
  it('needs no program and nothing carried', () => {
    const project = { framework: 'dbmate', root: '.', historyTable: { schema: null, name: 'x' }, settings: {} };
    expect(framework.program(project)).toBeNull();
    expect(framework.carries(project)).toEqual([]);
  });
});
