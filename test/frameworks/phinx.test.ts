/** Phinx: the promises of every framework, and what only Phinx has (three configuration formats, breakpoints, change()). It was never run here: see README's table. */
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/domain/migration.ts';
import { migrationId } from '../../src/domain/migration.ts';
import type { Framework } from '../../src/frameworks/contract.ts';
import { phinx } from '../../src/frameworks/phinx/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';
import type { Tree } from './conformance-facts.ts';

const framework: Framework = phinx;

const CONFIG = `<?php
// 'default_migration_table' => 'not_this'
return array(
    'paths' => [
        'migrations' => [__DIR__ . '/db/{changes,more}', 'App\\\\Other' => '%%PHINX_CONFIG_DIR%%/other'],
        'seeds' => getenv('SEEDS'),
    ],
    'environments' => [
        'default_migration_table' => 'no_log',
        'default_environment' => 'staging',
        'production' => ['adapter' => 'sqlite', 'name' => 'never'],
        "staging" => [
            'adapter' => 'pgsql',
            'migration_table' => 'audit.changes', # its own
            'host' => 'db.example',
            'name' => 'shop',
            'user' => 'app',
            'pass' => 'p#ss',
            'port' => 5433,
        ],
    ],
);
`;
const YAML = `paths:
    migrations: '%%PHINX_CONFIG_DIR%%/db/migrations'
environments:
    default_migration_table: changelog # ours
    default_database: development
    production:
        adapter: mysql
        name: never
    development:
        adapter: mysql
        host: localhost
        name: shop
        user: root
        pass: ''
        port: 3306
`;
const migration = (body: string, name = 'CreateBooks'): string => `<?php
use Phinx\\Migration\\AbstractMigration;

class ${name} extends AbstractMigration
{
    /* public function down() { $this->dropTable('never'); } */
${body}
}
`;
const method = (name: string, body: string): string =>
  `    public function ${name}(): void\n    {\n        ${body}\n    }\n`;
const BOOKS = migration(
  method('change', "$table = $this->table('books');\n        $table->addColumn('title', 'string')->create();"),
);
const PAGES = migration(
  method('up', "$this->table('books')->addColumn('pages', 'integer')->update();") +
    method('down', "$this->table('books')\n            ->removeColumn('pages')\n            ->save();"),
  'AddPages',
);
const FOLDER = 'web/db/changes';
const [FIRST, SECOND] = ['20240101000000', '20240102000000'];
const TREE: Tree = {
  'web/phinx.php': CONFIG,
  [`${FOLDER}/${FIRST}_create_books.php`]: BOOKS,
  [`web/db/more/${SECOND}_add_pages.php`]: PAGES,
  'web/other/20240103000000_add_authors.php': BOOKS,
};
const row = (version: string, name: string, minute: number, breakpoint: boolean | number): Row => ({
  version,
  migration_name: name,
  start_time: `2024-01-05 10:0${minute}:00`,
  end_time: `2024-01-05 10:0${minute}:01`,
  breakpoint,
});
const ARGUMENTS = ['rollback', '-c', '{scratch}/phinx_reverse.php', '-t', '0', '--no-interaction'];

describeFramework(phinx, {
  project: {
    tree: TREE,
    root: 'web',
    historyTable: { schema: 'audit', name: 'changes' },
    addresses: [{ text: 'postgres://app:p%23ss@db.example:5433/shop', base: 'web' }],
  },
  notProjects: {
    'it names no environments': { 'phinx.php': '<?php\nreturn [];\n' },
    'it is an installed one': { 'vendor/a/phinx.yml': YAML },
    'it computes everything': { 'phinx.php': '<?php\nreturn Kernel::phinx();\n' },
  },
  severalProjects: {
    'two, in other formats': {
      tree: { 'a/phinx.yml': YAML, 'b/phinx.json': '{"environments": {"x": {"adapter": "sqlite"}}}' },
      roots: ['a', 'b'],
    },
    'one folder with two files is one': { tree: { 'a/phinx.yml': YAML, 'a/phinx.php': CONFIG }, roots: ['a'] },
  },
  files: [
    {
      path: `${FOLDER}/${FIRST}_create_books.php`,
      text: BOOKS,
      id: FIRST,
      requires: [],
      replaces: [],
      namespace: null,
      number: FIRST,
    },
    {
      path: `web/db/more/${SECOND}_add_pages.php`,
      text: PAGES,
      id: SECOND,
      requires: [],
      replaces: [],
      namespace: null,
      number: SECOND,
    },
    {
      path: 'web/other/20240103000000_add_authors.php',
      text: BOOKS,
      id: '20240103000000',
      requires: [],
      replaces: [],
      namespace: null,
      number: '20240103000000',
    },
  ],
  notFiles: {
    [`${FOLDER}/helpers.php`]: '<?php\n',
    [`${FOLDER}/2024_.php`]: BOOKS,
    [`${FOLDER}/2024.php`]: BOOKS,
    [`${FOLDER}/below/${FIRST}_x.php`]: BOOKS,
    [`web/db/migrations/${FIRST}_x.php`]: BOOKS,
  },
  unreadable: [{ path: `${FOLDER}/1_x.php`, text: '<?php\n', reason: /no class/ }],
  alsoKnown: [{ id: '20240104000000', requires: [] }],
  histories: [
    {
      name: 'PostgreSQL, run in another order than that of the versions',
      rows: [row(FIRST, 'CreateBooks', 2, false), row(SECOND, 'AddPages', 1, false)],
      autoColumn: null,
      ids: [SECOND, FIRST],
      appliedAt: [null, null],
      forgettable: [SECOND],
      relabel: { from: SECOND, to: '20240104000000' },
    },
    {
      name: 'SQLite',
      rows: [row(FIRST, 'CreateBooks', 1, 0), row(SECOND, 'AddPages', 2, 0)],
      autoColumn: null,
      ids: [FIRST, SECOND],
      appliedAt: [null, null],
      forgettable: [FIRST],
      relabel: { from: SECOND, to: '20240104000000' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the one file, alone beside its folder',
      path: `web/db/more/${SECOND}_add_pages.php`,
      engine: 'postgres',
      onDisk: [`${FOLDER}/${FIRST}_create_books.php`],
      gives: {
        how: 'command',
        arguments: ARGUMENTS,
        checkout: {
          kind: 'overlay',
          files: [{ path: `web/db/tidemark_alone/${SECOND}_add_pages.php`, text: PAGES }],
        },
        atomic: true,
      },
    },
    {
      name: 'an engine that commits at each schema change',
      path: `${FOLDER}/${FIRST}_create_books.php`,
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'command', atomic: false, whole: false },
    },
    {
      name: 'a folder that is no longer configured',
      path: `web/old/${FIRST}_create_books.php`,
      text: BOOKS,
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'command',
        checkout: { files: [{ path: `web/db/tidemark_alone/${FIRST}_create_books.php` }] },
      },
    },
    ...Object.entries({
      'neither down()': migration(method('up', "$this->execute('x');")),
      'does nothing': migration(method('up', "$this->execute('x');") + method('down', '// no')),
      throws: migration(method('up', '$x = 1;') + method('down', "throw new RuntimeException('no');")),
      'removeColumn()': migration(method('change', "$this->table('a')->removeColumn('b')->save();")),
    }).map(([says, text]) => ({
      name: `no way back: ${says}`,
      path: `${FOLDER}/${FIRST}_create_books.php`,
      text,
      engine: 'sqlite' as const,
      onDisk: [],
      gives: { how: 'impossible' as const, reason: expect.stringContaining(says) },
    })),
  ],
  forwards: [
    {
      path: `${FOLDER}/${FIRST}_create_books.php`,
      engine: 'sqlite',
      gives: { how: 'command', arguments: ['migrate', '-c', '{scratch}/phinx_forward.php', '--no-interaction'] },
    },
  ],
  losses: [
    {
      name: 'the inverse of change()',
      path: `${FOLDER}/${FIRST}_create_books.php`,
      text: migration(
        method(
          'change',
          "$table = $this->table('a');\n        $table->addColumn('x', 'string')->addIndex(['x'])->create();\n        $this->table('b')->addColumn('y', 'string', ['null' => true])->addTimestamps()->update();",
        ),
      ),
      tables: ['a'],
      columns: ['b.y', 'b.created_at', 'b.updated_at'],
      unsure: null,
    },
    {
      name: 'what down() drops',
      path: `${FOLDER}/${FIRST}_create_books.php`,
      text: migration(
        method(
          'down',
          "$this->table('a')->drop()->save();\n        $this->dropTable('b');\n        $t = $this->table('c');\n        $t->removeColumn('x')->addColumn('back', 'string')->update();",
        ),
      ),
      tables: ['a', 'b'],
      columns: ['c.x'],
      unsure: null,
    },
    {
      name: 'SQL in down()',
      path: `${FOLDER}/${FIRST}_create_books.php`,
      text: migration(method('down', "$this->execute('DELETE FROM a');\n        $this->other();")),
      tables: [],
      columns: [],
      unsure: /SQL of its own.*PHP code/,
    },
    {
      name: 'SQL in change(), and save()',
      path: `${FOLDER}/${FIRST}_create_books.php`,
      text: migration(
        method(
          'change',
          "$this->execute('DELETE FROM a');\n        $this->table('b')->addColumn('c', 'text')->save();",
        ),
      ),
      tables: [],
      columns: ['b.c'],
      unsure: /forward once more.*may have made the table/,
    },
  ],
  imports: [],
  hazard: { orphans: [SECOND], says: /undoes the migration before it/ },
});

describe('a configuration', () => {
  const found = (tree: Tree) => {
    const source = sourceTree(framework, tree);
    const [project] = framework.detect(source);
    return project && { ...project, addresses: framework.connection(project, source).map(({ text }) => text) };
  };

  it('may be YAML', () => {
    expect(found({ 'phinx.yml': YAML })).toMatchObject({
      historyTable: { schema: null, name: 'changelog' },
      settings: { folders: ['db/migrations'], environment: 'development' },
      addresses: ['mysql://root@localhost:3306/shop'],
    });
  });

  it('may be YAML with a list, and take its password from the environment', () => {
    const listed = YAML.replace(/migrations: .*/, "migrations:\n    - 'a/b'\n    - ./c").replace(
      "''",
      "'%%PHINX_PW%%'",
    );
    expect(found({ 'phinx.yaml': listed })).toMatchObject({ settings: { folders: ['a/b', 'c'] }, addresses: [] });
  });

  it.each([
    [{ adapter: 'sqlite', name: './shop' }, ['sqlite:./shop.sqlite3']],
    [{ adapter: 'sqlite', name: 'shop', suffix: '.db' }, ['sqlite:shop.db']],
    [{ adapter: 'sqlite', name: ':memory:' }, []],
    [{ adapter: 'sqlsrv', name: 'shop' }, []],
    [{ adapter: 'mysql', name: 'shop', dsn: 'mysql://elsewhere' }, []],
  ])('may be JSON: %j', (environment, addresses) => {
    const text = JSON.stringify({ environments: { only: environment } });
    expect(found({ 'phinx.json': text })).toMatchObject({
      historyTable: { schema: null, name: 'phinxlog' },
      settings: { folders: ['db/migrations'], environment: 'only' },
      addresses,
    });
  });
});

describe('rows', () => {
  const [project] = framework.detect(sourceTree(framework, TREE));
  if (project === undefined) throw new Error('the tree has no project');
  const migrationOf = (version: string) => ({
    ...{ id: migrationId(version), requires: [], replaces: [], commit: 'c'.repeat(40), blob: 'b'.repeat(40) },
    ...{ orphan: true, path: `${FOLDER}/${version}_create_books.php`, text: BOOKS },
  });

  it.each([true, 1, '1', 't'])('with a breakpoint (%j) are no way back, and it is said how to go on', breakpoint => {
    const rows = [{ ...row(FIRST, 'CreateBooks', 1, 0), breakpoint }];
    const applied = framework.applied(project, rows, new Map());
    const one = migrationOf(FIRST);
    const request = { project, engine: 'mysql', migration: one, all: [one], onDisk: [], applied } as const;
    expect(framework.reverse(request)).toMatchObject({
      how: 'impossible',
      reason: expect.stringContaining('breakpoint'),
      wayOut: expect.stringContaining(`UPDATE audit.changes SET breakpoint = 0 WHERE version = ${FIRST}`),
    });
  });

  it('get the name of the file they are of', () => {
    const rows = [row(FIRST, 'CreateBooks', 1, 0)];
    const file = { path: `${FOLDER}/20240109000000_add_ISBN_to_books.php`, text: BOOKS };
    const id = migrationId('20240109000000');
    expect(framework.markApplied(project, id, rows, new Map(), '2026-01-01T00:00:00Z', file)).toEqual([
      {
        change: 'insert',
        values: {
          version: id,
          migration_name: 'AddISBNToBooks',
          start_time: '2026-01-01 00:00:00',
          end_time: '2026-01-01 00:00:00',
          breakpoint: 0,
        },
      },
    ]);
    expect(framework.relabel(project, migrationId(FIRST), id, rows, new Map(), file)).toMatchObject([
      { change: 'update', set: { version: id, migration_name: 'AddISBNToBooks' } },
    ]);
  });
});
