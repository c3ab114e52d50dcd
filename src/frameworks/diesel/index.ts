/** diesel: a folder a migration, with `up.sql` and `down.sql`, which Tidemark runs itself, together with the history row. `schema.rs` stays as it is. */
import { type MigrationId, migrationId, type Project, type Row } from '../../domain/migration.ts';
import type { FileText, Framework, RowsOrReason } from '../contract.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { timeOf } from '../row-times.ts';
import { environmentAddress } from '../rust-projects.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { hasStatements } from '../sql-text.ts';
import { detectDiesel, MARKERS } from './detect.ts';

/** Folders of migrations, from the repository's root. */
const folders = (project: Project): readonly string[] => {
  const { migrations } = project.settings;
  return (Array.isArray(migrations) ? migrations : []).flatMap(folder => joined(folder) ?? []);
};

/** The folder's name up to its first `_`, without dashes; null for what diesel passes over. migrations_internals, `version_from_string`. */
function versionOf(project: Project, path: string): MigrationId | null {
  const folder = folderOf(path);
  const name = baseOf(folder);
  if (!path.includes('/') || name.startsWith('.') || !folders(project).includes(folderOf(folder))) return null;
  return migrationId((name.split('_')[0] ?? '').replaceAll('-', ''));
}

const OTHERS = ['down.sql', 'metadata.toml'];

const partNamed = (file: FileText, name: string): string | null =>
  (file.parts ?? []).find(part => baseOf(part.path) === name)?.text ?? null;

/** True where nothing is said; where something is, and the key is not in it, false: `TomlMetadata` of migrations_internals. */
function inTransaction(file: FileText): boolean {
  const metadata = partNamed(file, 'metadata.toml');
  if (metadata === null) return true;
  const top = metadata.split(/^[ \t]*\[/m, 1)[0] ?? '';
  return /^[ \t]*run_in_transaction[ \t]*=[ \t]*true\b/m.test(top);
}

const compare = (a: MigrationId, b: MigrationId): number => (a === b ? 0 : a < b ? -1 : 1);

const versionIn = ({ version }: Row): MigrationId | null =>
  typeof version === 'string' && version !== '' ? migrationId(version) : null;

const rowOf = (rows: readonly Row[], id: MigrationId): Row | null => rows.find(row => versionIn(row) === id) ?? null;

const notThere = (id: MigrationId): RowsOrReason => ({ reason: `the history table has no row for ${id}` });

export const diesel = {
  name: 'diesel',
  title: 'diesel',
  docs: [
    'https://docs.rs/diesel_migrations/2.3.2/diesel_migrations/',
    'https://github.com/diesel-rs/diesel/blob/v2.3.2/diesel_migrations/src/file_based_migrations.rs',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: 'Tidemark runs `down.sql` itself, in one transaction with the history row; `schema.rs` is left alone',
    checksum: null,
    hazard:
      '`diesel migration revert` refuses while the newest has no file; an older one is not shown by `list` and `run`',
  },

  markers: MARKERS,
  detect: detectDiesel,

  pathspecs: project =>
    folders(project).flatMap(folder =>
      ['up.sql', ...OTHERS].map(name => `:(glob)${inFolder(folder.replace(/[\\*?[\]]/g, '\\$&'), `*/${name}`)}`),
    ),
  idFrom: 'path',
  identify: (project, path) => (baseOf(path) === 'up.sql' ? versionOf(project, path) : null),
  partsOf(project, path, paths) {
    if (baseOf(path) !== 'up.sql' || versionOf(project, path) === null) return [];
    const own = OTHERS.map(name => inFolder(folderOf(path), name));
    return paths.filter(each => own.includes(each));
  },
  read(project, file) {
    const id = versionOf(project, file.path);
    if (id === null) return { path: file.path, reason: 'it lies in no folder of a migration' };
    return { id, requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: id => id,

  applied(_project, rows) {
    const applied = rows.flatMap(row => {
      const id = versionIn(row);
      const appliedAt = timeOf(row['run_on']);
      return id === null ? [] : [{ id, appliedAt, fingerprint: null, state: 'applied' as const, row }];
    });
    return applied.sort((a, b) => compare(a.id, b.id));
  },
  forget(_project, id, rows) {
    return rowOf(rows, id) === null ? notThere(id) : [{ change: 'delete', where: { version: id } }];
  },
  markApplied(_project, id, rows) {
    if (rowOf(rows, id) !== null) return { reason: `the history table already has a row for ${id}` };
    return [{ change: 'insert', values: { version: id } }];
  },
  relabel(_project, from, to, rows) {
    if (rowOf(rows, from) === null) return notThere(from);
    if (rowOf(rows, to) !== null) return { reason: `the history table already has a row for ${to}` };
    return [{ change: 'update', where: { version: from }, set: { version: to } }];
  },
  mayAppear: () => [],
  createHistoryTable: ({ historyTable }) =>
    `CREATE TABLE ${historyTable.name} (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);`,

  connection: (project, tree) => environmentAddress(project, tree, 'DATABASE_URL'),
  program: () => null,
  point: () => ({ env: {}, files: [] }),
  carries: () => [],

  reverse({ migration }) {
    const { id } = migration;
    const wayOut = `write the statements that undo it by hand, then run: tidemark forget ${id}`;
    const down = partNamed(migration, 'down.sql');
    if (down === null) return { how: 'impossible', reason: 'it has no down.sql', wayOut };
    // diesel refuses one without a byte, and takes the row away for one with only a comment.
    if (!hasStatements(down)) return { how: 'impossible', reason: 'its down.sql is empty', wayOut };
    const rows = [{ change: 'delete', where: { version: id } }] as const;
    return { how: 'sql', script: down, inTransaction: inTransaction(migration), rows };
  },
  losses(_project, file) {
    const down = partNamed(file, 'down.sql');
    if (down === null) return { tables: [], columns: [], unsure: 'it has no down.sql' };
    return sqlLosses(down, sqlAddedColumns(file.text));
  },
  imports: () => [],
  forward(project, file) {
    const version = versionOf(project, file.path);
    if (version === null || file.text === '') {
      const reason =
        version === null ? 'it lies in no folder of a migration' : 'its up.sql is empty, which diesel refuses';
      return { how: 'impossible', reason, wayOut: `correct ${file.path}` };
    }
    const rows = [{ change: 'insert', values: { version } }] as const;
    return { how: 'sql', script: file.text, inTransaction: inTransaction(file), rows };
  },

  hazard(_project, orphans, applied) {
    const newest = applied.at(-1)?.id;
    const [orphan] = orphans;
    if (orphan === undefined || newest === undefined) return null;
    return orphans.includes(newest)
      ? `"diesel migration revert" refuses, as it has no file for ${newest}, and "diesel migration list" does not show it.`
      : `"diesel migration list" does not show ${orphan}, and "diesel migration revert" would reverse ${newest}.`;
  },
} satisfies Framework;
