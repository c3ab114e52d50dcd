/** sqlx: plain SQL files, whose `.down.sql` Tidemark runs itself, together with the history row. A file without one cannot be reversed. */
import { migrationId, type Project } from '../../domain/migration.ts';
import type { FileText, Framework } from '../contract.ts';
import { filesIn, folderOf, joined } from '../repository-paths.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { hasStatements } from '../sql-text.ts';
import { addressesOf, detectSqlx, MARKERS } from './detect.ts';
import { isDown, versionOf } from './file-names.ts';
import { appliedIn, checksumsOf, compare, doneFor, doneLike, forgetIn, newRow, relabelIn } from './rows.ts';

/** Folders of migrations, from the repository's root. */
const folders = (project: Project): readonly string[] => {
  const { migrations } = project.settings;
  return (Array.isArray(migrations) ? migrations : []).flatMap(folder => joined(folder) ?? []);
};

/** The very first bytes decide: src/migrate/source.rs. */
const inTransaction = (text: string): boolean => !text.startsWith('-- no-transaction');

const downOf = (file: FileText) => (file.parts ?? []).filter(part => isDown(part.path));

export const sqlx = {
  name: 'sqlx',
  title: 'sqlx',
  docs: [
    'https://docs.rs/sqlx/0.9.0/sqlx/macro.migrate.html',
    'https://github.com/launchbadge/sqlx/blob/v0.9.0/sqlx-core/src/migrate/source.rs',
    'https://github.com/launchbadge/sqlx/blob/v0.9.0/sqlx-core/src/migrate/migrator.rs',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: 'Tidemark runs the `.down.sql` itself, in one transaction with the history row',
    checksum: 'SHA-384 of the up file: tells which version was applied, and edits',
    hazard:
      'everything refuses, also programs at their start; with `--ignore-missing`, `sqlx migrate revert` reverses another migration, and reports success',
  },

  markers: MARKERS,
  detect: detectSqlx,

  pathspecs: project => folders(project).map(folder => filesIn(folder, '.sql')),
  idFrom: 'path',
  identify(project, path) {
    const version = isDown(path) || !folders(project).includes(folderOf(path)) ? null : versionOf(path);
    return version === null ? null : migrationId(version);
  },
  partsOf(project, path, paths) {
    const version = versionOf(path);
    if (version === null || isDown(path) || !folders(project).includes(folderOf(path))) return [];
    return paths.filter(each => isDown(each) && folderOf(each) === folderOf(path) && versionOf(each) === version);
  },
  read(_project, file) {
    const version = versionOf(file.path);
    if (version === null) return { path: file.path, reason: 'its name does not begin with a version and "_"' };
    return { id: migrationId(version), requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: id => id,

  applied: (_project, rows) => appliedIn(rows),
  fingerprints: (project, _path, bytes) => checksumsOf(project, bytes),
  forget: (_project, id, rows) => forgetIn(rows, id),
  markApplied(project, id, rows, _known, _now, file) {
    if (file === undefined) return { reason: 'its row holds the checksum of its file, which is not there' };
    return [{ change: 'insert', values: newRow(project, id, file, doneLike(rows)) }];
  },
  relabel: (project, from, to, rows, _known, file) => relabelIn(project, rows, from, to, file),
  mayAppear: () => [],
  createHistoryTable({ historyTable }, engine) {
    const mark = engine === 'mysql' ? '`' : '"';
    const quoted = (name: string) => `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
    const table = [historyTable.schema, historyTable.name].flatMap(name => (name === null ? [] : quoted(name)));
    const [time, now, blob] =
      engine === 'postgres' ? ['TIMESTAMPTZ', 'now()', 'BYTEA'] : ['TIMESTAMP', 'CURRENT_TIMESTAMP', 'BLOB'];
    return `CREATE TABLE ${table.join('.')} (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on ${time} NOT NULL DEFAULT ${now}, success BOOLEAN NOT NULL, checksum ${blob} NOT NULL, execution_time BIGINT NOT NULL);`;
  },

  connection: addressesOf,
  program: () => null,
  point: () => ({ env: {}, files: [] }),
  carries: () => [],

  reverse({ migration, applied }) {
    const { id } = migration;
    const wayOut = `write the statements that undo it by hand, then run: tidemark forget ${id}`;
    const [down, second] = downOf(migration);
    if (down === undefined) return { how: 'impossible', reason: 'it has no .down.sql file', wayOut };
    if (second !== undefined) {
      return { how: 'impossible', reason: `it has several .down.sql files: ${down.path} and ${second.path}`, wayOut };
    }
    // sqlx would take the row away and report success.
    if (!hasStatements(down.text)) return { how: 'impossible', reason: 'its .down.sql file is empty', wayOut };
    const version = applied.find(each => each.id === id)?.row?.['version'] ?? id;
    const rows = [{ change: 'delete', where: { version } }] as const;
    return { how: 'sql', script: down.text, inTransaction: inTransaction(down.text), rows };
  },
  losses(_project, file) {
    const down = downOf(file);
    if (down.length === 0) return { tables: [], columns: [], unsure: 'it has no .down.sql file' };
    return sqlLosses(down.map(part => part.text).join('\n;\n'), sqlAddedColumns(file.text));
  },
  imports: () => [],
  forward(project, file, engine) {
    const version = versionOf(file.path);
    if (version === null) {
      return { how: 'impossible', reason: 'its name has no version', wayOut: `correct ${file.path}` };
    }
    const values = newRow(project, migrationId(version), file, doneFor(engine));
    const rows = [{ change: 'insert', values }] as const;
    return { how: 'sql', script: file.text, inTransaction: inTransaction(file.text), rows };
  },

  hazard(_project, orphans, applied) {
    const missing = orphans.toSorted(compare).at(0);
    if (missing === undefined) return null;
    const newest = applied.filter(each => !orphans.includes(each.id)).at(-1)?.id;
    const refuses = `"sqlx migrate run", "sqlx migrate revert" and every program with migrate! refuse, as ${missing} is applied and missing here`;
    if (newest === undefined) return `${refuses}.`;
    return `${refuses}; with --ignore-missing, "revert" would reverse ${newest} or an older one with a down file, and report success.`;
  },
} satisfies Framework;
