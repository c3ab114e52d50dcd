/**
 * Drizzle with drizzle-kit. It has no way down and its rows no names: a reversal is written by hand and run by Tidemark, and rows are told
 * apart by checksum and time. Tidemark applies as Drizzle's migrator would, save that it leaves out nothing because of its time.
 */
import { type MigrationId, migrationId, type Project, type Row } from '../../domain/migration.ts';
import type { Forward, Framework } from '../contract.ts';
import { baseOf, filesIn, folderOf } from '../repository-paths.ts';
import { timeLike } from '../row-times.ts';
import { sqlMade } from '../sql-made.ts';
import { ended } from '../sql-text.ts';
import { fitsTransaction } from '../sql-transaction.ts';
import { addressesOf, detectDrizzle, journalOf, MARKERS } from './detect.ts';
import { parseJournal } from './journal.ts';
import { alreadyThere, appliedIn, forgetIn, hashesOf, newRow, relabelIn, whenIn, whenMark } from './rows.ts';
import { historyTableSql } from './table.ts';

/** The folder of migrations, from the repository's root. */
const folderIn = ({ settings: { migrations } }: Project): string =>
  typeof migrations === 'string' ? migrations : Array.isArray(migrations) ? String(migrations[0]) : 'drizzle';

/** Name of the migration at a path: the file's own, or since version 1.0 that of its folder; null for other files. */
function nameOf(project: Project, path: string): MigrationId | null {
  const [name, folder] = [baseOf(path), folderOf(path)];
  if (folder === folderIn(project))
    return name.length > 4 && name.endsWith('.sql') ? migrationId(name.slice(0, -4)) : null;
  const isOne = name === 'migration.sql' && folder !== '.' && folderOf(folder) === folderIn(project);
  return isOne ? migrationId(baseOf(folder)) : null;
}

/** Names in the journal; null where there is none, or where the user's settings name another folder than the one whose journal was read. */
const orderIn = ({ settings: { migrations, order } }: Project): readonly string[] | null =>
  Array.isArray(order) && !Array.isArray(migrations) ? order : null;

/** The time that the row of a migration holds; null when neither the journal says it nor, since version 1.0, its name. */
function whenOf(project: Project, id: MigrationId): number | null {
  const { when } = project.settings;
  if (typeof when === 'object' && !Array.isArray(when) && orderIn(project) !== null) {
    const said = (when as Readonly<Record<string, string>>)[id];
    if (Object.hasOwn(when, id) && said !== undefined) return Number(said);
  }
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)_/.exec(id) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? null : at;
}

const byName = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** The first migration before this one in the journal that would be applied after it, because its name sorts so; null when there is none. */
function overtaken(project: Project, id: MigrationId, rows: readonly Row[]): string | null {
  const order = orderIn(project) ?? [];
  const there = new Set(rows.map(whenIn));
  const before = order.slice(0, Math.max(order.indexOf(id), 0));
  return before.find(tag => byName(tag, id) > 0 && !there.has(whenOf(project, migrationId(tag)) ?? Number.NaN)) ?? null;
}

export const drizzle = {
  name: 'drizzle',
  title: 'Drizzle',
  docs: [
    'https://orm.drizzle.team/docs/drizzle-kit-migrate',
    'https://github.com/drizzle-team/drizzle-orm/blob/0.45.4/drizzle-orm/src/migrator.ts',
    'https://github.com/drizzle-team/drizzle-orm/issues/5316',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: 'SQL written by hand (`--with`, `--edit`), run by Tidemark in one transaction with the history row',
    checksum: 'SHA-256 of the file: with the time in the journal it tells which migration a row is of, and edits',
    hazard:
      'there is none; `migrate` passes an orphan by, and while its row is the newest skips, with exit code 0, whatever the journal dates before it',
  },

  markers: MARKERS,
  detect: detectDrizzle,

  pathspecs(project) {
    const folder = folderIn(project).replace(/[\\*?[\]]/g, '\\$&');
    const inFolders = `:(glob)${folder === '.' ? '' : `${folder}/`}*/migration.sql`;
    return [filesIn(folderIn(project), '.sql'), inFolders, `:(glob)${journalOf(folder)}`];
  },
  idFrom: 'path',
  identify: nameOf,
  read(project, file) {
    const id = nameOf(project, file.path);
    if (id === null) return { path: file.path, reason: 'it is no SQL file of a migration' };
    return { id, requires: [], replaces: [] };
  },
  order: 'linear',
  compare: byName,
  namespace: () => null,
  // Migrations are known by their whole name, so equal numbers do not collide.
  number: () => null,

  ownsTable: columns => ['hash', 'created_at'].every(column => columns.includes(column)),
  marks(project, file) {
    const id = nameOf(project, file.path);
    if (id !== null) return hashesOf(new TextEncoder().encode(file.text)).map(mark => ({ id, mark }));
    if (baseOf(file.path) !== '_journal.json') return [];
    const entries = parseJournal(file.text)?.entries ?? [];
    return entries.map(({ tag, when }) => ({ id: migrationId(tag), mark: whenMark(when) }));
  },
  applied: (_project, rows, known) => appliedIn(rows, known),
  fingerprints: (_project, _path, bytes) => hashesOf(bytes),
  // What the journal does not name, Drizzle does not see.
  passesOver: (project, _rows, id) => orderIn(project)?.includes(id) === false,
  forget: (_project, id, rows, known) => forgetIn(rows, id, known),
  markApplied(project, id, rows, known, now, file) {
    if (appliedIn(rows, known).some(each => each.id === id)) return alreadyThere(id);
    const when = whenOf(project, id);
    if (file === undefined || when === null)
      return {
        reason: 'its row holds the checksum of its file and a time of the journal, and one of them is not there',
      };
    const at = rows[0]?.['applied_at'] === undefined ? {} : { applied_at: timeLike(rows[0]['applied_at'], now, null) };
    const values = { ...newRow(id, file.text, when, rows, orderIn(project) === null), ...at };
    return [{ change: 'insert', values }];
  },
  relabel: (project, from, to, rows, known, file) =>
    relabelIn(rows, [from, to], known, file?.text ?? null, whenOf(project, to)),
  mayAppear: () => [],
  createHistoryTable: (project, engine) => historyTableSql(project.historyTable, engine, orderIn(project) === null),

  connection: addressesOf,
  program: () => null,
  point: () => ({ env: {}, files: [] }),
  carries: () => [],

  reverse({ migration: { id } }) {
    const wayOut = `write the statements that undo it into a file, then run: tidemark reconcile ${id} --with <file.sql>`;
    return { how: 'impossible', reason: 'Drizzle has no down migrations', wayOut };
  },
  losses: (_project, file) => ({ ...sqlMade(file.text), unsure: 'what undoes it is still to be written' }),
  imports: () => [],
  forward(project, file, _engine, _left, onto = { rows: [], ahead: 0 }) {
    const id = nameOf(project, file.path);
    const impossible = (reason: string, wayOut: string): Forward => ({ how: 'impossible', reason, wayOut });
    if (id === null) return impossible('it is no SQL file of a migration', `move ${file.path}`);
    const when = whenOf(project, id);
    if (when === null) return impossible('no journal that could be read names it', 'npx drizzle-kit migrate');
    const other = overtaken(project, id, onto.then ?? onto.rows);
    if (other !== null)
      return impossible(`the journal has ${other} before it, whatever their names`, 'npx drizzle-kit migrate');
    // To MySQL the mark between two statements is no comment, and not every statement before it ends with a semicolon.
    const statements = file.text.replace(/^\ufeff/, '').split('--> statement-breakpoint');
    const script = statements.map(ended).join('');
    // When it was applied is the database's to fill in.
    const values = newRow(id, file.text, when, onto.rows, orderIn(project) === null);
    return { how: 'sql', script, inTransaction: fitsTransaction(script), rows: [{ change: 'insert', values }] };
  },

  hazard(project, orphans, applied) {
    const [orphan] = orphans;
    if (orphan === undefined) return null;
    const there = new Set<string>(applied.map(({ id }) => id));
    const newest = Math.max(
      ...applied.map(({ row }) => (row === null ? Number.NaN : whenIn(row))).filter(Number.isFinite),
    );
    const skipped = (orderIn(project) ?? []).filter(
      tag => !there.has(tag) && (whenOf(project, migrationId(tag)) ?? Number.POSITIVE_INFINITY) <= newest,
    );
    const also =
      skipped.length === 0
        ? ''
        : ` It skips ${skipped.join(', ')} for good, with exit code 0, because a newer row is in the table.`;
    return `"drizzle-kit migrate" passes ${orphan} by without a word, and nothing of Drizzle's can undo it.${also}`;
  },
} satisfies Framework;
