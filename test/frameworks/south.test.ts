/** South: the promises of every framework, and what only it has: one migration alone, and files that lie where Django's own lie. */
import { describe, expect, it } from 'vitest';
import { type Declaration, migrationId, type Row } from '../../src/domain/migration.ts';
import type { FileText, Framework, ReversalRequest, ReversibleMigration } from '../../src/frameworks/contract.ts';
import { django } from '../../src/frameworks/django/index.ts';
import { south } from '../../src/frameworks/south/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';
import type { Tree } from './conformance-facts.ts';

const framework: Framework = south;

const MANAGE = `import os, sys
if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    from django.core.management import execute_from_command_line
`;

const text = (forwards: string, backwards: string, more = ''): string => `# -*- coding: utf-8 -*-
import datetime
from south.db import db
from south.v2 import SchemaMigration
from django.db import models
from books.prices import Price

class Migration(SchemaMigration):
${more}
    def forwards(self, orm):
        # Adding model 'Book'
        ${forwards}

    def backwards(self, orm):
        "Takes it back."
        ${backwards}

    models = {
        u'books.book': {
            'Meta': {'object_name': 'Book'},
            u'id': ('django.db.models.fields.AutoField', [], {'primary_key': 'True'})
        }
    }
    complete_apps = ['books']
`;
const FIRST = text("db.create_table(u'books_book', ())", "db.delete_table(u'books_book')");
const SECOND = text(
  "db.add_column(u'books_book', 'pages', self.gf('x')(), keep_default=False)",
  "db.delete_column(u'books_book', 'pages')",
  '    depends_on = (("shelves", "0001_initial"), )\n    no_dry_run = True\n',
);
const SHELF = text("db.create_table('shelves_shelf', ())", "db.delete_table('shelves_shelf')");
const DJANGO = 'from django.db import migrations\nclass Migration(migrations.Migration):\n    operations = []\n';

const BOOKS = 'backend/apps/books/south_migrations';
const SHELVES = 'backend/shelf_changes';
const TREE: Tree = {
  'backend/manage.py': MANAGE,
  'backend/shop/settings.py': `import os
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INSTALLED_APPS = ('django.contrib.auth', 'south', 'apps.books', 'shelves')
SOUTH_MIGRATION_MODULES = {'shelves': 'shelf_changes', 'other': 'ignore'}
USE_TZ = True
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': os.path.join(HERE, 'shop.db')}}
`,
  [`${BOOKS}/0001_initial.py`]: FIRST,
  [`${BOOKS}/0002_pages.py`]: SECOND,
  'backend/apps/books/migrations/0001_initial.py': DJANGO,
  [`${SHELVES}/0001_initial.py`]: SHELF,
};

const row = (id: number, app_name: string, migration: string, applied: string | null): Row => ({
  id,
  app_name,
  migration,
  applied,
});

const overlay = (files: readonly string[]) => ({
  kind: 'overlay',
  files: expect.arrayContaining(files.map(path => expect.objectContaining({ path }))),
});

describeFramework(south, {
  project: {
    tree: TREE,
    root: 'backend',
    historyTable: { schema: null, name: 'south_migrationhistory' },
    addresses: [{ text: 'sqlite:backend/shop.db', base: '.' }],
  },
  notProjects: {
    'it is Django': {
      'manage.py': MANAGE,
      'shop/settings.py': 'INSTALLED_APPS = ["books"]\n',
      'books/migrations/0001_initial.py': DJANGO,
      'books/south_migrations/0001_initial.py': FIRST,
    },
    'there is no manage.py': { 'books/migrations/0001_initial.py': FIRST },
    'South is only mentioned': {
      'manage.py': MANAGE,
      'shop/settings.py': 'INSTALLED_APPS = ["books"]\n# "south" is gone\nREGIONS = ["southern"]\n',
    },
  },
  severalProjects: {
    'two sites, one with a list put together by code, one with settings that cannot be found': {
      tree: {
        'a/manage.py': MANAGE,
        'a/shop/settings.py': 'INSTALLED_APPS = BASE + (\n    "south",\n)\n',
        'b/manage.py': MANAGE,
        'b/books/migrations/0001_initial.py': FIRST,
      },
      roots: ['a', 'b'],
    },
  },
  files: [
    {
      path: `${BOOKS}/0001_initial.py`,
      text: FIRST,
      id: 'books.0001_initial',
      requires: [],
      replaces: [],
      namespace: 'books',
      number: '0001',
    },
    {
      path: `${SHELVES}/0001_initial.py`,
      text: SHELF,
      id: 'shelves.0001_initial',
      requires: [],
      replaces: [],
      namespace: 'shelves',
      number: '0001',
    },
    {
      path: `${BOOKS}/0002_pages.py`,
      text: SECOND,
      id: 'books.0002_pages',
      requires: ['shelves.0001_initial'],
      replaces: [],
      namespace: 'books',
      number: '0002',
    },
  ],
  notFiles: {
    'backend/apps/books/migrations/0001_initial.py': DJANGO,
    [`${BOOKS}/__init__.py`]: '',
    [`${BOOKS}/0003-dashed.py`]: FIRST,
    [`${BOOKS}/below/0001_initial.py`]: FIRST,
    'backend/apps/books/models.py': FIRST,
  },
  unreadable: [{ path: `${BOOKS}/helpers.py`, text: 'from south.db import db\n', reason: /no "class Migration"/ }],
  alsoKnown: [{ id: 'books.0003_pages', requires: [] }],
  histories: [
    {
      name: 'PostgreSQL, with offsets',
      rows: [
        row(1, 'books', '0001_initial', '2014-06-05 12:32:35.5+02'),
        row(3, 'books', '0002_pages', '2014-06-06 00:00:00+00'),
        row(2, 'shelves', '0001_initial', '2014-06-05 23:00:00+00'),
      ],
      autoColumn: 'id',
      ids: ['books.0001_initial', 'shelves.0001_initial', 'books.0002_pages'],
      appliedAt: ['2014-06-05T10:32:35.5Z', '2014-06-05T23:00:00Z', '2014-06-06T00:00:00Z'],
      forgettable: ['books.0002_pages', 'shelves.0001_initial'],
      relabel: { from: 'books.0002_pages', to: 'books.0003_pages' },
    },
    {
      name: 'rows of South 0.6 that were never applied',
      rows: [row(1, 'books', '0001_initial', '2014-06-05 12:32:35'), row(2, 'books', '0002_pages', null)],
      autoColumn: 'id',
      ids: ['books.0001_initial'],
      appliedAt: ['2014-06-05T12:32:35Z'],
      forgettable: ['books.0001_initial'],
      relabel: { from: 'books.0001_initial', to: 'books.0003_pages' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'one migration alone, with the one before it beside',
      path: `${BOOKS}/0002_pages.py`,
      engine: 'mysql',
      onDisk: [`${BOOKS}/0001_initial.py`],
      gives: {
        how: 'command',
        arguments: ['{scratch}/tidemark_south.py', 'reverse', 'books', '0002_pages'],
        checkout: overlay([
          'backend/tidemark_south_alone/books__0002_pages/__init__.py',
          'backend/tidemark_south_alone/books__0002_pages/0002_pages.py',
          'backend/tidemark_south_before/books__0002_pages.py',
        ]),
        atomic: false,
        whole: false,
      },
    },
    {
      name: 'an app that is gone',
      path: `${BOOKS}/0001_initial.py`,
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'command',
        arguments: ['{scratch}/tidemark_south.py', 'reverse', 'books', '0001_initial', 'apps.books'],
        checkout: overlay(['backend/apps/books/__init__.py', 'backend/apps/books/models.py']),
        atomic: true,
      },
    },
    {
      name: 'a backwards() that only has a docstring',
      path: `${BOOKS}/0002_pages.py`,
      text: text('orm.Book.objects.update(x=1)', 'pass'),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('backwards() does nothing') },
    },
    {
      name: 'a backwards() that raises after it began',
      path: `${BOOKS}/0002_pages.py`,
      text: text('pass', "db.delete_column('a', 'b')\n        raise RuntimeError('Cannot reverse this migration.')"),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('raises an error') },
    },
    {
      name: 'no backwards()',
      path: `${BOOKS}/0002_pages.py`,
      text: 'from south.v2 import DataMigration\nclass Migration(DataMigration):\n    def forwards(self, orm): pass\n',
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('no backwards()') },
    },
  ],
  forwards: [
    {
      path: `${BOOKS}/0002_pages.py`,
      engine: 'sqlite',
      gives: { how: 'command', arguments: ['{scratch}/tidemark_south.py', 'apply'] },
    },
  ],
  losses: [
    {
      name: 'tables and columns',
      path: `${BOOKS}/0002_pages.py`,
      text: text(
        "db.delete_table('never')",
        "db.delete_unique('c', ['x'])\n        db.delete_table(db.shorten_name(u'books_book_tags'))\n        if not db.dry_run:\n            db.delete_column('c', 'y')\n        db.create_table('back', (('id', self.gf('a.B')(primary_key=True)),))\n        db.send_create_signal('books', ['Back'])",
      ),
      tables: ['books_book_tags'],
      columns: ['c.y'],
      unsure: null,
    },
    {
      name: 'SQL, code and changed columns',
      path: `${BOOKS}/0002_pages.py`,
      text: text(
        'pass',
        "db.execute('x')\n        db.alter_column('a', 'b', None)\n        for book in orm.Book.objects.all(): book.delete()",
      ),
      tables: [],
      columns: [],
      unsure: /SQL of its own.*changes a column.*Python code/,
    },
  ],
  imports: [{ path: `${BOOKS}/0002_pages.py`, text: SECOND, gives: ['backend/books/prices.py'] }],
  hazard: { orphans: ['books.0002_pages'], says: /GhostMigrations.*--delete-ghost-migrations/ },
});

describe('one repository', () => {
  const both: Tree = {
    'manage.py': MANAGE,
    'books/migrations/0001_initial.py': DJANGO,
    'books/south_migrations/0001_initial.py': FIRST,
  };
  const found = (tree: Tree): readonly string[] =>
    [framework, django as Framework].flatMap(each => each.detect(sourceTree(each, tree)).map(() => each.name));

  it('with both generations is of the one that its settings install', () => {
    expect(found({ ...both, 'shop/settings.py': 'INSTALLED_APPS = ["south", "books"]\n' })).toEqual(['south']);
    expect(found({ ...both, 'shop/settings.py': 'INSTALLED_APPS = ["books"]\n' })).toEqual(['django']);
  });

  it('without settings is of the one its files are written for', () => {
    expect(found(both)).toEqual(['django']);
    expect(found({ 'manage.py': MANAGE, 'books/migrations/0001_initial.py': FIRST })).toEqual(['south']);
  });

  it('passes over the other generation’s files, and over them only', () => {
    const [project] = framework.detect(sourceTree(framework, TREE));
    if (project === undefined) throw new Error('no project');
    const path = 'backend/apps/books/migrations/0001_initial.py';
    expect(framework.isOthers?.(project, { path, text: DJANGO })).toBe(true);
    expect(framework.isOthers?.(project, { path, text: 'x = 1\n' })).toBe(false);
  });
});

describe('what is before a migration', () => {
  const [project] = framework.detect(sourceTree(framework, TREE));
  if (project === undefined) throw new Error('no project');
  const file = (path: string, of: string): Declaration & FileText => {
    const read = framework.read(project, { path, text: of });
    if ('reason' in read) throw new Error(read.reason);
    return { ...read, path, text: of };
  };
  const orphan = (path: string, of: string): ReversibleMigration => ({
    ...file(path, of),
    commit: 'c',
    blob: 'b',
    orphan: true,
  });

  it('is the next lower name in its app, on disk or reversed with it', () => {
    const third = orphan(`${BOOKS}/0003_x.py`, FIRST);
    const second = orphan(`${BOOKS}/0002_pages.py`, SECOND);
    const request: ReversalRequest = {
      project,
      engine: 'sqlite',
      migration: third,
      all: [third, second],
      onDisk: [
        file(`${BOOKS}/0001_initial.py`, FIRST),
        file(`${BOOKS}/0004_y.py`, FIRST),
        file(`${SHELVES}/0002_z.py`, SHELF),
      ],
      applied: [third, second].map(({ id }) => ({
        id: migrationId(id),
        appliedAt: null,
        fingerprint: null,
        state: 'applied',
        row: null,
      })),
    };
    const reversal = framework.reverse(request);
    expect(reversal).toMatchObject({
      arguments: expect.arrayContaining(['books', '0003_x']),
      checkout: {
        files: expect.arrayContaining([
          { path: 'backend/tidemark_south_before/books__0003_x.py', text: SECOND },
          { path: 'backend/tidemark_south_before/books__0002_pages.py', text: FIRST },
        ]),
      },
    });
  });
});
