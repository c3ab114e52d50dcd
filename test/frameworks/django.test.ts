/** Django: the promises of every framework, and what only Django has (labels, rebased overlays, settings files). */
import { describe, expect, it } from 'vitest';
import { type Declaration, migrationId, type Row } from '../../src/domain/migration.ts';
import type { FileText, Framework, ReversalRequest, ReversibleMigration } from '../../src/frameworks/contract.ts';
import { django } from '../../src/frameworks/django/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';
import type { Tree } from './conformance-facts.ts';

const MANAGE = `import os, sys
if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.conf.dev")
    from django.core.management import execute_from_command_line
`;
const FOLDER = 'backend/apps/books_dir/migrations';

const text = (dependencies: string, operations: string, more = ''): string => `# -*- coding: utf-8 -*-
from django.conf import settings
from django.db import migrations, models
import books.validators
from . import _helpers


class Migration(migrations.Migration):
    """Dependencies = [("not", "these")]"""
${more}
    dependencies = ${dependencies}

    operations = [
        ${operations}
    ]
`;

const INITIAL = text(
  '[migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("contenttypes", "__first__"),]',
  `migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.AutoField(primary_key=True)),
                ("readers", models.ManyToManyField("auth.User")),
                ("shops", models.ManyToManyField("shops.Shop", through="books.Sale")),
            ],
            options={"ordering": ("title",), "db_table": "the_books"},
        ),
        migrations.CreateModel("Shadow", [], {"proxy": True}),`,
  '    initial = True',
);
const PAGES = text(
  `[
        ('library', '0001_initial'),  # ("no", "comment")
        (u"auth", "0012_alter_user_first_name_max_length"),
    ]`,
  `migrations.AddField(model_name="book", name="owner", field=models.ForeignKey("auth.User", on_delete=models.CASCADE)),
        migrations.AddField("book", "pages", models.IntegerField(db_column="nr_pages")),
        migrations.AddField("shop", "name", models.CharField(max_length=20)),
        migrations.AddField("book", "tags", models.ManyToManyField("library.Tag", db_table="book_tags")),
        migrations.RemoveField("book", "old"),`,
);
const SQUASH = text(
  '[]',
  '',
  '    replaces: list[tuple[str, str]] = [("library", "0001_initial"), ("library", "0002_pages")]',
);
const path = (stem: string): string => `${FOLDER}/${stem}.py`;

const TREE: Tree = {
  'backend/manage.py': MANAGE,
  'backend/shop/conf/base.py': `from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent.parent
MIGRATION_MODULES = {"payments": "shop.pay_migrations"}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "data" / "app.sqlite3"}}
`,
  'backend/shop/conf/dev.py': 'from .base import *\nDEBUG = True\n',
  'backend/apps/books_dir/apps.py':
    'from django.apps import AppConfig\nclass B(AppConfig):\n    name = "apps.books_dir"\n    label = "library"\n',
  [path('__init__')]: '',
  [path('0001_initial')]: INITIAL,
  [path('0002_pages')]: PAGES,
  [path('0002_squashed')]: SQUASH,
  'backend/shop/pay_migrations/0001_initial.py': text('[]', ''),
};

const row = (id: number, app: string, name: string, applied: string): Row => ({ id, app, name, applied });

describeFramework(django, {
  project: {
    tree: TREE,
    root: 'backend',
    historyTable: { schema: null, name: 'django_migrations' },
    addresses: [{ text: 'sqlite:backend/data/app.sqlite3', base: '.' }],
  },
  notProjects: {
    'manage.py is of Flask-Script': { 'manage.py': 'from flask_script import Manager\n', 'x/migrations/0001_a.py': '' },
    'it uses South': {
      'manage.py': 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "s")\n',
      's.py': 'INSTALLED_APPS = ("books", "south")\n',
      'books/migrations/0001_initial.py':
        'from south.v2 import SchemaMigration\nclass Migration(SchemaMigration): pass\n',
    },
    'there is no manage.py': { [path('0001_initial')]: INITIAL },
  },
  severalProjects: {
    'one inside the other': {
      tree: { 'manage.py': MANAGE, 'tools/manage.py': MANAGE, 'tools/a/migrations/0001_a.py': INITIAL },
      roots: ['.', 'tools'],
    },
  },
  files: [
    {
      path: path('0001_initial'),
      text: INITIAL,
      id: 'library.0001_initial',
      requires: [],
      replaces: [],
      namespace: 'library',
      number: '0001',
    },
    {
      path: path('0002_pages'),
      text: PAGES,
      id: 'library.0002_pages',
      requires: ['library.0001_initial', 'auth.0012_alter_user_first_name_max_length'],
      replaces: [],
      namespace: 'library',
      number: '0002',
    },
    {
      path: path('0002_squashed'),
      text: SQUASH,
      id: 'library.0002_squashed',
      requires: [],
      replaces: ['library.0001_initial', 'library.0002_pages'],
      namespace: 'library',
      number: '0002',
    },
    {
      path: 'backend/shop/pay_migrations/0001_initial.py',
      text: text('[]', ''),
      id: 'payments.0001_initial',
      requires: [],
      replaces: [],
      namespace: 'payments',
      number: '0001',
    },
  ],
  notFiles: {
    [path('__init__')]: '',
    [path('_helpers')]: '',
    [path('~0003')]: '',
    [`${FOLDER}/sub/0001_initial.py`]: INITIAL,
    [`${FOLDER}/notes.txt`]: '',
    'elsewhere/migrations/0001_initial.py': INITIAL,
    'backend/.venv/lib/python3.11/site-packages/a/migrations/0001_initial.py': INITIAL,
  },
  unreadable: [
    { path: path('0003_helpers'), text: 'def help(): pass\n', reason: /no "class Migration"/ },
    {
      path: path('0003_south'),
      text: 'from south.db import db\nclass Migration(SchemaMigration):\n    pass\n',
      reason: /South/,
    },
    { path: path('0003_computed'), text: text('BASE + [("a", "b")]', ''), reason: /not a plain list/ },
  ],
  alsoKnown: [{ id: 'library.0003_gone', requires: ['library.0002_pages'] }],
  histories: [
    {
      name: 'SQLite',
      rows: [
        row(2, 'library', '0002_pages', '2026-11-20 10:00:00.123456'),
        row(1, 'library', '0001_initial', '2026-11-20 09:00:00'),
        row(3, 'auth', '0001_initial', '2026-11-20 11:00:00.5'),
      ],
      autoColumn: 'id',
      ids: ['library.0001_initial', 'library.0002_pages', 'auth.0001_initial'],
      appliedAt: ['2026-11-20T09:00:00Z', '2026-11-20T10:00:00.123456Z', '2026-11-20T11:00:00.5Z'],
      forgettable: ['library.0002_pages', 'auth.0001_initial'],
      relabel: { from: 'library.0002_pages', to: 'library.0003_gone' },
    },
    {
      name: 'PostgreSQL, session in another time zone, one row twice',
      rows: [
        row(1, 'library', '0001_initial', '2026-11-20 09:00:00.000001+01'),
        row(2, 'library', '0002_pages', '2026-11-20 10:00:00+05:30'),
        row(3, 'library', '0001_initial', '2026-11-20 11:00:00+00'),
      ],
      autoColumn: 'id',
      ids: ['library.0001_initial', 'library.0002_pages'],
      appliedAt: ['2026-11-20T08:00:00.000001Z', '2026-11-20T04:30:00Z'],
      forgettable: ['library.0001_initial'],
      relabel: { from: 'library.0001_initial', to: 'library.0003_gone' },
    },
  ],
  mayAppear: ['library.0002_squashed'],
  reversals: [
    {
      name: 'what only git has, first in its app',
      path: path('0002_pages'),
      engine: 'sqlite',
      onDisk: [path('0001_initial')],
      gives: {
        how: 'command',
        arguments: ['{scratch}/tidemark_manage.py', 'migrate', 'library', '0001_initial', '--noinput'],
        atomic: false,
      },
    },
    {
      name: 'RunPython without a way back',
      path: path('0003_gone'),
      text: text('[("library", "0002_pages")]', 'migrations.RunPython(forwards, elidable=True)'),
      engine: 'postgres',
      onDisk: [path('0001_initial'), path('0002_pages')],
      gives: { how: 'impossible', reason: expect.stringContaining('reverse_code') },
    },
    {
      name: 'RunSQL without a way back, inside',
      path: path('0003_gone'),
      text: text('[]', 'migrations.SeparateDatabaseAndState([migrations.RunSQL("select 1", None)])'),
      engine: 'postgres',
      onDisk: [path('0001_initial'), path('0002_pages')],
      gives: { how: 'impossible', reason: expect.stringContaining('reverse_sql') },
    },
    {
      name: 'without a transaction',
      path: path('0003_gone'),
      text: text('[]', 'migrations.RunSQL("a", "b")', '    atomic = False'),
      engine: 'postgres',
      onDisk: [path('0001_initial'), path('0002_pages')],
      gives: { how: 'command', atomic: false, whole: false },
    },
  ],
  forwards: [
    {
      path: path('0001_initial'),
      engine: 'mysql',
      gives: { how: 'command', arguments: ['{scratch}/tidemark_manage.py', 'migrate', '--noinput'] },
    },
  ],
  losses: [
    {
      name: 'tables with their own names, many-to-many, no proxies',
      path: path('0001_initial'),
      text: INITIAL,
      tables: ['the_books', 'the_books_readers'],
      columns: [],
      unsure: null,
    },
    {
      name: 'columns of foreign keys, of own names and of tables named elsewhere',
      path: path('0002_pages'),
      text: PAGES,
      tables: ['book_tags'],
      columns: ['the_books.owner_id', 'the_books.nr_pages', 'library_shop.name'],
      unsure: null,
    },
    {
      name: 'code',
      path: path('0003_code'),
      text: text('[]', 'migrations.RunPython(a, b), migrations.RunPython(a, migrations.RunPython.noop), pg.Vector(),'),
      tables: [],
      columns: [],
      unsure: /^it runs Python code, it uses the operation Vector$/,
    },
    {
      name: 'SQL and changed columns',
      path: path('0003_code'),
      text: text(
        '[]',
        'migrations.RunSQL("a", reverse_sql="b"), migrations.AlterField("book", "x", models.TextField()),',
      ),
      tables: [],
      columns: [],
      unsure: /SQL of its own, it changes a column/,
    },
  ],
  imports: [
    {
      path: path('0001_initial'),
      text: INITIAL,
      gives: ['backend/books/validators.py', 'backend/books/__init__.py', `${FOLDER}/_helpers.py`],
    },
  ],
  hazard: { orphans: ['library.0002_pages'], says: /does not see library\.0002_pages.*prune/ },
});

describe('app labels', () => {
  const labels = (tree: Tree): unknown =>
    django.detect(sourceTree(django, { 'manage.py': MANAGE, ...tree }))[0]?.settings['labels'];

  it('come from how files name each other when there is no apps.py, not from a common first name', () => {
    expect(
      labels({
        'books_dir/migrations/0001_initial.py': text('[("auth", "0001_initial")]', ''),
        'books_dir/migrations/0002_b.py': text('[("tomes", "0001_initial"), ("auth", "0001_initial")]', ''),
        'books_dir/migrations/0003_c.py': text('[("tomes", "0002_b")]', ''),
      }),
    ).toEqual({ 'books_dir/migrations': 'tomes' });
  });

  it('come from name in apps.py, else from the folder', () => {
    expect(
      labels({
        'a/migrations/0001_initial.py': text('[]', ''),
        'b/migrations/0001_initial.py': text('[]', ''),
        'b/apps.py': "class B(AppConfig):\n    name = 'proj.bees'\n",
      }),
    ).toEqual({ 'a/migrations': 'a', 'b/migrations': 'bees' });
  });
});

describe('the default database', () => {
  const address = (settings: string) => {
    const tree = sourceTree(django, { 'manage.py': MANAGE, 'shop/conf/dev.py': settings });
    const [project] = django.detect(tree);
    return project && django.connection(project, tree)[0]?.text;
  };
  const server = (parts: string): string =>
    `DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', ${parts}}}`;

  it.each([
    [
      "import os\nDATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'db.sqlite3')}}",
      'sqlite:shop/db.sqlite3',
    ],
    [
      server("'NAME': 'shop', 'USER': 'a@b', 'PASSWORD': os.environ.get('PW', 'p/w'), 'HOST': '', 'PORT': 5433"),
      'postgres://a%40b:p%2Fw@localhost:5433/shop',
    ],
    [server("'NAME': 'shop', 'USER': 'a', 'PASSWORD': os.environ['PW']"), undefined],
    [
      server("'NAME': os.getenv('DB', default='shop'), 'HOST': '/var/run/postgresql'"),
      'postgres:///shop?host=%2Fvar%2Frun%2Fpostgresql',
    ],
    [
      "DATABASES = {'default': dj_database_url.config(default='postgres://u:p@h/d', conn_max_age=600)}",
      'postgres://u:p@h/d',
    ],
    ["DATABASES = {'default': env.db('DATABASE_URL', default='sqlite:///x.db')}", 'sqlite:x.db'],
    [
      "DATABASES = {}\nDATABASES['default'] = {'ENGINE': 'django.db.backends.mysql', 'NAME': 'shop'}",
      'mysql://localhost/shop',
    ],
    ['DATABASES = load()', undefined],
    ["A = A / A\nDATABASES = {'default': {'ENGINE': 'sqlite3', 'NAME': A}}", undefined],
  ])('is read from %s', (settings, expected) => {
    expect(address(settings)).toBe(expected);
  });
});

describe('the overlay', () => {
  const framework: Framework = django;
  const [project] = django.detect(sourceTree(django, TREE));
  if (project === undefined) throw new Error('no project');
  const file = (stem: string, dependencies: string, more = ''): Declaration & FileText => {
    const source = {
      path: path(stem),
      text: text(dependencies, 'migrations.AddField("book", "x", models.TextField())', more),
    };
    const read = framework.read(project, source);
    if ('reason' in read) throw new Error(read.reason);
    return { ...source, ...read };
  };
  const orphan = (stem: string, dependencies: string, more = ''): ReversibleMigration => ({
    ...file(stem, dependencies, more),
    commit: 'c',
    blob: 'b',
    orphan: true,
  });
  const request = (
    all: readonly ReversibleMigration[],
    onDisk: readonly (Declaration & FileText)[],
    applied: readonly string[],
  ): ReversalRequest => ({
    project,
    engine: 'sqlite',
    migration: all[0] as ReversibleMigration,
    all,
    onDisk,
    applied: applied.map(stem => ({
      id: migrationId(`library.${stem}`),
      appliedAt: null,
      fingerprint: null,
      state: 'applied',
      row: {},
    })),
  });
  const laid = (reversal: ReturnType<Framework['reverse']>): Readonly<Record<string, string>> => {
    if (reversal.how !== 'command' || reversal.checkout.kind !== 'overlay') throw new Error(JSON.stringify(reversal));
    const files = reversal.checkout.files.map(each => [each.path.split('/').at(-1), 'text' in each ? each.text : '']);
    return Object.fromEntries(
      files.map(([name, source]) => [name, /dependencies = (.*)/.exec(source ?? '')?.[1] ?? '']),
    );
  };
  const one = file('0001_initial', '[]');
  const two = file('0002_two', '[("library", "0001_initial")]');

  it('chains orphans of a plan one after another, above what stays applied, and joins what is pending', () => {
    const three = orphan(
      '0003_three',
      '[("library", "0001_initial"), ("payments", "0001_initial"), ("auth", "0001_initial")]',
      '    run_before = [("library", "0002_two")]',
    );
    const four = orphan(
      '0003_three_b',
      '[("library", "0003_three"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]',
    );
    const pending = file('0009_later', '[("library", "0002_two")]');
    const all = [four, three];
    const reversal = framework.reverse(
      request(all, [one, two, pending], ['0001_initial', '0002_two', '0003_three', '0003_three_b']),
    );
    expect(reversal).toMatchObject({ arguments: expect.arrayContaining(['library', '0003_three']) });
    expect(laid(reversal)).toEqual({
      '0003_three.py': `[('library', '0002_two'), ("payments", "0001_initial"), ("auth", "0001_initial")]`,
      '0003_three_b.py': `[('library', '0003_three'), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]`,
      'zz_tidemark_merge.py': `[('library', '0003_three_b'), ('library', '0009_later')]`,
    });
    const second = framework.reverse({
      ...request(all, [one, two, pending], ['0001_initial', '0002_two', '0003_three']),
      migration: three,
    });
    expect(laid(second)).toEqual(laid(reversal));
    expect(second).toMatchObject({ arguments: expect.arrayContaining(['0002_two']) });
  });

  it('frees a kept file that names an edited one', () => {
    const edited = orphan('0002_two', '[("library", "0001_initial")]');
    const after = file('0003_kept', '[("library", "0002_two")]');
    const reversal = framework.reverse(request([edited], [one, two, after], ['0001_initial', '0002_two', '0003_kept']));
    expect(laid(reversal)).toEqual({
      '0002_two.py': `[('library', '0003_kept')]`,
      '0003_kept.py': `[('library', '0001_initial')]`,
    });
  });

  it('goes back to zero where nothing of the app stays, and makes a gone app a package again', () => {
    const reversal = framework.reverse(request([orphan('0001_initial', '[]')], [], ['0001_initial']));
    expect(reversal).toMatchObject({ arguments: expect.arrayContaining(['library', 'zero']) });
    expect(Object.keys(laid(reversal))).toEqual(['0001_initial.py', '__init__.py', 'tidemark-apps.json']);
  });

  it.each([
    [
      'a squash stands for applied ones',
      [orphan('0009_squash', '[]', '    replaces = [("library", "0001_initial")]')],
      [one],
      ['0001_initial', '0009_squash'],
      /squash/,
    ],
    [
      'a file on disk depends on one that is gone',
      [orphan('0003_x', '[]')],
      [one, file('0004_y', '[("library", "0002_gone")]')],
      ['0001_initial', '0003_x'],
      /0004_y.*0002_gone/,
    ],
    [
      'an applied file depends on one that is not',
      [orphan('0003_x', '[]')],
      [one, two, file('0004_y', '[("library", "0002_two")]')],
      ['0001_initial', '0003_x', '0004_y'],
      /0004_y is applied but library\.0002_two/,
    ],
    [
      'another orphan of the app has no file',
      [orphan('0003_x', '[]')],
      [one],
      ['0001_initial', '0003_x', '0002_unknown'],
      /0002_unknown.*SQLite/,
    ],
  ])('is refused when %s', (_why, all, onDisk, applied, reason) => {
    expect(framework.reverse(request(all, onDisk, applied))).toMatchObject({
      how: 'impossible',
      reason: expect.stringMatching(reason),
    });
  });
});
