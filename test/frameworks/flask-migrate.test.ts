/** Flask-Migrate: the promises of every framework, and what only it has: an application in place of a configuration. */
import { describe, expect, it } from 'vitest';
import { alembic } from '../../src/frameworks/alembic/index.ts';
import type { Framework } from '../../src/frameworks/contract.ts';
import { flaskMigrate } from '../../src/frameworks/flask-migrate/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';
import type { Tree } from './conformance-facts.ts';

const framework: Framework = flaskMigrate;

const ENV = `from alembic import context
from flask import current_app

def run(connection):
    context.configure(connection=connection, **current_app.extensions['migrate'].configure_args)
`;
const INI = '[alembic]\n# file_template = x\n[loggers]\nkeys = root\n';

const file = (id: string, down: string, up: string, back: string): string => `"""A revision."""
from alembic import op
import sqlalchemy as sa
from herd.types import Money

revision = '${id}'
down_revision = ${down}
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('a', schema=None) as batch_op:
        batch_op.${up}


def downgrade():
    with op.batch_alter_table('a', schema=None) as batch_op:
        batch_op.${back}
`;
const FIRST = file('aaa1', 'None', 'add_column(sa.Column("x"))', "drop_column('x')");
const SECOND = file('aaa2', "'aaa1'", 'add_column(sa.Column("y"))', "drop_column('y')");

const TREE: Tree = {
  'web/.flaskenv': 'FLASK_APP=herd.factory:create_app("dev")\n',
  'web/herd/__init__.py': '',
  'web/herd/factory.py': `from flask import Flask
from .extensions import db, migrate

def create_app(name):
    app = Flask(__name__)
    app.config.from_object(Config)
    migrate.init_app(app, db, directory="data/history", version_table="herd_revisions", version_table_schema="meta")
`,
  'web/herd/extensions.py': 'from flask_migrate import Migrate\nmigrate = Migrate(compare_type=False)\n',
  'web/config.py': `import os
class Config:
    SQLALCHEMY_DATABASE_URI = os.environ.get("HERD_URL") or "sqlite:///herd.db"
class Testing(Config):
    SQLALCHEMY_DATABASE_URI = "sqlite://"
`,
  'web/data/history/alembic.ini': INI,
  'web/data/history/env.py': ENV,
  'web/data/history/versions/aaa1_first.py': FIRST,
  'web/data/history/versions/aaa2_second.py': SECOND,
};

const ARGUMENTS = ['{scratch}/tidemark_flask.py', 'downgrade', '--directory', '{worktree}/web/data/history'];

describeFramework(flaskMigrate, {
  project: {
    tree: TREE,
    root: 'web',
    historyTable: { schema: 'meta', name: 'herd_revisions' },
    addresses: [{ text: 'sqlite:herd.db', base: 'web/instance' }],
  },
  notProjects: {
    'it is Alembic': { 'alembic.ini': '[alembic]\nscript_location = db\n', 'db/env.py': 'x = 1\n' },
    'it is Alembic with a context of its own': {
      'alembic.ini': '[alembic]\nscript_location = db\n',
      'db/env.py': 'from flask import current_app\nurl = current_app.config["X"]\n',
    },
    'there is no env.py': { 'migrations/alembic.ini': INI },
  },
  severalProjects: {
    'two applications': {
      tree: {
        'one/app.py': '',
        'one/migrations/alembic.ini': INI,
        'one/migrations/env.py': ENV,
        'two/migrations/alembic.ini': INI,
        'two/migrations/env.py': ENV,
      },
      roots: ['one', 'two'],
    },
  },
  files: [
    {
      path: 'web/data/history/versions/aaa1_first.py',
      text: FIRST,
      id: 'aaa1',
      requires: [],
      replaces: [],
      namespace: null,
      number: null,
    },
    {
      path: 'web/data/history/versions/aaa2_second.py',
      text: SECOND,
      id: 'aaa2',
      requires: ['aaa1'],
      replaces: [],
      namespace: null,
      number: null,
    },
  ],
  notFiles: { 'web/data/history/env.py': ENV, 'web/data/history/versions/__init__.py': '' },
  unreadable: [{ path: 'web/data/history/versions/helpers.py', text: 'x = 1\n', reason: /does not say its revision/ }],
  alsoKnown: [{ id: 'aaa3', requires: ['aaa1'] }],
  histories: [
    {
      name: 'one head',
      rows: [{ version_num: 'aaa2' }],
      autoColumn: null,
      ids: ['aaa1', 'aaa2'],
      appliedAt: [null, null],
      forgettable: ['aaa2'],
      relabel: { from: 'aaa2', to: 'aaa3' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'a head, by the command of the application',
      path: 'web/data/history/versions/aaa2_second.py',
      engine: 'postgres',
      onDisk: ['web/data/history/versions/aaa1_first.py'],
      gives: {
        how: 'command',
        arguments: [...ARGUMENTS, 'aaa2@aaa1'],
        checkout: { kind: 'overlay', files: [{ path: 'web/data/history/versions/aaa2_second.py', text: SECOND }] },
        atomic: true,
      },
    },
    {
      name: 'a base on SQLite',
      path: 'web/data/history/versions/aaa1_first.py',
      engine: 'sqlite',
      onDisk: ['web/data/history/versions/aaa2_second.py'],
      gives: { how: 'command', arguments: [...ARGUMENTS, 'aaa1@base'], atomic: false, whole: false },
    },
    {
      name: 'a downgrade that does nothing',
      path: 'web/data/history/versions/aaa2_second.py',
      text: `revision = "aaa2"\ndown_revision = "aaa1"\ndef upgrade():\n    op.x()\ndef downgrade():\n    pass\n`,
      engine: 'sqlite',
      onDisk: ['web/data/history/versions/aaa1_first.py'],
      gives: { how: 'impossible', reason: expect.stringContaining('does nothing') },
    },
  ],
  forwards: [
    {
      path: 'web/data/history/versions/aaa2_second.py',
      engine: 'sqlite',
      gives: { how: 'command', arguments: [ARGUMENTS[0], 'upgrade', '--directory', ARGUMENTS[3], 'heads'] },
    },
  ],
  losses: [
    {
      name: 'columns in batches, as Flask-Migrate writes them',
      path: 'web/data/history/versions/aaa2_second.py',
      text: SECOND,
      tables: [],
      columns: ['a.y'],
      unsure: null,
    },
  ],
  imports: [{ path: 'web/data/history/versions/aaa2_second.py', text: SECOND, gives: ['web/herd/types.py'] }],
  hazard: { orphans: ['aaa2'], says: /Can't locate revision identified by 'aaa2'/ },
});

describe('one repository', () => {
  it('is not found by Alembic too, whatever its ini file says', () => {
    for (const ini of [INI, '[alembic]\nscript_location = %(here)s\n', '[alembic]\nscript_location = migrations\n']) {
      const tree = { 'app.py': '', 'migrations/alembic.ini': ini, 'migrations/env.py': ENV };
      expect(framework.detect(sourceTree(framework, tree))).toMatchObject([{ root: '.' }]);
      expect((alembic as Framework).detect(sourceTree(alembic, tree))).toEqual([]);
    }
  });

  it('may hold Alembic and Flask-Migrate side by side', () => {
    const tree = {
      'alembic.ini': '[alembic]\nscript_location = warehouse\n',
      'warehouse/env.py': 'x = 1\n',
      'web/app.py': '',
      'web/migrations/alembic.ini': INI,
      'web/migrations/env.py': ENV,
    };
    expect(framework.detect(sourceTree(framework, tree)).map(({ root }) => root)).toEqual(['web']);
    expect((alembic as Framework).detect(sourceTree(alembic, tree)).map(({ root }) => root)).toEqual(['.']);
  });
});

describe('an application', () => {
  const addresses = (tree: Tree) => {
    const source = sourceTree(framework, {
      'migrations/alembic.ini': INI,
      'migrations/env.py': ENV,
      ...tree,
    });
    const [project] = framework.detect(source);
    return project && framework.connection(project, source).map(({ text, base }) => `${text} from ${base}`);
  };
  const config = (value: string): Tree => ({
    'wsgi.py': 'from shop import create_app\napp = create_app()\n',
    'shop/__init__.py': `import os\nfrom flask import Flask\nHERE = os.path.abspath(os.path.dirname(__file__))\ndef create_app():\n    app = Flask(__name__)\n    app.config["SQLALCHEMY_DATABASE_URI"] = ${value}\n    app.config.from_mapping(OTHER=1)\n`,
  });

  it.each([
    ['"postgresql://app@db/shop"', ['postgresql://app@db/shop from instance']],
    ['"sqlite:///shop.db"', ['sqlite:shop.db from instance']],
    ['"sqlite:////var/shop.db"', ['sqlite:/var/shop.db from instance']],
    [
      'os.environ.get("A") or os.environ.get("B") or "sqlite:///" + os.path.join(HERE, "shop.db")',
      ['sqlite:shop/shop.db from .'],
    ],
    ['os.environ["DATABASE_URL"]', []],
    ['f"postgresql://{user}@db/shop"', []],
    ['"sqlite:///:memory:"', []],
  ])('may say %s', (value, gives) => {
    expect(addresses(config(value))).toEqual(gives);
  });

  it('is the one the option names', () => {
    const [project] = framework.detect(sourceTree(framework, TREE));
    if (project === undefined) throw new Error('no project');
    const chosen = { ...project, settings: { ...project.settings, app: 'herd.factory:create_app("prod")' } };
    const target = { engine: 'sqlite', database: '/x.db', host: null, port: null, socket: null, user: null } as const;
    const { env } = framework.point(chosen, { ...target, password: null, parameters: {} });
    expect(env['FLASK_APP']).toBe('herd.factory:create_app("prod")');
  });
});
