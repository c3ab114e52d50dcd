/** The Django recipe with the real Django: what Tidemark's overlay reverses, what it leaves alone, and the trap it is there for. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { migrationId } from '../../src/domain/migration.ts';
import type { ReversibleMigration } from '../../src/frameworks/contract.ts';
import { django } from '../../src/frameworks/django/index.ts';
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

const MANAGE = `import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
`;

const settings = (apps: readonly string[]): string => `from pathlib import Path

try:
    import pymysql
    pymysql.install_as_MySQLdb()
except ImportError:
    pass
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.contenttypes", ${apps.map(app => `"${app}"`).join(', ')}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
`;

/** Source of a migration. */
const migration = (
  dependencies: readonly string[],
  operations: string,
  more = '',
): string => `from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [${dependencies
      .map(
        each =>
          `(${each
            .split('.')
            .map(part => `"${part}"`)
            .join(', ')})`,
      )
      .join(', ')}]
${more}
    operations = [
        ${operations}
    ]
`;

const book = (name: string): string => `books/migrations/${name}.py`;
const addField = (name: string, model = 'book'): string =>
  `migrations.AddField("${model}", "${name}", models.CharField(max_length=20, default="${name}")),`;
const addUnique = (name: string): string =>
  `migrations.AddField("book", "${name}", models.CharField(max_length=20, unique=True, null=True)),`;

const BASE: Readonly<Record<string, string>> = {
  'manage.py': MANAGE,
  '.gitignore': '*.sqlite3\n',
  'shop/__init__.py': '',
  'shop/settings.py': settings(['books.apps.BooksConfig']),
  'books/__init__.py': '',
  'books/apps.py':
    'from django.apps import AppConfig\n\n\nclass BooksConfig(AppConfig):\n    name = "books"\n    label = "library"\n',
  'books/migrations/__init__.py': '',
  [book('0001_initial')]: migration(
    [],
    'migrations.CreateModel("Book", [("id", models.BigAutoField(primary_key=True)), ("title", models.CharField(max_length=50))]),',
  ),
  [book('0002_pages')]: migration(['library.0001_initial'], addField('pages')),
};

/** 1, 2, 3 applied and 3 taken back in git; 4 and 5 follow 2. */
async function sparklesAndRainbows(database: (story: Story) => TestDatabase, third = addUnique('colour')) {
  const story = await newStory();
  const recipe = new Recipe(django, story, database(story), python.here ? python.it.python : '');
  await story.commit('Begin', { files: BASE });
  const withThird = await story.commit('Add colours', {
    files: { [book('0003_colour')]: migration(['library.0002_pages'], third) },
  });
  await applies(recipe);
  await recipe.database.query("INSERT INTO library_book (title, pages, colour) VALUES ('Emma', '300', 'red')");
  await story.commit('Take colours back', { files: { [book('0003_colour')]: null } });
  await story.commit('Four and five', {
    files: {
      [book('0004_isbn')]: migration(['library.0002_pages'], addField('isbn')),
      [book('0005_shelf')]: migration(['library.0004_isbn'], addField('shelf')),
    },
  });
  return { story, recipe, withThird };
}

async function applies(recipe: Recipe): Promise<void> {
  await recipe.look();
  const ran = await recipe.forward();
  expect(ran, ran.output).toMatchObject({ code: 0 });
}

async function names(recipe: Recipe): Promise<readonly string[]> {
  const rows = await recipe.database.query("SELECT app, name FROM django_migrations WHERE app <> 'contenttypes'");
  return rows.map(({ app, name }) => `${app}.${name}`).sort();
}

/** Reverses, newest first, each step in a worktree of its own. */
async function reverses(
  recipe: Recipe,
  all: readonly ReversibleMigration[],
  left: readonly ReversibleMigration[] = [],
) {
  for (const [step, each] of all.entries()) {
    const before = await names(recipe);
    const request = (await recipe.requests(all, left))[step];
    if (request === undefined) throw new Error('no request');
    const ran = await recipe.reverse(request);
    expect(ran, ran.output).toMatchObject({ code: 0 });
    expect(await names(recipe)).toEqual(before.filter(name => name !== each.id));
  }
}

async function clean(recipe: Recipe): Promise<void> {
  const { project } = await recipe.look();
  const ran = await recipe.inWorktree(project, 'HEAD', [], ['{scratch}/tidemark_manage.py', 'migrate', '--check']);
  expect(ran, ran.output).toMatchObject({ code: 0 });
  const shown = await recipe.inWorktree(project, 'HEAD', [], ['{scratch}/tidemark_manage.py', 'showmigrations']);
  expect(shown.output).not.toContain('[ ]');
}

const onSqlite = (story: Story): TestDatabase => sqliteDatabase(join(story.root, 'db.sqlite3'));

describeWith('the Django recipe', python, () => {
  const engines = [
    ['SQLite', { here: true, it: async () => onSqlite } as const],
    [
      'PostgreSQL',
      mapped(postgresHere(), async server => {
        const at = await server.freshDatabase('django');
        return () => postgresDatabase(at);
      }),
    ],
    [
      'MariaDB',
      mapped(mariadbHere(), async server => {
        const at = await server.freshDatabase('django');
        return () => mysqlDatabase(at);
      }),
    ],
  ] as const;

  for (const [name, available] of engines) {
    describeWith(name, available, make => {
      it('reverses 3 below 4 and 5 and leaves their columns and data, then nothing is pending', async () => {
        const { story, recipe, withThird } = await sparklesAndRainbows(await make());
        await using _ = story;
        await applies(recipe);
        await recipe.database.query("UPDATE library_book SET isbn = '978', shelf = 'A1'");
        const { project } = await recipe.look();
        await reverses(recipe, [await recipe.was(project, withThird, book('0003_colour'))]);
        const rows = await recipe.database.query('SELECT * FROM library_book');
        expect(rows).toMatchObject([{ title: 'Emma', pages: '300', isbn: '978', shelf: 'A1' }]);
        expect(rows[0]).not.toHaveProperty('colour');
        await clean(recipe);
      });

      it('reverses 3 while 4 and 5 are pending, and applies them then', async () => {
        const { story, recipe, withThird } = await sparklesAndRainbows(await make());
        await using _ = story;
        const { project } = await recipe.look();
        await reverses(recipe, [await recipe.was(project, withThird, book('0003_colour'))]);
        await applies(recipe);
        expect(await recipe.database.query('SELECT title, pages, isbn FROM library_book')).toMatchObject([
          { title: 'Emma', pages: '300', isbn: 'isbn' },
        ]);
        await clean(recipe);
      });
    });
  }

  describe('on SQLite, the columns of other migrations', () => {
    it('die with a plain old checkout (the trap), and survive the overlay', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await applies(recipe);
      await recipe.database.query("UPDATE library_book SET isbn = '978', shelf = 'A1'");
      const { project } = await recipe.look();
      const args = ['{scratch}/tidemark_manage.py', 'migrate', 'library', '0002_pages', '--noinput'];
      const file = join(story.root, 'db.sqlite3');
      const copy = new Recipe(django, story, sqliteDatabase(`${file}.copy.sqlite3`), recipe.python);
      await recipe.database.query(`VACUUM INTO '${file}.copy.sqlite3'`);
      const trap = await copy.inWorktree(project, withThird, [], args);
      expect(trap, trap.output).toMatchObject({ code: 0 });
      expect(Object.keys((await copy.database.query('SELECT * FROM library_book'))[0] ?? {})).not.toContain('isbn');
      expect(await names(copy)).toContain('library.0004_isbn');

      await reverses(recipe, [await recipe.was(project, withThird, book('0003_colour'))]);
      expect(await recipe.database.query('SELECT isbn, shelf FROM library_book')).toEqual([
        { isbn: '978', shelf: 'A1' },
      ]);
    });

    it('survive when another orphan stays, as long as its file is known; else nothing is planned', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await applies(recipe);
      const other = await story.commit('Sizes', {
        files: { [book('0006_size')]: migration(['library.0005_shelf'], addField('size')) },
      });
      await applies(recipe);
      await recipe.database.query("UPDATE library_book SET size = 'big'");
      await story.commit('Take sizes back', { files: { [book('0006_size')]: null } });
      const { project } = await recipe.look();
      const third = await recipe.was(project, withThird, book('0003_colour'));
      const size = await recipe.was(project, other, book('0006_size'));
      const [request] = await recipe.requests([third]);
      expect(request && django.reverse(request)).toMatchObject({
        how: 'impossible',
        reason: expect.stringContaining('library.0006_size'),
      });
      await reverses(recipe, [third], [size]);
      expect(await recipe.database.query('SELECT size FROM library_book')).toEqual([{ size: 'big' }]);
    });
  });

  describe('on SQLite, odd graphs', () => {
    it('reverses two chained orphans, one whose name begins like the other', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      const both = await story.commit('More colours', {
        files: {
          [book('0003_colour')]: await story.git('show', `${withThird}:${book('0003_colour')}`),
          [book('0003_colour_two')]: migration(['library.0003_colour'], addUnique('tint')),
          [book('0004_isbn')]: null,
          [book('0005_shelf')]: null,
        },
      });
      await applies(recipe);
      await story.git('revert', '--no-edit', both);
      await applies(recipe);
      const { project } = await recipe.look();
      const all = [
        await recipe.was(project, both, book('0003_colour_two')),
        await recipe.was(project, both, book('0003_colour')),
      ];
      await reverses(recipe, all);
      await clean(recipe);
    });

    it('reverses an orphan where HEAD has two ends and the same number twice', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await applies(recipe);
      await story.commit('A second 0005', {
        files: { [book('0005_other')]: migration(['library.0004_isbn'], addField('other')) },
      });
      const { project } = await recipe.look();
      await reverses(recipe, [await recipe.was(project, withThird, book('0003_colour'))]);
      expect(Object.keys((await recipe.database.query('SELECT * FROM library_book'))[0] ?? {})).not.toContain('other');
    });

    it('reverses a kept migration on the way, and brings it back', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await applies(recipe);
      const { project } = await recipe.look();
      const kept = async (name: string) => recipe.was(project, 'HEAD', book(name), false);
      const third = await recipe.was(project, withThird, book('0003_colour'));
      await reverses(recipe, [await kept('0005_shelf'), await kept('0004_isbn'), third]);
      await applies(recipe);
      await clean(recipe);
    });

    it('reverses what was merely renamed, so that it can be applied under its new name', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await story.commit('Rename', {
        files: {
          [book('0006_colour_again')]: migration(['library.0005_shelf'], addUnique('colour')),
        },
      });
      const { project } = await recipe.look();
      await reverses(recipe, [await recipe.was(project, withThird, book('0003_colour'))]);
      await applies(recipe);
      await clean(recipe);
    });

    it('leaves a squash and the rows it stands for alone', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await applies(recipe);
      const squash = migration(
        [],
        `${/CreateModel.*/.exec(BASE[book('0001_initial')] ?? '')?.[0].replace('CreateModel', 'migrations.CreateModel')}\n${addField('pages')}\n${addField('isbn')}`,
        '    replaces = [("library", "0001_initial"), ("library", "0002_pages"), ("library", "0004_isbn")]\n',
      );
      await story.commit('Squash', {
        files: {
          [book('0001_squashed')]: squash,
          [book('0001_initial')]: null,
          [book('0002_pages')]: null,
          [book('0004_isbn')]: null,
          [book('0005_shelf')]: migration(['library.0001_squashed'], addField('shelf')),
        },
      });
      const { project, onDisk } = await recipe.look();
      const applied = django.applied(project, await recipe.rows(project));
      expect(django.mayAppear(project, applied, onDisk)).toEqual(['library.0001_squashed']);
      const [request] = await recipe.requests([await recipe.was(project, withThird, book('0003_colour'))]);
      if (request === undefined) throw new Error('no request');
      const ran = await recipe.reverse(request);
      expect(ran, ran.output).toMatchObject({ code: 0 });
      const after = await names(recipe);
      expect(after).not.toContain('library.0003_colour');
      expect(after).toEqual(
        expect.arrayContaining(['library.0001_initial', 'library.0001_squashed', 'library.0005_shelf']),
      );
      await clean(recipe);
    });
  });

  describe('on SQLite, whole apps', () => {
    const VANS = {
      'apps/vans/__init__.py': '',
      'apps/vans/paint.py': 'COLOUR = "blue"\n',
      'apps/vans/migrations/__init__.py': '',
      'apps/vans/migrations/0001_initial.py': migration(
        ['library.0001_initial'],
        'migrations.CreateModel("Van", [("id", models.BigAutoField(primary_key=True)), ("book", models.ForeignKey("library.Book", models.CASCADE))]),',
      ),
      'apps/vans/migrations/0002_paint.py': `from apps.vans import paint\n${migration(
        ['vans.0001_initial', 'library.0003_colour'],
        'migrations.AddField("van", "paint", models.CharField(max_length=9, default=paint.COLOUR, unique=True)),',
      )}`,
    };

    it('reverses all of an app that is gone, with an orphan of another app that depends on it', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await applies(recipe);
      const before = await story.git('rev-parse', 'HEAD');
      const vans = await story.commit('Vans', {
        files: {
          ...VANS,
          'shop/settings.py': settings(['books.apps.BooksConfig', 'apps.vans']),
          [book('0003_colour')]: await story.git('show', `${withThird}:${book('0003_colour')}`),
          [book('0007_van')]: migration(
            ['library.0005_shelf', 'library.0003_colour', 'vans.0001_initial'],
            'migrations.AddField("book", "van", models.ForeignKey("vans.Van", models.SET_NULL, null=True, related_name="+")),',
          ),
        },
      });
      await applies(recipe);
      await story.git('rm', '-rq', 'apps');
      await story.git('checkout', before, '--', '.');
      story.remove(book('0003_colour'));
      story.remove(book('0007_van'));
      await story.commit('No vans');
      const { project } = await recipe.look();
      const at = (path: string): Promise<ReversibleMigration> => recipe.was(project, vans, path);
      await reverses(recipe, [
        await at('apps/vans/migrations/0002_paint.py'),
        await at(book('0007_van')),
        await at('apps/vans/migrations/0001_initial.py'),
        await at(book('0003_colour')),
      ]);
      const tables = await recipe.database.query("SELECT name FROM sqlite_master WHERE name LIKE 'vans%'");
      expect(tables).toEqual([]);
      expect(await recipe.database.query('SELECT title, isbn FROM library_book')).toEqual([
        { title: 'Emma', isbn: 'isbn' },
      ]);
      await clean(recipe);
    });
  });

  describe('the launcher', () => {
    it('runs nothing when the project puts another database in place of the one asked for', async () => {
      const { story, recipe, withThird } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await story.commit('Meddle', {
        files: {
          'books/apps.py': `${BASE['books/apps.py']}\n    def ready(self):\n        from django.conf import settings\n        settings.DATABASES["default"]["NAME"] = "elsewhere.sqlite3"\n`,
        },
      });
      const { project } = await recipe.look();
      const [request] = await recipe.requests([await recipe.was(project, withThird, book('0003_colour'))]);
      if (request === undefined) throw new Error('no request');
      const before = await names(recipe);
      const ran = await recipe.reverse(request);
      expect(ran.code).toBe(1);
      expect(ran.output).toContain('Nothing was run.');
      expect(await names(recipe)).toEqual(before);
    });

    it('takes the settings module of the environment before the one manage.py names', async () => {
      const { story, recipe } = await sparklesAndRainbows(onSqlite);
      await using _ = story;
      await story.commit('Two settings', {
        files: { 'shop/dev.py': 'from shop.settings import *\nprint("dev settings")\n' },
      });
      const { project } = await recipe.look();
      const ran = await recipe.inWorktree(project, 'HEAD', [], ['{scratch}/tidemark_manage.py', 'check'], {
        DJANGO_SETTINGS_MODULE: 'shop.dev',
      });
      expect(ran).toMatchObject({ code: 0, output: expect.stringContaining('dev settings') });
    });
  });

  it('cannot reverse what has no way back, and says so before anything runs', async () => {
    const { story, recipe, withThird } = await sparklesAndRainbows(
      onSqlite,
      'migrations.RunSQL("ALTER TABLE library_book ADD colour text"),',
    );
    await using _ = story;
    const { project } = await recipe.look();
    const third = await recipe.was(project, withThird, book('0003_colour'));
    expect(third.id).toBe(migrationId('library.0003_colour'));
    const [request] = await recipe.requests([third]);
    expect(request && django.reverse(request)).toMatchObject({
      how: 'impossible',
      reason: expect.stringContaining('reverse_sql'),
    });
  });
});

function mapped<T, U>(
  available: { readonly here: true; readonly it: T } | { readonly here: false; readonly because: string },
  to: (it: T) => Promise<U>,
) {
  return available.here ? ({ here: true, it: () => to(available.it) } as const) : available;
}
