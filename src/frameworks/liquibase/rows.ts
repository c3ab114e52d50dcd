/** Rows of Liquibase's table: one a changeset, known by id, author and file. PostgreSQL has the columns in lower case. */
import {
  type AppliedMigration,
  type LockHolder,
  type MigrationId,
  migrationId,
  type Row,
} from '../../domain/migration.ts';
import type { Known, RowsOrReason } from '../contract.ts';

/** A column by its name in upper case, as the engine has it. */
const columnOf = (row: Row, name: string): string =>
  Object.keys(row).find(column => column.toUpperCase() === name) ?? name;

const textIn = (row: Row, name: string): string => {
  const cell = row[columnOf(row, name)];
  return typeof cell === 'string' ? cell : typeof cell === 'number' ? String(cell) : '';
};

/** A stored path without what only tells how it was found (`DatabaseChangeLog.normalizePath`). */
export const plainPath = (path: string): string =>
  path
    .replaceAll('\\', '/')
    .replace(/^classpath\*?:/, '')
    .replace(/^[A-Za-z]:/, '')
    .replace(/^\/+/, '')
    .replace(/^(?:\.\/)+/, '');

/** The path of an id's file, and what comes behind it. */
function partsOfId(id: string): { readonly path: string; readonly rest: string } {
  const at = id.indexOf('::');
  return at === -1 ? { path: id, rest: '' } : { path: id.slice(0, at), rest: id.slice(at) };
}

/** The id a file has for a row whose path was written in another way: one path ends with the other, and only one file does. */
function idOf(row: Row, known: Known, byRest: ReadonlyMap<string, readonly MigrationId[]>): MigrationId | null {
  const [path, rest] = [plainPath(textIn(row, 'FILENAME')), `::${textIn(row, 'ID')}::${textIn(row, 'AUTHOR')}`];
  if (path === '') return null;
  const stored = migrationId(path + rest);
  if (known.has(stored)) return stored;
  const near = (byRest.get(rest.toLowerCase()) ?? []).filter(id => {
    const [own, other] = [partsOfId(id).path.toLowerCase(), path.toLowerCase()];
    return own === other || own.endsWith(`/${other}`) || other.endsWith(`/${own}`);
  });
  return near.length === 1 ? (near[0] ?? stored) : stored;
}

/** Checksums of the versions that can be worked out again; others say nothing. */
const KNOWN_SUM = /^[789]:/;

/** Changesets that count as applied, in their order. */
export function appliedIn(rows: readonly Row[], known: Known): readonly AppliedMigration[] {
  const byRest = Map.groupBy([...known.keys()], id => partsOfId(id).rest.toLowerCase());
  const applied = rows.flatMap(row => {
    const id = idOf(row, known, byRest);
    const sum = textIn(row, 'MD5SUM');
    return id === null
      ? []
      : [{ id, appliedAt: timeOf(row), fingerprint: KNOWN_SUM.test(sum) ? sum : null, state: 'applied' as const, row }];
  });
  const order = (row: Row) => Number(textIn(row, 'ORDEREXECUTED')) || 0;
  return applied.sort((a, b) => {
    const [one, other] = [textIn(a.row, 'DATEEXECUTED'), textIn(b.row, 'DATEEXECUTED')];
    return one === other ? order(a.row) - order(b.row) : one < other ? -1 : 1;
  });
}

/** The row's time is local; the start of its run is the end of a count of milliseconds (`DEPLOYMENT_ID`), of which the first three digits go on for years. */
function timeOf(row: Row): string | null {
  const deployment = textIn(row, 'DEPLOYMENT_ID');
  const day = Date.parse(`${textIn(row, 'DATEEXECUTED').slice(0, 10)}T12:00:00Z`);
  if (!/^\d{10}$/.test(deployment) || Number.isNaN(day)) return null;
  const nearest = [-1, 0, 1].map(step => (Math.floor(day / 1e10) + step) * 1e10 + Number(deployment));
  const at = nearest.find(each => Math.abs(each - day) < 3 * 86_400_000);
  return at === undefined ? null : new Date(at).toISOString();
}

/**
 * Does a row have a checksum now where it had none, or one of a newer version? Every "update" of 4.22 and newer does that to rows whose old
 * checksum fits (4.33.0 run on rows of 4.21.1).
 */
export function hasNewerChecksum(before: Row, after: Row): boolean {
  const column = columnOf(after, 'MD5SUM');
  const version = (row: Row) => Number(/^(\d+):/.exec(textIn(row, 'MD5SUM'))?.[1] ?? 0);
  const others = Object.keys(after).filter(name => name !== column);
  return version(before) < version(after) && others.every(name => before[name] === after[name]);
}

/** What names exactly this row. */
export const keyOf = (row: Row): Row =>
  Object.fromEntries(['ID', 'AUTHOR', 'FILENAME'].map(name => [columnOf(row, name), row[columnOf(row, name)] ?? null]));

export const storedPathOf = (row: Row): string => textIn(row, 'FILENAME');

export function forgetIn(rows: readonly Row[], id: MigrationId, known: Known): RowsOrReason {
  const row = appliedIn(rows, known).find(each => each.id === id)?.row ?? null;
  return row === null
    ? { reason: `the history table has no row for ${id}` }
    : [{ change: 'delete', where: keyOf(row) }];
}

export function relabelIn(rows: readonly Row[], from: MigrationId, to: MigrationId, known: Known): RowsOrReason {
  const applied = appliedIn(rows, known);
  const row = applied.find(each => each.id === from)?.row ?? null;
  if (row === null) return { reason: `the history table has no row for ${from}` };
  if (applied.some(each => each.id === to)) return { reason: `the history table already has a row for ${to}` };
  const [, id = '', ...author] = to.split('::');
  const { path } = partsOfId(to);
  const values = { FILENAME: path, ID: id, AUTHOR: author.join('::') };
  return [
    {
      change: 'update',
      where: keyOf(row),
      set: Object.fromEntries(Object.entries(values).map(([name, value]) => [columnOf(row, name), value])),
    },
  ];
}

/** `now` is ISO 8601 in UTC. Without a checksum Liquibase takes the text that it finds, and writes its checksum down. */
export function markAppliedIn(rows: readonly Row[], id: MigrationId, known: Known, now: string): RowsOrReason {
  if (appliedIn(rows, known).some(each => each.id === id))
    return { reason: `the history table already has a row for ${id}` };
  const [path = '', own = '', ...author] = id.split('::');
  const like = rows[0] ?? {};
  const highest = rows.reduce((most, row) => Math.max(most, Number(textIn(row, 'ORDEREXECUTED')) || 0), 0);
  const values = {
    ...{ ID: own, AUTHOR: author.join('::'), FILENAME: path, DATEEXECUTED: now.slice(0, 19).replace('T', ' ') },
    ...{ ORDEREXECUTED: highest + 1, EXECTYPE: 'EXECUTED', DEPLOYMENT_ID: String(Date.parse(now)).slice(-10) },
  };
  return [
    {
      change: 'insert',
      values: Object.fromEntries(Object.entries(values).map(([name, value]) => [columnOf(like, name), value])),
    },
  ];
}

/** The one row of the lock's table. */
export function lockHolder(rows: readonly Row[]): LockHolder | null {
  const held = rows.find(row => {
    const cell = row[columnOf(row, 'LOCKED')];
    return (
      cell === true || cell === 1 || cell === '1' || (typeof cell === 'object' && cell !== null && /1$/.test(cell.hex))
    );
  });
  if (held === undefined) return null;
  const [by, since] = [textIn(held, 'LOCKEDBY'), textIn(held, 'LOCKGRANTED')];
  return {
    by: `by ${by === '' ? 'nobody named' : by}${since === '' ? '' : `, since ${since}`}`,
    release: 'liquibase release-locks',
  };
}
