/** Alembic: the promises of every framework, and what only Alembic has (heads, several ways to configure it, no dead ends). */
import { describe, expect, it } from 'vitest';
import { type Declaration, type MigrationId, migrationId, type Row } from '../../src/domain/migration.ts';
import { alembic } from '../../src/frameworks/alembic/index.ts';
import type {
  FileText,
  Framework,
  Known,
  ReversalRequest,
  ReversibleMigration,
} from '../../src/frameworks/contract.ts';
import { describeFramework } from './conformance.ts';
import { changed, changesOf, sourceTree } from './conformance-bench.ts';
import type { Tree } from './conformance-facts.ts';

const framework: Framework = alembic;

const ENV = `from alembic import context
TABLE = "shop_history"
def run(connection):
    context.configure(
        connection=connection,
        version_table=TABLE,
        version_table_schema="meta",
    )
`;

const file = (head: string, up = 'op.create_table("a")', down = 'op.drop_table("a")'): string => `"""A revision.

Revision ID: not-this
revision = "nor-this"
"""
from alembic import op
from shop.types import Money

${head}

def upgrade():
    ${up}

def downgrade():
    """Takes it back."""
    ${down}
`;
const FIRST = file('revision = "aaa1"\ndown_revision = None\nbranch_labels = ("books",)\ndepends_on = None');
const SECOND = file(
  "revision: str = 'aaa2'\ndown_revision: Union[str, Sequence[str], None] = 'aaa1'\nbranch_labels: Union[str, None] = None\ndepends_on: Union[str, None] = None",
);
const OTHER = file('revision = "bbb1"\ndown_revision = None\ndepends_on = "books"  # by its label');
const MERGE = file('revision = "mmm1"\ndown_revision = (\n    "aaa2",\n    "bbb1",\n)', 'pass', 'pass');

const TREE: Tree = {
  'backend/alembic.ini': `# comment
[DEFAULT]
place = parts
[alembic]
script_location = %(here)s/%(place)s
version_locations = %(here)s/parts/core, %(here)s/parts/extra
sqlalchemy.url = postgresql+psycopg2://app:p%%40ss@db/shop
[loggers]
keys = root
`,
  'backend/parts/env.py': ENV,
  'backend/parts/core/aaa1_first.py': FIRST,
  'backend/parts/core/second.py': SECOND,
  'backend/parts/extra/1.py': OTHER,
  'backend/parts/extra/merge.py': MERGE,
};
const at = (id: string): Row => ({ version_num: id });

describeFramework(alembic, {
  project: {
    tree: TREE,
    root: 'backend',
    historyTable: { schema: 'meta', name: 'shop_history' },
    addresses: [{ text: 'postgresql+psycopg2://app:p%40ss@db/shop', base: 'backend' }],
  },
  notProjects: {
    'it is Flask-Migrate': {
      'migrations/alembic.ini': '[alembic]\nscript_location = migrations\n',
      'migrations/env.py': 'from flask import current_app\n',
    },
    'there is no env.py': { 'alembic.ini': '[alembic]\nscript_location = db\n' },
    'pyproject.toml has other tools only': { 'pyproject.toml': '[tool.black]\nline-length = 9\n' },
    'alembic.ini has no such section': { 'alembic.ini': '[other]\nscript_location = db\n', 'db/env.py': ENV },
  },
  severalProjects: {
    'an ini file and a pyproject.toml': {
      tree: {
        'a/alembic.ini': '[alembic]\nscript_location = db\n',
        'a/db/env.py': ENV,
        'b/pyproject.toml':
          '[project]\nname = "b"\n[tool.alembic]\nscript_location = "%(here)s/db"\nversion_locations = [\n  "%(here)s/one",\n  "two",\n]\n[tool.x]\n',
        'b/db/env.py': ENV,
      },
      roots: ['a', 'b'],
    },
  },
  files: [
    {
      path: 'backend/parts/core/aaa1_first.py',
      text: FIRST,
      id: 'aaa1',
      requires: [],
      replaces: [],
      namespace: null,
      number: null,
    },
    {
      path: 'backend/parts/core/second.py',
      text: SECOND,
      id: 'aaa2',
      requires: ['aaa1'],
      replaces: [],
      namespace: null,
      number: null,
    },
    {
      path: 'backend/parts/extra/1.py',
      text: OTHER,
      id: 'bbb1',
      requires: ['books'],
      replaces: [],
      namespace: null,
      number: null,
    },
    {
      path: 'backend/parts/extra/merge.py',
      text: MERGE,
      id: 'mmm1',
      requires: ['aaa2', 'bbb1'],
      replaces: [],
      namespace: null,
      number: null,
    },
  ],
  notFiles: {
    'backend/parts/core/__init__.py': 'revision = "x"',
    'backend/parts/core/.#aaa1_first.py': FIRST,
    'backend/parts/core/below/aaa1.py': FIRST,
    'backend/parts/env.py': FIRST,
  },
  unreadable: [
    { path: 'backend/parts/core/helpers.py', text: 'x = 1\n', reason: /does not say its revision/ },
    { path: 'backend/parts/core/x.py', text: 'revision = make()\n', reason: /revision is not a plain string/ },
  ],
  alsoKnown: [
    { id: 'aaa3', requires: ['aaa1'] },
    { id: 'mmm2', requires: ['aaa2', 'bbb1'] },
  ],
  histories: [
    {
      name: 'two heads',
      rows: [at('bbb1'), at('aaa2')],
      autoColumn: null,
      ids: ['aaa1', 'aaa2', 'bbb1'],
      appliedAt: [null, null, null],
      forgettable: ['aaa2', 'bbb1'],
      relabel: { from: 'aaa2', to: 'aaa3' },
    },
    {
      name: 'one head that implies all',
      rows: [at('mmm1')],
      autoColumn: null,
      ids: ['aaa1', 'aaa2', 'bbb1', 'mmm1'],
      appliedAt: [null, null, null, null],
      forgettable: ['mmm1'],
      relabel: { from: 'mmm1', to: 'mmm2' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'a head beside another branch',
      path: 'backend/parts/core/second.py',
      engine: 'postgres',
      onDisk: ['backend/parts/core/aaa1_first.py', 'backend/parts/extra/1.py'],
      gives: {
        how: 'command',
        arguments: ['{scratch}/tidemark_alembic.py', '-c', '{worktree}/backend/alembic.ini', 'downgrade', 'aaa2@aaa1'],
        checkout: { kind: 'overlay', files: [{ path: 'backend/parts/core/second.py', text: SECOND }] },
        atomic: true,
      },
    },
    {
      name: 'a base, on an engine without transactions round schema changes',
      path: 'backend/parts/extra/1.py',
      engine: 'mysql',
      onDisk: ['backend/parts/core/aaa1_first.py', 'backend/parts/core/second.py'],
      gives: { how: 'command', arguments: expect.arrayContaining(['bbb1@base']), atomic: false, whole: false },
    },
    {
      name: 'a plan that leaves another applied file missing',
      path: 'backend/parts/core/second.py',
      engine: 'sqlite',
      onDisk: ['backend/parts/core/aaa1_first.py'],
      gives: { how: 'impossible', reason: expect.stringContaining('bbb1') },
    },
    {
      name: 'a downgrade that raises',
      path: 'backend/parts/core/second.py',
      text: file('revision = "aaa2"\ndown_revision = "aaa1"', 'op.x()', 'raise NotImplementedError()'),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('raises') },
    },
    {
      name: 'a downgrade that does nothing',
      path: 'backend/parts/core/second.py',
      text: file('revision = "aaa2"\ndown_revision = "aaa1"', 'op.x()', 'pass'),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('does nothing') },
    },
    {
      name: 'no downgrade',
      path: 'backend/parts/core/second.py',
      text: 'revision = "aaa2"\ndown_revision = "aaa1"\ndef upgrade(): pass\n',
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('no downgrade()') },
    },
    {
      name: 'statements committed on their own',
      path: 'backend/parts/core/second.py',
      text: file(
        'revision = "aaa2"\ndown_revision = "aaa1"',
        'op.x()',
        'with op.get_context().autocommit_block():\n        op.execute("x")',
      ),
      engine: 'postgres',
      onDisk: ['backend/parts/core/aaa1_first.py', 'backend/parts/extra/1.py'],
      gives: { how: 'command', atomic: false, whole: false },
    },
  ],
  forwards: [
    {
      path: 'backend/parts/core/second.py',
      engine: 'sqlite',
      gives: {
        how: 'command',
        arguments: ['{scratch}/tidemark_alembic.py', '-c', '{worktree}/backend/alembic.ini', 'upgrade', 'heads'],
      },
    },
  ],
  losses: [
    {
      name: 'tables and columns, also in batches',
      path: 'backend/parts/core/second.py',
      text: file(
        'revision = "aaa2"',
        'op.drop_table("never")',
        'op.drop_index("i", table_name="c")\n    op.drop_column("b", "x", schema="meta")\n    with op.batch_alter_table("c", schema=None) as batch_op:\n        batch_op.drop_column("y")\n        batch_op.drop_index(batch_op.f("i"))\n    op.drop_table("a")',
      ),
      tables: ['a'],
      columns: ['meta.b.x', 'c.y'],
      unsure: null,
    },
    {
      name: 'SQL, code and changed columns',
      path: 'backend/parts/core/second.py',
      text: file(
        'revision = "aaa2"',
        'pass',
        'op.execute("DROP TABLE a")\n    op.alter_column("a", "b")\n    for t in TABLES:\n        op.drop_table(t)',
      ),
      tables: [],
      columns: [],
      unsure: /SQL of its own.*changes a column.*Python code/,
    },
  ],
  imports: [
    {
      path: 'backend/parts/core/second.py',
      text: SECOND,
      gives: ['backend/shop/types.py', 'backend/src/shop/types.py'],
    },
  ],
  hazard: { orphans: ['aaa2'], says: /Can't locate revision identified by 'aaa2'/ },
});

describe('heads', () => {
  const graph = (edges: Readonly<Record<string, readonly string[]>>): Known =>
    new Map<MigrationId, Declaration>(
      Object.entries(edges).map(([id, requires]) => [
        migrationId(id),
        { id: migrationId(id), requires: requires.map(migrationId), replaces: [] },
      ]),
    );
  const [project] = framework.detect(sourceTree(framework, TREE));
  if (project === undefined) throw new Error('no project');
  const after = (rows: readonly string[], answer: ReturnType<Framework['forget']>): readonly unknown[] =>
    changed(rows.map(at), changesOf(answer), null)
      .map(row => row['version_num'])
      .sort();
  const forget = (rows: readonly string[], id: string, known: Known) =>
    framework.forget(project, migrationId(id), rows.map(at), known);
  const mark = (rows: readonly string[], id: string, known: Known) =>
    framework.markApplied(project, migrationId(id), rows.map(at), known, '2026-11-21T08:00:00Z');

  const diamond = graph({ a: [], b: ['a'], c: ['a'], m: ['b', 'c'], n: ['b'], dep: ['c'] });

  it('come back when what stood on them goes, unless another head covers them', () => {
    expect(after(['m'], forget(['m'], 'm', diamond))).toEqual(['b', 'c']);
    expect(after(['m', 'n'], forget(['m', 'n'], 'm', diamond))).toEqual(['c', 'n']);
    expect(after(['n', 'c'], forget(['n', 'c'], 'c', diamond))).toEqual(['n']);
    expect(after(['a'], forget(['a'], 'a', diamond))).toEqual([]);
  });

  it('come back only where one parent does not build on the other', () => {
    const known = graph({ a: [], b: ['a'], x: ['b', 'a'] });
    expect(after(['x'], forget(['x'], 'x', known))).toEqual(['b']);
  });

  it('cannot be forgotten when they are none, or nobody knows them', () => {
    expect(forget(['m'], 'b', diamond)).toEqual({ reason: expect.stringContaining('because m builds on it') });
    expect(forget(['zzz'], 'zzz', diamond)).toEqual({ reason: expect.stringContaining('nothing is known') });
  });

  it('give way to what builds on them', () => {
    expect(after(['b', 'c'], mark(['b', 'c'], 'm', diamond))).toEqual(['m']);
    expect(after(['b'], mark(['b'], 'n', diamond))).toEqual(['n']);
    expect(after(['b'], mark(['b'], 'c', diamond))).toEqual(['b', 'c']);
    expect(mark(['b'], 'm', diamond)).toEqual({ reason: expect.stringContaining('c, which is not applied') });
    expect(mark(['b'], 'a', diamond)).toEqual({ reason: expect.stringContaining('already') });
  });

  it('may be unknown: they stay applied, and nothing is said of what is below', () => {
    const applied = framework.applied(project, [at('ghost'), at('b')], diamond);
    expect(applied.map(({ id, row }) => [id, row !== null])).toEqual([
      ['a', false],
      ['b', true],
      ['ghost', true],
    ]);
  });

  it('are found in a circle and by shortened ids, without end', () => {
    const known = graph({ abc1: ['xyz'], xyz9: ['abc1'] });
    expect(framework.applied(project, [at('abc1')], known).map(({ id }) => id)).toEqual(['xyz9', 'abc1']);
  });
});

describe('a configuration', () => {
  const detected = (tree: Tree) => framework.detect(sourceTree(framework, tree))[0];

  it('may name folders of a package, from the root or from src', () => {
    const ini = '[alembic]\nscript_location = shop.db:migrations\n';
    const project = detected({ 'alembic.ini': ini, 'src/shop/db/migrations/env.py': 'x' });
    expect(project).toMatchObject({ root: '.', settings: { versions: ['src/shop/db/migrations/versions'] } });
  });

  it('may lie below the folder commands run in', () => {
    const project = detected({ 'db/alembic.ini': '[alembic]\nscript_location = db\n', 'db/env.py': 'x' });
    expect(project).toMatchObject({ root: '.', settings: { config: ['db/alembic.ini'], versions: ['db/versions'] } });
  });

  it.each([
    ['path_separator = os\nversion_locations = a:b', ['a', 'b']],
    ['version_path_separator = ;\nversion_locations = a;b c', ['a', 'b c']],
    ['path_separator = newline\nversion_locations =\n    a\n    b', ['a', 'b']],
    ['version_locations = a b', ['a', 'b']],
  ])('lists folders: %s', (text, versions) => {
    const project = detected({ 'alembic.ini': `[alembic]\nscript_location = db\n${text}\n`, 'db/env.py': 'x' });
    expect(project?.settings['versions']).toEqual(versions);
  });

  it('lists folders beside itself, also where commands run above it', () => {
    const ini = '[alembic]\nscript_location = db\npath_separator = os\nversion_locations = %(here)s/one:%(here)s/two\n';
    const project = detected({ 'db/alembic.ini': ini, 'db/env.py': 'x' });
    expect(project).toMatchObject({ root: '.', settings: { versions: ['db/one', 'db/two'] } });
  });

  it('takes the address from env.py before the ini file, and none from a template', () => {
    const tree = (env: string, url: string): Tree => ({
      'alembic.ini': `[alembic]\nscript_location = db\nsqlalchemy.url = ${url}\n`,
      'db/env.py': env,
    });
    const address = (env: string, url: string) => {
      const source = sourceTree(framework, tree(env, url));
      const [project] = framework.detect(source);
      return project && framework.connection(project, source).map(({ text }) => text);
    };
    const env = 'import os\nconfig.set_main_option("sqlalchemy.url", os.getenv("URL", "sqlite:///shop.db"))\n';
    expect(address(env, 'sqlite:///other.db')).toEqual(['sqlite:shop.db']);
    expect(address('config.set_main_option("sqlalchemy.url", settings.url)\n', 'sqlite:///other.db')).toEqual([]);
    expect(address('x = 1\n', 'driver://user:pass@localhost/dbname')).toEqual([]);
    expect(address('x = 1\n', 'sqlite:////abs/other.db')).toEqual(['sqlite:/abs/other.db']);
  });

  it('knows branch labels, which depends_on may name', () => {
    const tree: Tree = {
      'alembic.ini': '[alembic]\nscript_location = %(here)s/db\n',
      'db/env.py': 'x = 1\n',
      'db/versions/aaa1.py': FIRST,
      'db/versions/bbb1.py': OTHER,
    };
    const project = detected(tree);
    expect(project && framework.read(project, { path: 'db/versions/bbb1.py', text: OTHER })).toMatchObject({
      id: 'bbb1',
      requires: ['aaa1'],
    });
  });

  it('of several databases is found and refused', () => {
    const env = 'names = config.get_main_option("databases", "")\n';
    const project = detected({ 'alembic.ini': '[alembic]\nscript_location = db\n', 'db/env.py': env });
    if (project === undefined) throw new Error('no project');
    expect(framework.forward(project, { path: '', text: '' }, 'sqlite')).toMatchObject({
      how: 'impossible',
      reason: expect.stringContaining('several databases'),
    });
  });
});

describe('addresses', () => {
  it('of several databases are all named, each with its section', () => {
    const ini = [
      '[alembic]\nscript_location = db\ndatabases = unicorns, meadows\n',
      '[unicorns]\nsqlalchemy.url = sqlite:///unicorns.db\n',
      '[meadows]\nsqlalchemy.url = postgresql://localhost/meadows\n',
    ].join('\n');
    const tree = { 'alembic.ini': ini, 'db/env.py': 'names = config.get_main_option("databases", "")\n' };
    const [project] = framework.detect(sourceTree(framework, tree));
    if (project === undefined) throw new Error('no project');
    expect(framework.connection(project, sourceTree(framework, tree))).toEqual([
      { text: 'sqlite:unicorns.db', base: '.', from: 'alembic.ini (sqlalchemy.url of [unicorns])' },
      { text: 'postgresql://localhost/meadows', base: '.', from: 'alembic.ini (sqlalchemy.url of [meadows])' },
    ]);
  });
});

describe('an overlay', () => {
  const [project] = framework.detect(sourceTree(framework, TREE));
  if (project === undefined) throw new Error('no project');
  const read = (path: string, text: string): Declaration & FileText => {
    const declared = framework.read(project, { path, text });
    if ('reason' in declared) throw new Error(declared.reason);
    return { ...declared, path, text };
  };
  const orphan = (path: string, head: string): ReversibleMigration => ({
    ...read(path, file(head)),
    commit: 'c',
    blob: 'b',
    orphan: true,
  });
  const first = read('backend/parts/core/aaa1_first.py', FIRST);
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
    applied: applied.map(id => ({
      id: migrationId(id),
      appliedAt: null,
      fingerprint: null,
      state: 'applied',
      row: null,
    })),
  });

  it('lays files where Alembic looks now, and does not replace another revision', () => {
    const moved = orphan('old/versions/aaa1_first.py', 'revision = "ccc1"\ndown_revision = "aaa1"');
    expect(framework.reverse(request([moved], [first], ['aaa1', 'ccc1']))).toMatchObject({
      checkout: { files: [{ path: 'backend/parts/core/tidemark_aaa1_first.py', text: moved.text }] },
      arguments: expect.arrayContaining(['ccc1@aaa1']),
    });
  });

  it('is refused when a link of a chain is gone', () => {
    const gap = orphan('backend/parts/core/ccc2.py', 'revision = "ccc2"\ndown_revision = "ccc1"');
    expect(framework.reverse(request([gap], [first], ['aaa1', 'ccc2']))).toMatchObject({
      how: 'impossible',
      reason: expect.stringContaining('ccc2 builds on ccc1, which is gone'),
    });
  });

  it('holds the old text of an edited revision', () => {
    const edited = {
      ...orphan('backend/parts/core/aaa1_first.py', 'revision = "aaa1"\ndown_revision = None\nx = 1'),
      orphan: false,
    };
    expect(framework.reverse(request([edited], [first], ['aaa1']))).toMatchObject({
      checkout: { files: [{ path: first.path, text: edited.text }] },
    });
  });
});
