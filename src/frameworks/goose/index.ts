/** goose: SQL files with `-- +goose Up` and `-- +goose Down` sections that Tidemark runs itself, together with the history row. */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Forward, Framework, Reversal } from '../contract.ts';
import { filesIn, joined } from '../repository-paths.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { addressesOf, detectGoose, liesIn, MARKERS, versionOf } from './detect.ts';
import { type GooseFile, parseGooseFile } from './parse-migration.ts';
import { appliedIn, forgetIn, markIn, relabelIn, rowValues } from './rows.ts';

/** Folders of migrations, from the repository's root. */
const folders = (project: Project): readonly string[] => {
  const { migrations } = project.settings;
  return (Array.isArray(migrations) ? migrations : []).flatMap(folder => joined(folder) ?? []);
};

const isGo = (path: string): boolean => path.endsWith('.go');

/** goose runs versions as numbers. */
const compare = (a: MigrationId, b: MigrationId): number =>
  a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length;

const nameWrong = 'its name does not begin with a version and "_"';

export const goose = {
  name: 'goose',
  title: 'goose',
  docs: [
    'https://pressly.github.io/goose/',
    'https://github.com/pressly/goose/blob/v3.27.3/internal/sqlparser/parser.go',
    'https://github.com/pressly/goose/tree/v3.27.3/internal/dialects',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal:
      'Tidemark runs the `Down` section itself, in one transaction with the history row; Go migrations are left to their own program',
    checksum: null,
    hazard:
      '`goose down` refuses, and `goose up` refuses every file that is numbered below the missing one; a file without `Down` loses its row and nothing is undone',
  },

  markers: MARKERS,
  detect: detectGoose,

  pathspecs: project => folders(project).flatMap(folder => [filesIn(folder, '.sql'), filesIn(folder, '.go')]),
  idFrom: 'path',
  identify(project, path) {
    const version = liesIn(folders(project), path) ? versionOf(path) : null;
    return version === null ? null : migrationId(version);
  },
  read(_project, file) {
    const version = versionOf(file.path);
    if (version === null) return { path: file.path, reason: nameWrong };
    const parsed = isGo(file.path) ? null : parseGooseFile(file.text);
    if (parsed?.kind === 'unreadable') return { path: file.path, reason: parsed.reason };
    return { id: migrationId(version), requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: id => id,

  ownsTable: columns => ['version_id', 'is_applied'].every(column => columns.includes(column)),
  applied: (_project, rows) => appliedIn(rows),
  forget: (_project, id, rows) => forgetIn(rows, id),
  markApplied: (_project, id, rows) => markIn(rows, id),
  relabel: (_project, from, to, rows) => relabelIn(rows, from, to),
  mayAppear: () => [],
  createHistoryTable({ historyTable }, engine) {
    const quote = (name: string) =>
      engine === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;
    const table = [historyTable.schema, historyTable.name]
      .flatMap(name => (name === null ? [] : quote(name)))
      .join('.');
    // Without the row of version 0, goose takes the table for another tool's.
    return `CREATE TABLE ${table} (${COLUMNS[engine]});\nINSERT INTO ${table} (version_id, is_applied) VALUES (0, ${engine === 'postgres' ? 'true' : '1'});`;
  },

  connection: addressesOf,
  program: () => null,
  point: () => ({ env: {}, files: [] }),
  carries: () => [],

  reverse({ migration, applied }): Reversal {
    const { id, path, text } = migration;
    if (isGo(path)) {
      return {
        how: 'impossible',
        reason: 'it is a Go migration, which only the program that it was built into can run',
        wayOut: `run that program's own way down${migration.commit === null ? '' : ` as of ${migration.commit.slice(0, 10)}`}, or undo it by hand and then run: tidemark forget ${id}`,
      };
    }
    const parsed = parseGooseFile(text);
    const forgetIt = `write the statements that undo it by hand, then run: tidemark forget ${id}`;
    const impossible = (reason: string, wayOut = forgetIt) => ({ how: 'impossible', reason, wayOut }) as const;
    if (parsed.kind === 'unreadable') return impossible(`goose cannot read its file: ${parsed.reason}`);
    const { up, down } = parsed;
    if (down === null || down.sql === '') {
      if (up.sql === '') return impossible('both its sections are empty', `run: tidemark forget ${id}`);
      return impossible(down === null ? 'it has no "-- +goose Down" line' : 'its Down section is empty');
    }
    if (down.fromEnvironment) return impossible(FROM_ENVIRONMENT);
    const where = applied.find(each => each.id === id)?.row ?? rowValues(id);
    return { how: 'sql', script: down.sql, inTransaction: parsed.inTransaction, rows: [{ change: 'delete', where }] };
  },
  losses(_project, file) {
    if (isGo(file.path)) return { tables: [], columns: [], unsure: 'it runs Go code' };
    const parsed = parseGooseFile(file.text);
    if (parsed.kind === 'unreadable') return { tables: [], columns: [], unsure: parsed.reason };
    return sqlLosses(parsed.down?.sql ?? '', sqlAddedColumns(parsed.up.sql));
  },
  imports: () => [],
  forward(_project, file): Forward {
    const version = versionOf(file.path);
    const parsed: GooseFile | null = isGo(file.path) ? null : parseGooseFile(file.text);
    if (parsed === null) {
      const reason = 'it is a Go migration, which only the program that it is built into can run';
      return {
        how: 'impossible',
        reason,
        wayOut: 'run that program, or leave it pending: tidemark reconcile --no-apply',
      };
    }
    if (parsed.kind === 'unreadable' || version === null) {
      const reason = parsed.kind === 'unreadable' ? parsed.reason : nameWrong;
      return { how: 'impossible', reason, wayOut: `correct ${file.path}` };
    }
    if (parsed.up.fromEnvironment) {
      return { how: 'impossible', reason: FROM_ENVIRONMENT, wayOut: 'run goose up, where those variables are set' };
    }
    const rows = [{ change: 'insert', values: rowValues(migrationId(version)) }] as const;
    return { how: 'sql', script: parsed.up.sql, inTransaction: parsed.inTransaction, rows };
  },

  hazard(_project, orphans, applied) {
    const newest = applied.at(-1)?.id;
    const highest = orphans.toSorted(compare).at(-1);
    if (newest === undefined || highest === undefined) return null;
    const refusal = `"goose up" refuses every new file that is numbered below ${highest}`;
    return orphans.includes(newest)
      ? `"goose down" refuses, as it has no file for ${newest}, and ${refusal}.`
      : `"goose down" would reverse ${newest}, and ${refusal}.`;
  },
} satisfies Framework;

const FROM_ENVIRONMENT = 'it takes values from environment variables (ENVSUB), which Tidemark does not know';

/** As goose makes them: internal/dialects of v3.27.3. */
const COLUMNS = {
  sqlite:
    "id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now'))",
  postgres:
    'id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now()',
  mysql:
    'id bigint(20) unsigned NOT NULL AUTO_INCREMENT, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NULL DEFAULT now(), PRIMARY KEY (id)',
} as const;
