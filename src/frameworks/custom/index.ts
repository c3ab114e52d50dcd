/** A migration tool that only the settings know: its files, table and commands are declared in `tidemark.config.json`. Nothing declared is run to report. */
import { createHash } from 'node:crypto';
import { type MigrationId, migrationId, type Project, type Row } from '../../domain/migration.ts';
import type { FileText, Forward, Framework, Reversal, RowsOrReason, Target } from '../contract.ts';
import { withEitherLineEnding } from '../line-endings.ts';
import { baseOf, filesIn, folderOf } from '../repository-paths.ts';
import { timeLike, timeOf } from '../row-times.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { hasStatements } from '../sql-text.ts';
import { fitsTransaction } from '../sql-transaction.ts';
import { sectionsOf } from './sections.ts';
import { type Declared, declaredBy, idIn, projectsIn } from './settings.ts';

/** Numbers as numbers, all else as text. */
function compare(a: MigrationId, b: MigrationId): number {
  const [left, right] = [a, b].map(id => (/^\d{1,40}/.exec(id)?.[0] ?? '').replace(/^0+(?=\d)/, ''));
  if (left !== undefined && right !== undefined && left !== '' && right !== '' && left !== right)
    return left.length === right.length ? (left < right ? -1 : 1) : left.length - right.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

const idOf = (declared: Declared | null, row: Row): MigrationId | null => {
  const cell = declared === null ? null : row[declared.id];
  return (typeof cell === 'string' && cell !== '') || typeof cell === 'number' ? migrationId(String(cell)) : null;
};

function rowFor(project: Project, rows: readonly Row[], id: MigrationId): Row | null {
  const declared = declaredBy(project);
  return rows.find(row => idOf(declared, row) === id) ?? null;
}

/** The id of a file by its path; null when it is no migration, or undoes another. */
function idFor(project: Project, path: string): MigrationId | null {
  const declared = declaredBy(project);
  if (declared === null || !declared.folders.includes(folderOf(path))) return null;
  const name = baseOf(path);
  const id = idIn(declared.undoFiles, name) === null ? idIn(declared.files, name) : null;
  return id === null ? null : migrationId(id);
}

const notThere = (id: MigrationId): RowsOrReason => ({ reason: `the history table has no row for ${id}` });

const digest = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex');

/** What a row says of a file beside its id. */
function sumOf({ checksum }: Declared, file: FileText | undefined): Row {
  if (checksum === null || file === undefined) return {};
  return { [checksum.column]: digest(checksum.algorithm, new TextEncoder().encode(file.text)) };
}

const filled = (words: readonly string[], project: Project, id: string, path: string): readonly string[] => {
  const own = project.root !== '.' && path.startsWith(`${project.root}/`) ? path.slice(project.root.length + 1) : path;
  return words.map(word => word.replaceAll('{id}', id).replaceAll('{file}', own));
};

/** The database in pieces, and as an address, for the environment alone. */
function environmentOf({
  engine,
  database,
  host,
  port,
  socket,
  user,
  password,
}: Target): Readonly<Record<string, string>> {
  const pieces = {
    ENGINE: engine,
    NAME: database,
    HOST: host,
    PORT: port,
    SOCKET: socket,
    USER: user,
    PASSWORD: password,
  };
  const env = Object.entries(pieces).map(([name, value]) => [`TIDEMARK_DB_${name}`, String(value ?? '')] as const);
  const who =
    user === null ? '' : `${encodeURIComponent(user)}${password === null ? '' : `:${encodeURIComponent(password)}`}@`;
  const place = socket === null ? `${host ?? 'localhost'}${port === null ? '' : `:${port}`}` : '';
  const tail = socket === null ? '' : `?${engine === 'postgres' ? 'host' : 'socket'}=${encodeURIComponent(socket)}`;
  const url =
    engine === 'sqlite' ? `sqlite:${database}` : `${engine}://${who}${place}/${encodeURIComponent(database)}${tail}`;
  return { ...Object.fromEntries(env), DATABASE_URL: url };
}

export const custom = {
  name: 'custom',
  title: 'custom',
  docs: ['https://git-scm.com/docs/gitglossary#Documentation/gitglossary.txt-pathspec'],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal:
      'the declared command, in an overlay that has the missing file; or its SQL, which Tidemark runs in one transaction with the row',
    checksum: 'as declared: MD5, SHA-1, SHA-256 or SHA-512 of the file',
    hazard: 'nobody knows',
  },

  markers: [':(top,literal)tidemark.config.json', ':(top,literal)package.json'],
  detect: projectsIn,

  pathspecs: project => (declaredBy(project)?.folders ?? []).map(folder => filesIn(folder, '')),
  idFrom: 'path',
  identify: (project, path) => idFor(project, path),
  partsOf(project, path, paths) {
    const declared = declaredBy(project);
    const id = idFor(project, path);
    if (declared?.undoFiles == null || id === null) return [];
    return paths.filter(other => folderOf(other) === folderOf(path) && idIn(declared.undoFiles, baseOf(other)) === id);
  },
  read(project, file) {
    const id = idFor(project, file.path);
    if (id === null) return { path: file.path, reason: 'its name does not match "files" of the settings' };
    const declared = declaredBy(project);
    if (declared?.up != null && sectionsOf(declared, file).up === null) {
      return { path: file.path, reason: `it has no line that begins with "${declared.up}"` };
    }
    return { id, requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: id => /^\d{1,40}/.exec(id)?.[0] ?? null,

  applied(project, rows) {
    const declared = declaredBy(project);
    const applied = rows.flatMap(row => {
      const id = idOf(declared, row);
      const sum = declared?.checksum == null ? null : (row[declared.checksum.column] ?? null);
      const written = sum !== null && typeof sum === 'object' ? sum.hex : sum;
      const fingerprint = typeof written === 'string' ? written.toLowerCase() : null;
      const appliedAt = declared?.appliedAt == null ? null : timeOf(row[declared.appliedAt]);
      return id === null ? [] : [{ id, appliedAt, fingerprint, state: 'applied' as const, row }];
    });
    return applied.sort((a, b) => compare(a.id, b.id));
  },
  fingerprints(project, _path, bytes) {
    const checksum = declaredBy(project)?.checksum ?? null;
    if (checksum === null) return [];
    return withEitherLineEnding(bytes).map(each => digest(checksum.algorithm, each));
  },
  forget(project, id, rows) {
    const row = rowFor(project, rows, id);
    return row === null ? notThere(id) : [{ change: 'delete', where: row }];
  },
  markApplied(project, id, rows, _known, now, file) {
    const declared = declaredBy(project);
    if (declared === null || rowFor(project, rows, id) !== null) {
      return { reason: `the history table already has a row for ${id}` };
    }
    const time =
      declared.appliedAt === null
        ? {}
        : { [declared.appliedAt]: timeLike(rows[0]?.[declared.appliedAt] ?? '', now, null) };
    return [{ change: 'insert', values: { [declared.id]: id, ...time, ...sumOf(declared, file) } }];
  },
  relabel(project, from, to, rows, _known, file) {
    const declared = declaredBy(project);
    const row = rowFor(project, rows, from);
    if (declared === null || row === null) return notThere(from);
    if (rowFor(project, rows, to) !== null) return { reason: `the history table already has a row for ${to}` };
    return [{ change: 'update', where: row, set: { [declared.id]: to, ...sumOf(declared, file) } }];
  },
  mayAppear: () => [],
  createHistoryTable: () => null,

  connection: () => [],
  program(project) {
    const [first] = declaredBy(project)?.program ?? [];
    return first === undefined
      ? null
      : { candidates: [first], install: 'install it, or correct "program" in the settings' };
  },
  point: (project, target) => ({ env: declaredBy(project)?.program == null ? {} : environmentOf(target), files: [] }),
  carries: () => [],

  reverse({ project, migration, applied }): Reversal {
    const { id, path } = migration;
    const declared = declaredBy(project);
    const forgetIt = `write the statements that undo it by hand, then run: tidemark forget ${id}`;
    if (declared === null)
      return { how: 'impossible', reason: 'its settings are not whole', wayOut: 'tidemark doctor' };
    const { down } = sectionsOf(declared, migration);
    // Its own command would take the row away for nothing.
    if (down !== null && !hasStatements(down)) {
      return { how: 'impossible', reason: 'the SQL that undoes it is empty', wayOut: forgetIt };
    }
    if (declared.reverse !== null) {
      // A name that begins so would be taken for an option.
      if (id.startsWith('-')) return { how: 'impossible', reason: 'its id begins with "-"', wayOut: forgetIt };
      const files = [
        { path, text: migration.text },
        ...(migration.parts ?? []).map(part => ({ path: part.path, text: part.text })),
      ];
      const words = filled(declared.reverse, project, id, path);
      return { how: 'command', arguments: words, checkout: { kind: 'overlay', files }, atomic: false };
    }
    if (down === null) return { how: 'impossible', reason: 'it has no SQL that undoes it', wayOut: forgetIt };
    const where = applied.find(each => each.id === id)?.row ?? { [declared.id]: id };
    return { how: 'sql', script: down, inTransaction: fitsTransaction(down), rows: [{ change: 'delete', where }] };
  },
  losses(project, file) {
    const declared = declaredBy(project);
    const { up, down } = declared === null ? { up: null, down: null } : sectionsOf(declared, file);
    if (down === null) return { tables: [], columns: [], unsure: 'it is reversed by a program' };
    return sqlLosses(down, sqlAddedColumns(up ?? ''));
  },
  imports: () => [],
  forward(project, file): Forward {
    const declared = declaredBy(project);
    const id = idFor(project, file.path);
    if (declared?.forward != null) {
      return { how: 'command', arguments: filled(declared.forward, project, id ?? '', file.path) };
    }
    const up = declared === null || id === null ? null : sectionsOf(declared, file).up;
    if (declared === null || id === null || up === null) {
      const wayOut = 'apply it with its own tool, and leave it out here: tidemark reconcile --no-apply';
      return { how: 'impossible', reason: 'the settings say no way to apply it', wayOut };
    }
    // A column for the time is filled by its default.
    const values = { [declared.id]: id, ...sumOf(declared, file) };
    return { how: 'sql', script: up, inTransaction: fitsTransaction(up), rows: [{ change: 'insert', values }] };
  },

  hazard: () => null,
} satisfies Framework;
