/** Doctrine Migrations: the promises of every framework, and what only it has (namespaces, Symfony, tables of version 2). It was never run here: see README's table. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Row } from '../../src/domain/migration.ts';
import type { Framework } from '../../src/frameworks/contract.ts';
import { doctrine } from '../../src/frameworks/doctrine/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';
import type { Tree } from './conformance-facts.ts';

const framework: Framework = doctrine;

const CONFIG = `doctrine_migrations:
    migrations_paths:
        # one a context
        'Shop\\Changes': '%kernel.project_dir%/db/changes'
    storage:
        table_storage:
            table_name: 'shop_versions'
            version_column_name: 'class'
            executed_at_column_name: 'run_at'
`;
const DOCTRINE = "doctrine:\n    dbal:\n        url: '%env(resolve:DATABASE_URL)%'\n";
const migration = (version: string, up: string, down: string, more = ''): string => `<?php

declare(strict_types=1);

namespace Shop\\Changes;

use Doctrine\\DBAL\\Schema\\Schema;
use Doctrine\\Migrations\\AbstractMigration;

// class Version1 extends AbstractMigration
final class Version${version} extends AbstractMigration
{
    public function up(Schema $schema): void
    {
        ${up}
    }

    public function down(Schema $schema): void
    {
        ${down}
    }
${more}}
`;
const BOOKS = migration(
  '20240101000000',
  "$this->addSql('CREATE TABLE books (id INT)');",
  "$this->addSql('DROP TABLE books');",
);
const PAGES = migration(
  '20240102000000',
  "$this->addSql('ALTER TABLE books ADD pages INT');",
  '$this->addSql("ALTER TABLE books DROP COLUMN pages");',
);
const FOLDER = 'web/db/changes';
const [FIRST, SECOND] = ['Shop\\Changes\\Version20240101000000', 'Shop\\Changes\\Version20240102000000'];
const [FIRST_FILE, SECOND_FILE] = [
  `${FOLDER}/Version20240101000000.php`,
  `${FOLDER}/2024/01/Version20240102000000.php`,
];
const TREE: Tree = {
  'web/config/packages/doctrine_migrations.yaml': CONFIG,
  'web/config/packages/doctrine.yaml': DOCTRINE,
  'web/.env': 'DATABASE_URL="postgresql://app:p%23ss@db.example:5433/shop?serverVersion=16&charset=utf8"\n',
  [FIRST_FILE]: BOOKS,
  [SECOND_FILE]: PAGES,
};
const OWN_XML = `<doctrine-migrations xmlns="http://doctrine-project.org/schemas/migrations/configuration/3.0">
  <migrations-paths><path namespace="A\\B">./lib/x</path></migrations-paths>
  <storage><table-storage table-name="log" version-column-name="v"/></storage>
</doctrine-migrations>`;
const row = (name: string, minute: number): Row => ({
  class: name,
  run_at: `2024-01-05 10:0${minute}:00`,
  execution_time: 3,
});
const argumentsFor = (...words: readonly string[]) => [
  ...words,
  '--no-interaction',
  '--configuration={scratch}/tidemark_migrations.php',
];
const impossible = (name: string, down: string, says: string, more = '') => ({
  name: `no way back: ${name}`,
  path: FIRST_FILE,
  text: migration('20240101000000', "$this->addSql('x');", down, more),
  engine: 'sqlite' as const,
  onDisk: [],
  gives: { how: 'impossible' as const, reason: expect.stringContaining(says) },
});

describeFramework(doctrine, {
  project: {
    tree: TREE,
    root: 'web',
    historyTable: { schema: null, name: 'shop_versions' },
    addresses: [{ text: 'postgres://app:p%23ss@db.example:5433/shop', base: 'web' }],
  },
  notProjects: {
    "it is another's": { 'migrations.php': "<?php\nreturn ['migrations' => []];\n", 'a/migrations.json': '[]' },
    'it is an installed one': { 'vendor/a/config/packages/doctrine_migrations.yaml': CONFIG },
    'it is another XML': { 'migrations.xml': '<changes/>' },
  },
  severalProjects: {
    'of Symfony and of its own': {
      tree: { 'b/config/packages/doctrine_migrations.yaml': CONFIG, 'a/migrations.xml': OWN_XML },
      roots: ['a', 'b'],
    },
    'one folder with both is one': {
      tree: { 'config/packages/doctrine_migrations.yaml': CONFIG, 'migrations.xml': OWN_XML },
      roots: ['.'],
    },
  },
  files: [
    { path: FIRST_FILE, text: BOOKS, id: FIRST, requires: [], replaces: [], namespace: null, number: null },
    { path: SECOND_FILE, text: PAGES, id: SECOND, requires: [], replaces: [], namespace: null, number: null },
  ],
  notFiles: {
    [`${FOLDER}/Helper.php`]: '<?php\nnamespace Shop\\Changes;\nclass Helper {}\n',
    [`${FOLDER}/x.sql`]: BOOKS,
    'web/src/Version20240101000000.php': BOOKS,
  },
  unreadable: [{ path: `${FOLDER}/Version1.php`, text: '<?php\n', reason: /no class/ }],
  alsoKnown: [{ id: 'Shop\\Changes\\Version20240103000000', requires: [] }],
  histories: [
    {
      name: 'version 3',
      rows: [row(SECOND, 2), row(FIRST, 1)],
      autoColumn: null,
      ids: [FIRST, SECOND],
      appliedAt: [null, null],
      forgettable: [SECOND],
      relabel: { from: SECOND, to: 'Shop\\Changes\\Version20240103000000' },
    },
    {
      name: 'version 2: digits',
      rows: [
        { class: '20240101000000', run_at: null },
        { class: '20240102000000', run_at: null },
      ],
      autoColumn: null,
      ids: [FIRST, SECOND],
      appliedAt: [null, null],
      forgettable: [FIRST],
      relabel: { from: SECOND, to: 'Shop\\Changes\\Version20240103000000' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the one class, where it lay',
      path: SECOND_FILE,
      engine: 'postgres',
      onDisk: [FIRST_FILE],
      gives: {
        how: 'command',
        arguments: argumentsFor('doctrine:migrations:execute', SECOND, '--down'),
        checkout: { kind: 'overlay', files: [{ path: SECOND_FILE, text: PAGES }] },
        atomic: true,
      },
    },
    {
      name: 'outside a transaction',
      path: FIRST_FILE,
      text: BOOKS.replace(
        /\}\n$/,
        '    public function isTransactional(): bool\n    {\n        return false;\n    }\n}\n',
      ),
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'command', atomic: false, whole: false },
    },
    impossible('it says so', '$this->throwIrreversibleMigrationException();', 'throws an error'),
    impossible('it is empty', '// nothing', 'does nothing'),
    impossible('it is skipped', "$this->skipIf(true, 'never');", 'does nothing'),
    {
      name: 'no way back: no down()',
      path: FIRST_FILE,
      text: BOOKS.replace('function down', 'function other'),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('no down()') },
    },
  ],
  forwards: [
    {
      path: FIRST_FILE,
      engine: 'sqlite',
      gives: { how: 'command', arguments: argumentsFor('doctrine:migrations:migrate') },
    },
  ],
  losses: [
    {
      name: 'SQL and calls on the schema',
      path: FIRST_FILE,
      text: migration(
        '20240101000000',
        "$this->addSql('DROP TABLE never');",
        "$this->abortIf(true === false, 'no');\n        $this->addSql('DROP TABLE a');\n        $this->addSql(\"ALTER TABLE b DROP COLUMN c\");\n        $this->addSql(<<<'SQL'\n            DROP TABLE d\n        SQL);\n        $schema->dropTable('e');",
      ),
      tables: ['a', 'd', 'e'],
      columns: ['b.c'],
      unsure: null,
    },
    {
      name: 'SQL that is put together',
      path: FIRST_FILE,
      text: migration('20240101000000', '', "$this->addSql('DROP TABLE ' . $name);\n        $this->more($schema);"),
      tables: [],
      columns: [],
      unsure: /put together.*PHP code/,
    },
  ],
  imports: [],
  hazard: { orphans: [SECOND], says: /was not found.*passes over/ },
});

const found = (tree: Tree) => {
  const source = sourceTree(framework, tree);
  const [project] = framework.detect(source);
  if (project === undefined) throw new Error('the tree has no project');
  return { project, addresses: framework.connection(project, source).map(({ text }) => text) };
};
const TARGET = {
  ...({ engine: 'mysql', database: 'shop', host: 'db', port: 3307, socket: null, user: 'app' } as const),
  ...{ password: 'p@ss', parameters: {} },
};

describe('a project', () => {
  it.each([
    ['sqlite:///%kernel.project_dir%/var/data.db', ['sqlite:var/data.db']],
    ['sqlite:////var/data.db', ['sqlite:/var/data.db']],
    ['sqlite:///:memory:', []],
    ['mysql://app:x@127.0.0.1:3306/app?serverVersion=8', ['mysql://app:x@127.0.0.1:3306/app']],
    ['oci8://app@h/x', []],
  ])('of Symfony may say %j', (url, addresses) => {
    expect(found({ ...TREE, 'web/.env.local': `DATABASE_URL="${url}"\n` }).addresses).toEqual(addresses);
  });

  it('of Symfony is pointed by DATABASE_URL, in which percent signs are resolved or not', () => {
    const pointed = (yaml: string) =>
      framework.point(found({ ...TREE, 'web/config/packages/doctrine.yaml': yaml }).project, TARGET).env[
        'DATABASE_URL'
      ];
    expect(pointed(DOCTRINE)).toBe('mysql://app:p%%40ss@db:3307/shop');
    expect(pointed(DOCTRINE.replace('resolve:', ''))).toBe('mysql://app:p%40ss@db:3307/shop');
  });

  it.each(['doctrine:\n    dbal:\n        host: x\n', `${DOCTRINE}        connections:\n            other: {}\n`])(
    'of Symfony that cannot be pointed is not run: %j',
    yaml => {
      const { project } = found({ ...TREE, 'web/config/packages/doctrine.yaml': yaml });
      expect(framework.forward(project, { path: FIRST_FILE, text: BOOKS }, 'mysql').how).toBe('impossible');
    },
  );

  it('of its own may be XML, with the connection in a file beside it', () => {
    const { project, addresses } = found({
      'x/migrations.xml': OWN_XML,
      'x/migrations-db.php': "<?php return ['driver' => 'pdo_sqlite', 'path' => __DIR__ . '/data.db'];",
    });
    expect(project).toMatchObject({ historyTable: { name: 'log' }, settings: { paths: { 'A\\B': 'x/lib/x' } } });
    expect(addresses).toEqual(['sqlite:./data.db']);
    const { env, files } = framework.point(project, TARGET);
    expect(JSON.parse(env['TIDEMARK_MIGRATIONS'] ?? '')).toEqual({
      migrations_paths: { 'A\\B': 'lib/x' },
      table_storage: { table_name: 'log', version_column_name: 'v' },
    });
    expect(files.map(file => file.path)).toContain('tidemark_connection.php');
  });

  it('of its own whose command makes its connection in code is not run', () => {
    const { project } = found({ 'migrations.xml': OWN_XML, 'config/cli-config.php': '<?php' });
    expect(framework.forward(project, { path: FIRST_FILE, text: BOOKS }, 'mysql').how).toBe('impossible');
  });

  it('may have moved: its files are laid where their namespace is now, and nowhere when it has no place', () => {
    const reversalOf = (id: string) => {
      const { project } = found(TREE);
      const one = {
        ...{ id: migrationId(id), requires: [], replaces: [], commit: 'c'.repeat(40), blob: 'b'.repeat(40) },
        ...{ orphan: true, path: 'web/src/Migrations/Version20240101000000.php', text: BOOKS },
      };
      return framework.reverse({ project, engine: 'mysql', migration: one, all: [one], onDisk: [], applied: [] });
    };
    expect(reversalOf(FIRST)).toMatchObject({
      how: 'command',
      atomic: false,
      whole: false,
      checkout: { files: [{ path: FIRST_FILE }] },
    });
    expect(reversalOf('Old\\Version20240101000000')).toMatchObject({
      how: 'impossible',
      reason: expect.stringContaining('no longer among the configured'),
    });
  });

  it('has its rows left alone where they are of version 2', () => {
    const { project } = found(TREE);
    const one = {
      ...{ id: migrationId(FIRST), requires: [], replaces: [], commit: 'c'.repeat(40), blob: 'b'.repeat(40) },
      ...{ orphan: true, path: FIRST_FILE, text: BOOKS },
    };
    const applied = framework.applied(project, [{ class: '20240101000000' }], new Map([[one.id, one]]));
    const request = { project, engine: 'sqlite', migration: one, all: [one], onDisk: [], applied } as const;
    expect(framework.reverse(request)).toMatchObject({
      how: 'impossible',
      reason: expect.stringMatching(/Migrations 2/),
    });
  });
});
