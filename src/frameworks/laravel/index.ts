/** Laravel: files named by time, `migrations` with one row and a batch each, reversal by `migrate:reset` with the path of the one file. */
import { type MigrationId, migrationId, type Project, type Row } from '../../domain/migration.ts';
import type { Framework, OverlayFile, ReversalRequest } from '../contract.ts';
import { baseOf, filesIn, folderOf, inFolder } from '../repository-paths.ts';
import { addressesOf, detectProjects } from './detect.ts';
import { irreversible, leavesTransaction, lossesIn } from './parse-migration.ts';
import { commandOf, pointAt } from './pointing.ts';

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : []);

/** Folders of migrations, from the repository's root: the user's own choice before what was detected. */
const foldersOf = ({ settings }: Project): readonly string[] =>
  list(settings['migrations']).length > 0 ? list(settings['migrations']) : list(settings['folders']);

/** The schema dump that has a migration's row: see `detect.ts`. */
function dumpWith({ settings: { dumped } }: Project, id: string): string | null {
  if (typeof dumped !== 'object' || Array.isArray(dumped) || !Object.hasOwn(dumped, id)) return null;
  return (dumped as Readonly<Record<string, string>>)[id] ?? null;
}

/** Laravel looks for `*_*.php` in each folder, and not below (Migrator::getMigrationFiles). */
function identify(project: Project, path: string): MigrationId | null {
  const name = /^(.*_.*)\.php$/.exec(baseOf(path))?.[1];
  return name !== undefined && foldersOf(project).includes(folderOf(path)) ? migrationId(name) : null;
}

const idOf = ({ migration }: Row): MigrationId | null =>
  typeof migration === 'string' ? migrationId(migration) : null;
const rowsOf = (rows: readonly Row[], id: MigrationId): readonly Row[] => rows.filter(row => idOf(row) === id);
const notThere = (id: MigrationId) => ({ reason: `the history table has no row for ${id}` });
const thereAlready = (id: MigrationId) => ({ reason: `the history table has a row for ${id} already` });
const counter = (row: Row, column: string): number => Number(typeof row[column] === 'object' ? 0 : row[column]) || 0;

/** Where a file is laid: where it lay, or in the first folder of now. */
function place(project: Project, { onDisk, migration }: ReversalRequest): string {
  const same = onDisk.find(file => file.id === migration.id);
  if (same !== undefined) return same.path;
  const folders = foldersOf(project);
  const first = folders[0] ?? folderOf(migration.path);
  return folders.includes(folderOf(migration.path)) ? migration.path : inFolder(first, baseOf(migration.path));
}

export const laravel = {
  name: 'laravel',
  title: 'Laravel',
  docs: [
    'https://laravel.com/docs/8.x/migrations',
    'https://laravel.com/docs/8.x/database#configuration',
    'https://github.com/laravel/framework/blob/v8.83.26/src/Illuminate/Database/Migrations/Migrator.php',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: "`migrate:reset` with the path of the one missing file, in HEAD's tree",
    checksum: null,
    hazard: '`migrate:rollback` skips the row and reports success; one without `down()` is called rolled back',
  },

  markers: [':(glob)**/artisan'],
  detect: detectProjects,

  pathspecs: project => foldersOf(project).map(folder => filesIn(folder, '.php')),
  idFrom: 'path',
  identify,
  read(project, { path, text }) {
    const id = identify(project, path);
    if (id === null) return { path, reason: 'it lies in no folder of migrations' };
    return /\bclass\b/.test(text) ? { id, requires: [], replaces: [] } : { path, reason: 'it has no class' };
  },
  order: 'linear',
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  namespace: () => null,
  number: () => null,

  ownsTable: columns => ['migration', 'batch'].every(column => columns.includes(column)),
  applied(_project, rows) {
    const seen = new Map<MigrationId, Row>();
    const inOrder = [...rows].sort(
      (a, b) => counter(a, 'batch') - counter(b, 'batch') || counter(a, 'id') - counter(b, 'id'),
    );
    for (const row of inOrder) {
      const id = idOf(row);
      if (id !== null && !seen.has(id)) seen.set(id, row);
    }
    return [...seen].map(([id, row]) => ({ id, appliedAt: null, fingerprint: null, state: 'applied', row }));
  },
  coveredBy: dumpWith,
  forget(_project, id, rows) {
    const hit = rowsOf(rows, id);
    return hit.length === 0 ? notThere(id) : hit.map(where => ({ change: 'delete', where }));
  },
  markApplied(_project, id, rows) {
    if (rowsOf(rows, id).length > 0) return thereAlready(id);
    const batch = Math.max(0, ...rows.map(row => counter(row, 'batch'))) + 1;
    return [{ change: 'insert', values: { migration: id, batch } }];
  },
  relabel(_project, from, to, rows) {
    const hit = rowsOf(rows, from);
    if (hit.length === 0) return notThere(from);
    if (rowsOf(rows, to).length > 0) return thereAlready(to);
    return hit.map(where => ({ change: 'update', where, set: { migration: to } }));
  },
  // On an empty database `migrate` loads the dump first, with its rows.
  mayAppear: (project, applied) => applied.map(({ id }) => id).filter(id => dumpWith(project, id) !== null),

  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({
    candidates: ['php'],
    install: 'install PHP, and the packages of the application: composer install',
  }),
  point: pointAt,
  carries: ({ root }) => [...new Set(['.env', ...['.env', 'vendor'].map(name => inFolder(root, name))])],

  reverse(request) {
    const { project, engine, migration } = request;
    const reason = irreversible(migration.text);
    if (reason !== null) {
      const wayOut = `Undo it by hand, then take its row out of the table: tidemark forget ${migration.id}`;
      return { how: 'impossible', reason: `${migration.id}: ${reason}`, wayOut };
    }
    const path = place(project, request);
    const files: readonly OverlayFile[] = [{ path, text: migration.text }];
    return {
      how: 'command',
      arguments: commandOf('migrate:reset', '--realpath', `--path={worktree}/${path}`),
      checkout: { kind: 'overlay', files },
      // The row is deleted after the migration's own transaction, which only PostgreSQL has (Migrator::runDown).
      atomic: false,
      whole: engine === 'postgres' && !leavesTransaction(migration.text),
    };
  },
  losses: (_project, { text }) => lossesIn(text),
  imports: () => [],
  forward: () => ({ how: 'command', arguments: commandOf('migrate') }),

  hazard(_project, orphans) {
    const [first] = orphans;
    if (first === undefined) return null;
    return `Laravel passes over ${first} ("Migration not found"), reports success and keeps its row: "migrate:rollback" and "migrate:reset" undo everything but it.`;
  },
} satisfies Framework;
