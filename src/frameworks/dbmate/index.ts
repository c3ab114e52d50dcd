/**
 * dbmate, and the embedded default: SQL files with `-- migrate:up` and `-- migrate:down` sections that Tidemark runs itself,
 * together with the history row. No other tool is needed.
 */
import { type MigrationId, migrationId, type Project, type Row } from '../../domain/migration.ts';
import type { Framework, RowsOrReason } from '../contract.ts';
import { baseOf, filesIn, folderOf, joined } from '../repository-paths.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { hasStatements } from '../sql-text.ts';
import { addressesOf, detectDbmate, FILE_NAME, MARKERS } from './detect.ts';
import { parseDbmateFile } from './parse-migration.ts';

/** Folders of migrations, from the repository's root. */
const folders = (project: Project): readonly string[] => {
  const { migrations } = project.settings;
  return (Array.isArray(migrations) ? migrations : []).flatMap(folder => joined(folder) ?? []);
};

/** The version column; other columns are another tool's (golang-migrate, Rails), whose rows mean nothing here. */
const versionOf = (row: Row): MigrationId | null => {
  const { version } = row;
  if (typeof version === 'string' && version !== '') return migrationId(version);
  return typeof version === 'number' ? migrationId(String(version)) : null;
};

const rowOf = (rows: readonly Row[], id: MigrationId): Row | null => rows.find(row => versionOf(row) === id) ?? null;

const notThere = (id: MigrationId): RowsOrReason => ({ reason: `the history table has no row for ${id}` });

/** dbmate applies by file name; a version is followed by `_` in a name, which sorts after digits. */
const compare = (a: MigrationId, b: MigrationId): number => {
  const [left, right] = [`${a}_`, `${b}_`];
  return left === right ? 0 : left < right ? -1 : 1;
};

export const dbmate = {
  name: 'dbmate',
  title: 'dbmate',
  docs: [
    'https://github.com/amacneil/dbmate#readme',
    'https://github.com/amacneil/dbmate/blob/v2.35.0/pkg/dbmate/migration.go',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: 'Tidemark runs the down section itself, in one transaction with the history row',
    checksum: null,
    hazard: '`dbmate rollback` reverses another migration, and reports success',
  },

  markers: MARKERS,
  detect: detectDbmate,

  pathspecs: project => folders(project).map(folder => filesIn(folder, '.sql')),
  idFrom: 'path',
  identify(project, path) {
    const version = FILE_NAME.exec(baseOf(path))?.[1];
    return version !== undefined && folders(project).includes(folderOf(path)) ? migrationId(version) : null;
  },
  read(_project, file) {
    const parsed = parseDbmateFile(file.text);
    if (parsed.kind === 'unreadable') return { path: file.path, reason: parsed.reason };
    const version = FILE_NAME.exec(baseOf(file.path))?.[1];
    if (version === undefined) return { path: file.path, reason: 'its name does not begin with digits' };
    return { id: migrationId(version), requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: id => id,

  ownsTable: columns => columns.length === 1 && columns[0] === 'version',
  applied(_project, rows) {
    const applied = rows.flatMap(row => {
      const id = versionOf(row);
      return id === null ? [] : [{ id, appliedAt: null, fingerprint: null, state: 'applied' as const, row }];
    });
    return applied.sort((a, b) => compare(a.id, b.id));
  },
  forget(_project, id, rows) {
    const row = rowOf(rows, id);
    return row === null ? notThere(id) : [{ change: 'delete', where: row }];
  },
  markApplied(_project, id, rows) {
    if (rowOf(rows, id) !== null) return { reason: `the history table already has a row for ${id}` };
    return [{ change: 'insert', values: { version: id } }];
  },
  relabel(_project, from, to, rows) {
    const row = rowOf(rows, from);
    if (row === null) return notThere(from);
    if (rowOf(rows, to) !== null) return { reason: `the history table already has a row for ${to}` };
    return [{ change: 'update', where: row, set: { version: to } }];
  },
  mayAppear: () => [],
  createHistoryTable({ historyTable }, engine) {
    const quote = (name: string) =>
      engine === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;
    const table = [historyTable.schema, historyTable.name]
      .flatMap(name => (name === null ? [] : quote(name)))
      .join('.');
    return `CREATE TABLE ${table} (version ${engine === 'postgres' ? 'varchar' : 'varchar(128)'} PRIMARY KEY);`;
  },

  connection: addressesOf,
  program: () => null,
  point: () => ({ env: {}, files: [] }),
  carries: () => [],

  reverse({ migration, applied }) {
    const { id, text } = migration;
    const parsed = parseDbmateFile(text);
    const forgetIt = `write the statements that undo it by hand, then run: tidemark forget ${id}`;
    if (parsed.kind === 'unreadable') {
      return { how: 'impossible', reason: `dbmate cannot read its file: ${parsed.reason}`, wayOut: forgetIt };
    }
    if (parsed.pairs > 1) {
      // dbmate 2.36.0 runs and records the first section, then fails on the second; older versions read the file differently.
      const reason = `its file has ${parsed.pairs} pairs of up and down sections, and dbmate applies only some of them`;
      return { how: 'impossible', reason, wayOut: forgetIt };
    }
    if (!hasStatements(parsed.down.sql)) {
      return hasStatements(parsed.up.sql)
        ? { how: 'impossible', reason: 'its down section is empty', wayOut: forgetIt }
        : { how: 'impossible', reason: 'both its sections are empty', wayOut: `run: tidemark forget ${id}` };
    }
    const where = applied.find(each => each.id === id)?.row ?? { version: id };
    const { sql: script, inTransaction } = parsed.down;
    return { how: 'sql', script, inTransaction, rows: [{ change: 'delete', where }] };
  },
  losses(_project, file) {
    const parsed = parseDbmateFile(file.text);
    if (parsed.kind === 'unreadable') return { tables: [], columns: [], unsure: parsed.reason };
    return sqlLosses(parsed.down.sql, sqlAddedColumns(parsed.up.sql));
  },
  imports: () => [],
  forward(_project, file) {
    const parsed = parseDbmateFile(file.text);
    const version = FILE_NAME.exec(baseOf(file.path))?.[1];
    if (parsed.kind === 'unreadable' || version === undefined) {
      const reason = parsed.kind === 'unreadable' ? parsed.reason : 'its name does not begin with digits';
      return { how: 'impossible', reason, wayOut: `correct ${file.path}` };
    }
    if (parsed.pairs > 1) {
      const reason = `it has ${parsed.pairs} pairs of up and down sections, which dbmate cannot apply`;
      return { how: 'impossible', reason, wayOut: `give each pair of ${file.path} a file of its own` };
    }
    const { sql: script, inTransaction } = parsed.up;
    return { how: 'sql', script, inTransaction, rows: [{ change: 'insert', values: { version } }] };
  },

  hazard(_project, orphans, applied) {
    const [orphan] = orphans;
    if (orphan === undefined) return null;
    const newest = applied.filter(each => !orphans.includes(each.id)).at(-1)?.id;
    const unseen = orphans.length === 1 ? orphan : `${orphans.length} applied migrations`;
    if (newest === undefined)
      return `"dbmate status" does not show ${unseen}, and "dbmate rollback" cannot reverse it.`;
    return orphans.some(each => compare(each, newest) > 0)
      ? `"dbmate rollback" does not see ${unseen}: it would reverse ${newest} instead, and report success.`
      : `"dbmate status" does not show ${unseen}, and "dbmate rollback" would reverse only ${newest}.`;
  },
} satisfies Framework;
