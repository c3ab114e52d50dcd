/** Laravel: the promises of every framework, and what only Laravel has (batches, prefixes, migrations without a way back). */
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/domain/migration.ts';
import type { Framework } from '../../src/frameworks/contract.ts';
import { laravel } from '../../src/frameworks/laravel/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';
import type { Tree } from './conformance-facts.ts';

const framework: Framework = laravel;

const ARTISAN = `#!/usr/bin/env php
<?php
require __DIR__.'/vendor/autoload.php';
$app = require_once __DIR__.'/bootstrap/app.php';
`;
const DATABASE = `<?php
return [
    'default' => env('DB_CONNECTION', 'mysql'),
    'connections' => [
        'mysql' => [
            'driver' => 'mysql',
            'prefix' => 'no_',
        ],
        'pgsql' => [
            'driver' => 'pgsql',
            'prefix' => env('DB_PREFIX', 'shop_'),
        ],
    ],
    // 'migrations' => 'not_this',
    'migrations' => [
        'table' => 'changes',
        'update_date_on_publish' => true,
    ],
];
`;
const migration = (up: string, down: string, head = 'return new class extends Migration'): string => `<?php

use Illuminate\\Database\\Migrations\\Migration;
use Illuminate\\Database\\Schema\\Blueprint;
use Illuminate\\Support\\Facades\\Schema;

${head}
{
    public function up(): void
    {
        ${up}
    }

    /**
     * Reverse the migrations, not with function down() {}.
     */
    public function down(): void
    {
        ${down}
    }
};
`;
const BOOKS = migration(
  "Schema::create('books', function (Blueprint $t) { $t->id(); });",
  "Schema::dropIfExists('books');",
);
const PAGES = migration(
  "Schema::table('books', function (Blueprint $table) { $table->integer('pages'); });",
  "Schema::table('books', function (Blueprint $table) {\n            $table->dropColumn('pages');\n        });",
  'class AddPages extends Migration',
);
const FOLDER = 'web/database/migrations';
const TREE: Tree = {
  'web/artisan': ARTISAN,
  'web/config/database.php': DATABASE,
  'web/.env':
    'APP_ENV=local\nDB_CONNECTION=pgsql\nDB_HOST=db.example\nDB_PORT=5433\nDB_DATABASE=shop\nDB_USERNAME=app\nDB_PASSWORD="p#ss"\n',
  'web/app/Providers/AppServiceProvider.php': `<?php
class AppServiceProvider { public function boot() {
    $this->loadMigrationsFrom([database_path('more'), base_path('modules/x/migrations')]);
} }
`,
  [`${FOLDER}/2024_01_01_000000_create_books.php`]: BOOKS,
  'web/database/more/2024_01_02_000000_add_pages.php': PAGES,
};
const row = (id: number, name: string, batch: number): Row => ({ id, migration: name, batch });
const [FIRST, SECOND] = ['2024_01_01_000000_create_books', '2024_01_02_000000_add_pages'];
const argumentsFor = (path: string) => [
  '{scratch}/tidemark_laravel.php',
  'migrate:reset',
  '--realpath',
  `--path={worktree}/${path}`,
  '--force',
  '--no-interaction',
];

describeFramework(laravel, {
  project: {
    tree: TREE,
    root: 'web',
    historyTable: { schema: null, name: 'shop_changes' },
    addresses: [{ text: 'postgres://app:p%23ss@db.example:5433/shop', base: 'web' }],
  },
  notProjects: {
    'it is another artisan': { artisan: '#!/bin/sh\necho Hello\n' },
    'it is a package': { 'database/migrations/2024_01_01_000000_x.php': BOOKS },
    'it is an installed one': { 'vendor/laravel/artisan': ARTISAN },
  },
  severalProjects: {
    'two applications': { tree: { 'a/artisan': ARTISAN, 'b/artisan': ARTISAN }, roots: ['a', 'b'] },
  },
  files: [
    {
      path: `${FOLDER}/${FIRST}.php`,
      text: BOOKS,
      id: FIRST,
      requires: [],
      replaces: [],
      namespace: null,
      number: null,
    },
    {
      path: `web/database/more/${SECOND}.php`,
      text: PAGES,
      id: SECOND,
      requires: [],
      replaces: [],
      namespace: null,
      number: null,
    },
  ],
  notFiles: {
    [`${FOLDER}/helpers.php`]: '<?php\n',
    [`${FOLDER}/below/2024_01_01_000000_x.php`]: BOOKS,
    [`${FOLDER}/2024_01_01_000000_x.sql`]: '',
    'web/modules/2024_01_01_000000_x.php': BOOKS,
  },
  unreadable: [{ path: `${FOLDER}/2024_01_03_000000_x.php`, text: '<?php\n', reason: /no class/ }],
  alsoKnown: [{ id: '2024_01_03_000000_add_pages', requires: [] }],
  histories: [
    {
      name: 'two batches, read in no order',
      rows: [row(1, SECOND, 2), row(2, FIRST, 1)],
      autoColumn: 'id',
      ids: [FIRST, SECOND],
      appliedAt: [null, null],
      forgettable: [SECOND],
      relabel: { from: SECOND, to: '2024_01_03_000000_add_pages' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the one file, where it lay',
      path: `web/database/more/${SECOND}.php`,
      engine: 'postgres',
      onDisk: [`${FOLDER}/${FIRST}.php`],
      gives: {
        how: 'command',
        arguments: argumentsFor(`web/database/more/${SECOND}.php`),
        checkout: { kind: 'overlay', files: [{ path: `web/database/more/${SECOND}.php`, text: PAGES }] },
        atomic: false,
        whole: true,
      },
    },
    {
      name: 'an engine without transactions round schema changes',
      path: `${FOLDER}/${FIRST}.php`,
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'command', atomic: false, whole: false },
    },
    {
      name: 'no down()',
      path: `${FOLDER}/${FIRST}.php`,
      text: '<?php\nclass X extends Migration { public function up() { DB::statement("function down() {}"); } }\n'.replace(
        'function down() {}',
        'x',
      ),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('no down()') },
    },
    {
      name: 'an empty down()',
      path: `${FOLDER}/${FIRST}.php`,
      text: migration("Schema::drop('a');", '// nothing'),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('does nothing') },
    },
    {
      name: 'a down() that throws',
      path: `${FOLDER}/${FIRST}.php`,
      text: migration("Schema::drop('a');", "throw new RuntimeException('never');"),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('throws') },
    },
    {
      name: 'a connection of its own',
      path: `${FOLDER}/${FIRST}.php`,
      text: BOOKS.replace('{\n    public', "{\n    protected $connection = 'other';\n\n    public"),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('another database') },
    },
  ],
  forwards: [
    {
      path: `${FOLDER}/${FIRST}.php`,
      engine: 'sqlite',
      gives: {
        how: 'command',
        arguments: ['{scratch}/tidemark_laravel.php', 'migrate', '--force', '--no-interaction'],
      },
    },
  ],
  losses: [
    {
      name: 'tables and columns',
      path: `${FOLDER}/${FIRST}.php`,
      text: migration(
        "Schema::drop('never');",
        `Schema::dropIfExists('a');
        Schema::table('b', function (Blueprint $table) {
            $table->dropForeign(['owner_id']);
            $table->dropColumn(['x', 'y']);
            $table->dropSoftDeletes();
            $table->dropConstrainedForeignId('shelf_id');
            $table->string('back')->nullable();
        });
        Schema::dropColumns('c', ['z']);`,
      ),
      tables: ['a'],
      columns: ['b.x', 'b.y', 'b.deleted_at', 'b.shelf_id', 'c.z'],
      unsure: null,
    },
    {
      name: 'SQL, code and changed columns',
      path: `${FOLDER}/${FIRST}.php`,
      text: migration(
        '',
        "DB::statement('DROP TABLE a');\n        Schema::table('b', function ($table) { $table->string('x', 9)->change(); });\n        Book::query()->delete();",
      ),
      tables: [],
      columns: [],
      unsure: /SQL of its own.*changes a column.*PHP code/,
    },
  ],
  imports: [],
  hazard: { orphans: [SECOND], says: /Migration not found.*reports success/ },
});

describe('an application', () => {
  const addresses = (env: string) => {
    const source = sourceTree(framework, { artisan: ARTISAN, 'config/database.php': DATABASE, '.env': env });
    const [project] = framework.detect(source);
    return project && framework.connection(project, source).map(({ text }) => text);
  };

  it.each([
    ['DB_CONNECTION=sqlite\n', ['sqlite:database/database.sqlite']],
    ['DB_CONNECTION=sqlite\nDB_DATABASE=/var/shop.db\n', ['sqlite:/var/shop.db']],
    ['DB_CONNECTION=sqlite\nDB_DATABASE=:memory:\n', []],
    ['DB_CONNECTION=mysql\nDB_DATABASE=shop\nDB_USERNAME=root\nDB_PASSWORD=\n', ['mysql://root@127.0.0.1/shop']],
    ['DB_URL=pgsql://app@db/shop\n', ['pgsql://app@db/shop']],
    ['DB_CONNECTION=sqlsrv\nDB_DATABASE=shop\n', []],
  ])('may say %j', (env, gives) => {
    expect(addresses(env)).toEqual(gives);
  });

  it('may name its table in either way, or not at all', () => {
    const table = (config: string) =>
      framework.detect(sourceTree(framework, { artisan: ARTISAN, 'config/database.php': config }))[0]?.historyTable
        .name;
    expect(table("<?php\nreturn [\n    'migrations' => 'old_way',\n];\n")).toBe('old_way');
    expect(table('<?php\nreturn [];\n')).toBe('migrations');
  });
});
