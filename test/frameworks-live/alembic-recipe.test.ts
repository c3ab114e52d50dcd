/** The Alembic recipe with the real Alembic: which revisions the overlay takes back, and that no env.py leads to another database. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/domain/migration.ts';
import { alembic } from '../../src/frameworks/alembic/index.ts';
import type { ReversibleMigration } from '../../src/frameworks/contract.ts';
import { describeWith } from '../kit/available.ts';
import { mariadbHere, postgresHere } from '../kit/servers.ts';
import { newStory, type Story } from '../kit/story.ts';
import { pythonToolchain } from '../kit/toolchains/python.ts';
import {
  mysqlDatabase,
  postgresDatabase,
  Recipe,
  sqliteDatabase,
  type TestDatabase,
} from '../kit/toolchains/recipe.ts';

const python = await pythonToolchain();

const INI = `[alembic]
script_location = %(here)s/db
prepend_sys_path = .
sqlalchemy.url = sqlite:///elsewhere.db
`;

const RUN = `
def run(connection):
    context.configure(connection=connection, version_table="history")
    with context.begin_transaction():
        context.run_migrations()
`;

/** Several ways people write env.py. None of them names the database of the test. */
const ENVS = {
  'from the ini file': `from alembic import context
from sqlalchemy import engine_from_config, pool
${RUN}
connectable = engine_from_config(context.config.get_section(context.config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool)
with connectable.connect() as connection:
    run(connection)
`,
  'from an application, with arguments of its own': `import sqlalchemy
from alembic import context
${RUN}
engine = sqlalchemy.create_engine("postgresql://nobody:wrong@127.0.0.1:1/nowhere", connect_args={"connect_timeout": 1}, pool_size=3, creator=lambda: None)
with engine.begin() as connection:
    run(connection)
`,
  asynchronous: `import asyncio
from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import async_engine_from_config
${RUN}
async def main():
    connectable = async_engine_from_config(context.config.get_section(context.config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool)
    async with connectable.connect() as connection:
        await connection.run_sync(run)
    await connectable.dispose()

asyncio.run(main())
`,
} as const;

const MAKO = '';
const revision = (
  id: string,
  down: string | readonly string[] | null,
  up: string,
  back: string,
  more = '',
): string => `"""${id}"""
from typing import Union
from alembic import op
import sqlalchemy as sa

revision: str = "${id}"
down_revision: Union[str, None] = ${down === null ? 'None' : typeof down === 'string' ? `"${down}"` : `(${down.map(each => `"${each}"`).join(', ')},)`}
branch_labels = None
${more}

def upgrade() -> None:
    ${up}


def downgrade() -> None:
    ${back}
`;

const table = (name: string): readonly [string, string] => [
  `op.create_table("${name}", sa.Column("id", sa.Integer, primary_key=True), sa.Column("title", sa.String(20)))`,
  `op.drop_table("${name}")`,
];
const column = (on: string, name: string): readonly [string, string] => [
  `op.add_column("${on}", sa.Column("${name}", sa.String(20)))`,
  `with op.batch_alter_table("${on}") as batch:\n        batch.drop_column("${name}")`,
];
const file = (id: string): string => `db/versions/${id}_.py`;

async function sparklesAndRainbows(
  make: (story: Story) => TestDatabase,
  env: string = ENVS['from the ini file'],
  ini = INI,
) {
  const story = await newStory();
  const recipe = new Recipe(alembic, story, make(story), python.here ? python.it.python : '');
  await story.commit('Begin', {
    files: {
      '.gitignore': '*.db\n',
      'alembic.ini': ini,
      'db/env.py': env,
      'db/script.py.mako': MAKO,
      [file('aaa1')]: revision('aaa1', null, ...table('book')),
      [file('aaa2')]: revision('aaa2', 'aaa1', ...column('book', 'pages')),
    },
  });
  const withThird = await story.commit('Third', {
    files: { [file('ccc3')]: revision('ccc3', 'aaa2', ...column('book', 'colour')) },
  });
  await applies(recipe);
  await recipe.database.query("INSERT INTO book (id, title, pages, colour) VALUES (1, 'Emma', '300', 'red')");
  await story.commit('Take the third back, go on', {
    files: {
      [file('ccc3')]: null,
      [file('ddd4')]: revision('ddd4', 'aaa2', ...column('book', 'isbn')),
      [file('ddd5')]: revision('ddd5', 'ddd4', ...column('book', 'shelf')),
    },
  });
  return { story, recipe, withThird };
}

async function applies(recipe: Recipe): Promise<void> {
  await recipe.look();
  const ran = await recipe.forward();
  expect(ran, ran.output).toMatchObject({ code: 0 });
}

const stored = async (recipe: Recipe): Promise<readonly unknown[]> =>
  (await recipe.database.query('SELECT version_num FROM history ORDER BY 1')).map(row => row['version_num']);

async function reverses(
  recipe: Recipe,
  all: readonly ReversibleMigration[],
  left: readonly ReversibleMigration[] = [],
) {
  for (const [step, each] of all.entries()) {
    const request = (await recipe.requests(all, left))[step];
    if (request === undefined) throw new Error('no request');
    const before = request.applied.map(({ id }) => id);
    const ran = await recipe.reverse(request);
    expect(ran, ran.output).toMatchObject({ code: 0 });
    const after = (await recipe.requests(all, left))[0]?.applied.map(({ id }) => id);
    expect(after?.toSorted()).toEqual(before.filter(id => id !== each.id).toSorted());
  }
}

/** Adds the third file back for a moment, so that all five get applied, as Rainbows' tree would have it. */
async function applyAllFive(recipe: Recipe, withThird: string): Promise<void> {
  const { story } = recipe;
  const head = await story.git('rev-parse', 'HEAD');
  await story.git('checkout', withThird, '--', file('ccc3'));
  await story.commit('Both');
  await applies(recipe);
  await story.git('reset', '--hard', '--quiet', head);
}

async function clean(recipe: Recipe): Promise<void> {
  const { project } = await recipe.look();
  const args = ['{scratch}/tidemark_alembic.py', '-c', '{worktree}/alembic.ini', 'current', '--check-heads'];
  const ran = await recipe.inWorktree(project, 'HEAD', [], args);
  expect(ran, ran.output).toMatchObject({ code: 0 });
}

const books = (recipe: Recipe): Promise<readonly Row[]> => recipe.database.query('SELECT * FROM book');
const onSqlite = (story: Story): TestDatabase => sqliteDatabase(join(story.root, 'real.db'));

describeWith('the Alembic recipe', python, () => {
  const engines = [
    ['SQLite', { here: true, it: async () => onSqlite } as const],
    [
      'PostgreSQL',
      mapped(postgresHere(), async server => {
        const at = await server.freshDatabase('alembic');
        return () => postgresDatabase(at);
      }),
    ],
    [
      'MariaDB',
      mapped(mariadbHere(), async server => {
        const at = await server.freshDatabase('alembic');
        return () => mysqlDatabase(at);
      }),
    ],
  ] as const;

  for (const [name, available] of engines) {
    describeWith(name, available, make => {
      it('reverses 3 while the table says {3}, and 4 and 5 can be applied again', async () => {
        const { story, recipe, withThird } = await sparklesAndRainbows(await make());
        await using _ = story;
        const { project } = await recipe.look();
        const stuck = await recipe.forward();
        expect(stuck).toMatchObject({ output: expect.stringContaining("Can't locate revision identified by 'ccc3'") });
        await reverses(recipe, [await recipe.was(project, withThird, file('ccc3'))]);
        expect(await stored(recipe)).toEqual(['aaa2']);
        await applies(recipe);
        expect(await stored(recipe)).toEqual(['ddd5']);
        expect(await books(recipe)).toEqual([{ id: isOne, title: 'Emma', pages: '300', isbn: null, shelf: null }]);
        await clean(recipe);
      });

      // Only here is an asynchronous driver installed.
      if (name === 'PostgreSQL') {
        it('reverses 3 with an asynchronous env.py', async () => {
          const { story, recipe, withThird } = await sparklesAndRainbows(await make(), ENVS.asynchronous);
          await using _ = story;
          const { project } = await recipe.look();
          await reverses(recipe, [await recipe.was(project, withThird, file('ccc3'))]);
          expect(await stored(recipe)).toEqual(['aaa2']);
        });
      }

      it('reverses 3 while the table says {3, 5}, and leaves 4, 5 and their data', async () => {
        const { story, recipe, withThird } = await sparklesAndRainbows(await make());
        await using _ = story;
        await applyAllFive(recipe, withThird);
        expect(await stored(recipe)).toEqual(['ccc3', 'ddd5']);
        await recipe.database.query("UPDATE book SET isbn = '978', shelf = 'A1'");
        const { project } = await recipe.look();
        await reverses(recipe, [await recipe.was(project, withThird, file('ccc3'))]);
        expect(await stored(recipe)).toEqual(['ddd5']);
        expect(await books(recipe)).toEqual([{ id: isOne, title: 'Emma', pages: '300', isbn: '978', shelf: 'A1' }]);
        await clean(recipe);
      });
    });
  }

  describe('env.py', () => {
    for (const [style, env] of Object.entries(ENVS)) {
      it(`${style} leads to the database asked for`, async () => {
        const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite, env);
        await using _ = story;
        const { project } = await recipe.look();
        await reverses(recipe, [await recipe.was(project, withThird, file('ccc3'))]);
        expect(existsSync(join(story.root, 'elsewhere.db'))).toBe(false);
      });
    }

    it('without any URL leads to the database asked for', async () => {
      const { story, recipe } = await sparklesAndRainbows(
        onSqlite,
        ENVS['from the ini file'],
        INI.replace(/^sqlalchemy.url.*\n/m, ''),
      );
      await using _ = story;
      expect(await stored(recipe)).toEqual(['ccc3']);
    });

    it('with a connection of its own is not run', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await story.commit('Own connection', {
        files: {
          'db/env.py': `from alembic import context\nfrom sqlalchemy.dialects.sqlite import pysqlite\nfrom sqlalchemy.engine import Engine, url\nfrom sqlalchemy.pool import NullPool\nimport sqlite3\n${RUN}\ndialect = pysqlite.dialect(dbapi=sqlite3)\nengine = Engine(NullPool(lambda: sqlite3.connect("elsewhere.db")), dialect, url.make_url("sqlite://"))\nwith engine.connect() as connection:\n    run(connection)\n`,
        },
      });
      const { project } = await recipe.look();
      const [request] = await recipe.requests([await recipe.was(project, withThird, file('ccc3'))]);
      if (request === undefined) throw new Error('no request');
      const ran = await recipe.reverse(request);
      expect(ran).toMatchObject({ code: 1, output: expect.stringContaining('Nothing was run.') });
      expect(await stored(recipe)).toEqual(['ccc3']);
    });
  });

  describe('on SQLite, odd graphs', () => {
    it('reverses a chain of two orphans, newest first', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      const head = await story.git('rev-parse', 'HEAD');
      await story.git('checkout', withThird, '--', file('ccc3'));
      const two = await story.commit('Two', {
        files: { [file('ccc9')]: revision('ccc9', 'ccc3', ...table('shop')) },
      });
      await applies(recipe);
      await story.git('reset', '--hard', '--quiet', head);
      const { project } = await recipe.look();
      await reverses(recipe, [
        await recipe.was(project, two, file('ccc9')),
        await recipe.was(project, two, file('ccc3')),
      ]);
      expect(await stored(recipe)).toEqual(['ddd5']);
      await clean(recipe);
    });

    it('reverses a base of its own beside another branch, and leaves an orphan that stays', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await applyAllFive(recipe, withThird);
      const head = await story.git('rev-parse', 'HEAD');
      await story.git('checkout', withThird, '--', file('ccc3'));
      const other = await story.commit('Another base', {
        files: { [file('bbb1')]: revision('bbb1', null, ...table('van')) },
      });
      await applies(recipe);
      await story.git('reset', '--hard', '--quiet', head);
      const { project } = await recipe.look();
      const base = await recipe.was(project, other, file('bbb1'));
      const third = await recipe.was(project, withThird, file('ccc3'));
      const [alone] = await recipe.requests([base]);
      expect(alone && alembic.reverse(alone)).toMatchObject({
        how: 'impossible',
        reason: expect.stringContaining('ccc3'),
      });
      await reverses(recipe, [base], [third]);
      expect(await stored(recipe)).toEqual(['ccc3', 'ddd5']);
    });

    it('takes a merge apart, and leaves a sibling of the merge alone', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      const head = await story.git('rev-parse', 'HEAD');
      await story.git('checkout', withThird, '--', file('ccc3'));
      const kept = await story.commit('Sibling', {
        files: { [file('eee1')]: revision('eee1', 'ccc3', ...table('shop')) },
      });
      const merge = await story.commit('Merge', {
        files: { [file('mmm1')]: revision('mmm1', ['ccc3', 'ddd5'], 'pass', 'pass') },
      });
      await applies(recipe);
      expect(await stored(recipe)).toEqual(['eee1', 'mmm1']);
      await story.git('reset', '--hard', '--quiet', kept);
      const { project } = await recipe.look();
      await reverses(recipe, [await recipe.was(project, merge, file('mmm1'))]);
      expect(await stored(recipe)).toEqual(['ddd5', 'eee1']);
      await story.git('reset', '--hard', '--quiet', head);
    });

    it('reverses a revision that another branch depends on, after that one', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      const head = await story.git('rev-parse', 'HEAD');
      await story.git('checkout', withThird, '--', file('ccc3'));
      const both = await story.commit('Depends', {
        files: { [file('bbb1')]: revision('bbb1', null, ...table('van'), 'depends_on = "ccc3"') },
      });
      await applies(recipe);
      expect(await stored(recipe)).toEqual(['bbb1', 'ddd5']);
      await story.git('reset', '--hard', '--quiet', head);
      const { project } = await recipe.look();
      await reverses(recipe, [
        await recipe.was(project, both, file('bbb1')),
        await recipe.was(project, withThird, file('ccc3')),
      ]);
      expect(await stored(recipe)).toEqual(['ddd5']);
      await clean(recipe);
    });

    it('reverses 5 and 4 on the way to 3, and brings them back', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await applyAllFive(recipe, withThird);
      const { project } = await recipe.look();
      await reverses(recipe, [
        await recipe.was(project, 'HEAD', file('ddd5'), false),
        await recipe.was(project, 'HEAD', file('ddd4'), false),
        await recipe.was(project, withThird, file('ccc3')),
      ]);
      expect(await stored(recipe)).toEqual(['aaa2']);
      await applies(recipe);
      await clean(recipe);
    });

    it('cannot see a revision that a kept one no longer names: the table does not say it was applied', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await story.git('checkout', withThird, '--', file('ccc3'));
      await story.commit('Four on three', {
        files: { [file('ddd4')]: revision('ddd4', 'ccc3', ...column('book', 'isbn')) },
      });
      await applies(recipe);
      await story.commit('Four on two', {
        files: { [file('ccc3')]: null, [file('ddd4')]: revision('ddd4', 'aaa2', ...column('book', 'isbn')) },
      });
      expect(await stored(recipe)).toEqual(['ddd5']);
      const { project, onDisk } = await recipe.look();
      const known = new Map(onDisk.map(each => [each.id, each]));
      const applied = alembic.applied(project, await recipe.rows(project), known);
      expect(applied.map(({ id }) => id)).toEqual(['aaa1', 'aaa2', 'ddd4', 'ddd5']);
      expect((await books(recipe))[0]).toHaveProperty('colour');
      await clean(recipe);
    });
  });
});

/** The engines give the number as a number or as its digits. */
const isOne = expect.toSatisfy((value: unknown) => String(value) === '1');

function mapped<T, U>(
  available: { readonly here: true; readonly it: T } | { readonly here: false; readonly because: string },
  to: (it: T) => Promise<U>,
) {
  return available.here ? ({ here: true, it: () => to(available.it) } as const) : available;
}
