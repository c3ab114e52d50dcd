/** Flyway's history table: a log. What is applied comes of replaying it by `installed_rank` (`MigrationInfoServiceImpl` of flyway-core). */
import {
  type AppliedMigration,
  type Cell,
  type Engine,
  type MigrationId,
  migrationId,
  type Row,
  type RowChange,
  type TableName,
} from '../../domain/migration.ts';
import type { Known, RowsOrReason } from '../contract.ts';
import { compareVersions, versionKey } from './names.ts';

/** Rows that are no migrations of the project's. */
const SYNTHETIC = new Set(['SCHEMA', 'BASELINE', 'DELETE']);

const textIn = (row: Row, column: string): string | null => {
  const cell = row[column];
  return typeof cell === 'string' ? cell : typeof cell === 'number' ? String(cell) : null;
};

const rankOf = (row: Row): number => Number(textIn(row, 'installed_rank') ?? 0) || 0;

const isTrue = (cell: Cell | undefined): boolean =>
  cell === true || cell === 1 || cell === 't' || cell === 'true' || cell === '1';

/** A repeatable's id is its description; one that reads like a version is told apart from it. */
export const repeatableId = (description: string): MigrationId =>
  migrationId(versionKey(description) === null ? description : `R__${description}`);

/** Id of what a row is about; null for rows about the schema. */
function idOf(row: Row): MigrationId | null {
  const version = textIn(row, 'version');
  const description = textIn(row, 'description');
  if (version !== null && version !== '') return migrationId(version);
  return description === null || description === '' ? null : repeatableId(description);
}

const sameVersion = (a: string, b: string): boolean =>
  a === b || (versionKey(a) !== null && versionKey(b) !== null && compareVersions(a, b) === 0);

/** Versions by value, as they are written where one is known: `1`, `01` and `1.0` are one to Flyway, however the row and the file have it. */
const spellings = (known: Pick<Known, 'keys'>): ReadonlyMap<string | null, MigrationId> =>
  new Map([...known.keys()].map(id => [versionKey(id), id]));

/** What is applied, in the order it was; failed rows too. */
export function appliedIn(rows: readonly Row[], known: Pick<Known, 'keys'>): readonly AppliedMigration[] {
  const applied: AppliedMigration[] = [];
  const spelled = spellings(known);
  for (const row of [...rows].sort((a, b) => rankOf(a) - rankOf(b))) {
    const stored = idOf(row);
    const key = stored === null ? null : versionKey(stored);
    const id = key === null ? stored : (spelled.get(key) ?? stored);
    const type = textIn(row, 'type') ?? '';
    if (id === null || type === 'SCHEMA' || type === 'BASELINE') continue;
    const before = applied.findLastIndex(each => sameVersion(each.id, id));
    if (type === 'DELETE' || type.startsWith('UNDO_')) {
      if (before !== -1 && isTrue(row['success'])) applied.splice(before, 1);
      continue;
    }
    // A repeatable has a row for each time it ran, of which the last one counts.
    if (before !== -1 && textIn(row, 'version') === null) applied.splice(before, 1);
    const fingerprint = textIn(row, 'checksum');
    const state = isTrue(row['success']) ? 'applied' : 'failed';
    applied.push({ id, appliedAt: timeOf(row), fingerprint, state, row });
  }
  return applied;
}

/**
 * PostgreSQL keeps the local time of whoever applied it and not where that was, so it is not told. SQLite keeps UTC, and MySQL's is read in UTC.
 * Booleans are a type of PostgreSQL's only.
 */
function timeOf(row: Row): string | null {
  const text = textIn(row, 'installed_on') ?? '';
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?$/.exec(text.trim());
  if (match === null || typeof row['success'] === 'boolean') return null;
  const at = Date.parse(`${match[1]}T${match[2]}${(match[3] ?? '').slice(0, 4)}Z`);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** Is a version that no row names applied all the same, because the table began with a baseline above it? */
export function isBelowBaseline(rows: readonly Row[], id: MigrationId): boolean {
  if (versionKey(id) === null) return false;
  return rows.some(row => {
    const version = textIn(row, 'version');
    return textIn(row, 'type') === 'BASELINE' && version !== null && compareVersions(id, version) <= 0;
  });
}

const keyOf = (row: Row): Row => {
  const { installed_rank: rank, version = null, script = null } = row;
  return rank === undefined ? row : { installed_rank: rank, version, script };
};

/** The changes that take one out: its row, and for a repeatable the rows of all the times it ran. */
export function forgetIn(rows: readonly Row[], id: MigrationId, known: Pick<Known, 'keys'>): RowsOrReason {
  const found = appliedIn(rows, known).find(each => each.id === id)?.row ?? null;
  if (found === null) return { reason: `the history table has no row for ${id}` };
  if (textIn(found, 'version') !== null) return [{ change: 'delete', where: keyOf(found) }];
  const own = rows.filter(row => textIn(row, 'version') === null && idOf(row) === id);
  return own.map(row => ({ change: 'delete', where: keyOf(row) }));
}

/** What a new row says of a file. */
export interface NewRow {
  readonly id: MigrationId;
  readonly version: string | null;
  readonly description: string;
  /** Path from its location. */
  readonly script: string;
  readonly checksum: number | null;
  /** ISO 8601 in UTC; null lets the database say it, as Flyway does. */
  readonly now: string | null;
}

/** The insertion that Flyway would make. `ahead`: how many others come first. */
export function insertion(
  rows: readonly Row[],
  { version, description, script, checksum, now }: NewRow,
  ahead: number,
): RowChange {
  const rank = rows.reduce((highest, row) => Math.max(highest, rankOf(row)), 0) + 1 + ahead;
  const like = rows.find(row => !SYNTHETIC.has(textIn(row, 'type') ?? '')) ?? rows[0];
  const success = typeof like?.['success'] === 'number' ? 1 : true;
  const by = [...rows].sort((a, b) => rankOf(b) - rankOf(a))[0];
  const values = {
    ...{ installed_rank: rank, version, description, type: 'SQL', script, checksum },
    ...{ installed_by: textIn(by ?? {}, 'installed_by') ?? '', execution_time: 0, success },
  };
  return { change: 'insert', values: now === null ? values : { ...values, installed_on: timeLike(like, now) } };
}

function timeLike(row: Row | undefined, now: string): string {
  const text = new Date(now).toISOString().replace('T', ' ').replace('Z', '');
  return /\.\d/.test(textIn(row ?? {}, 'installed_on') ?? '.0') ? text : text.slice(0, 19);
}

/** The change that lets a row live on as another version or description. */
export function relabelIn(
  rows: readonly Row[],
  from: MigrationId,
  to: MigrationId,
  known: Pick<Known, 'keys'>,
): RowsOrReason {
  const applied = appliedIn(rows, known);
  const row = applied.find(each => each.id === from)?.row ?? null;
  if (row === null) return { reason: `the history table has no row for ${from}` };
  if (applied.some(each => each.id === to)) return { reason: `the history table already has a row for ${to}` };
  const isVersion = versionKey(to) !== null;
  if ((textIn(row, 'version') !== null) !== isVersion)
    return { reason: `one of ${from} and ${to} has a version and the other has none` };
  return [
    { change: 'update', where: keyOf(row), set: isVersion ? { version: to } : { description: to.replace(/^R__/, '') } },
  ];
}

/** The table as Flyway makes it (`getRawCreateScript` of its database classes). */
export function historyTableSql(table: TableName, engine: Engine): string {
  const mark = engine === 'mysql' ? '`' : '"';
  const quote = (name: string) => `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
  const full = [table.schema, table.name].flatMap(name => (name === null ? [] : quote(name))).join('.');
  const index = quote(`${table.name}_s_idx`);
  const [time, truth] = {
    sqlite: ["TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now'))", 'BOOLEAN'],
    postgres: ['TIMESTAMP NOT NULL DEFAULT now()', 'BOOLEAN'],
    mysql: ['TIMESTAMP DEFAULT CURRENT_TIMESTAMP', 'BOOL'],
  }[engine];
  const columns = [
    `installed_rank INT NOT NULL${engine === 'sqlite' ? ' PRIMARY KEY' : ''}`,
    ...[
      'version VARCHAR(50)',
      'description VARCHAR(200) NOT NULL',
      'type VARCHAR(20) NOT NULL',
      'script VARCHAR(1000) NOT NULL',
    ],
    ...[
      'checksum INT',
      'installed_by VARCHAR(100) NOT NULL',
      `installed_on ${time}`,
      'execution_time INT NOT NULL',
      `success ${truth} NOT NULL`,
    ],
    ...(engine === 'sqlite' ? [] : [`CONSTRAINT ${quote(`${table.name}_pk`)} PRIMARY KEY (installed_rank)`]),
  ];
  return `CREATE TABLE ${full} (${columns.join(', ')});\nCREATE INDEX ${index} ON ${full} (success);`;
}
