/** refinery: forward only, by its own design. What it applied is told by its checksum; there is no down file to run. */
import {
  type AppliedMigration,
  type Engine,
  type MigrationId,
  migrationId,
  type Project,
  type Row,
  type TableName,
} from '../../domain/migration.ts';
import type { Framework, RowsOrReason } from '../contract.ts';
import { withEitherLineEnding } from '../line-endings.ts';
import { inFolder, joined } from '../repository-paths.ts';
import { timeOf } from '../row-times.ts';
import { checksumOf } from './checksum.ts';
import { addressesOf, detectRefinery, MARKERS, partsOfName } from './detect.ts';

const folders = (project: Project): readonly string[] => {
  const { migrations } = project.settings;
  return (Array.isArray(migrations) ? migrations : []).flatMap(folder => joined(folder) ?? []);
};

const isCode = (path: string): boolean => path.endsWith('.rs');

/** As the row has it: a whole number of 32 bits, or of 64 where it is built so. */
function versionOf(path: string): bigint | null {
  const version = partsOfName(path)?.version ?? '';
  return /^\d{1,19}$/.test(version) && BigInt.asIntN(64, BigInt(version)) === BigInt(version) ? BigInt(version) : null;
}

const compare = (a: MigrationId, b: MigrationId): number =>
  a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length;

const versionIn = ({ version }: Row): MigrationId | null =>
  typeof version === 'number' || (typeof version === 'string' && version !== '') ? migrationId(String(version)) : null;

const rowOf = (rows: readonly Row[], id: MigrationId): Row | null => rows.find(row => versionIn(row) === id) ?? null;

const notThere = (id: MigrationId): RowsOrReason => ({ reason: `the history table has no row for ${id}` });

const isWide = (version: bigint): boolean => BigInt.asIntN(32, version) !== version;

/** Line endings as they are and as git may have written them; both widths of the version. */
function checksums(path: string, bytes: Uint8Array): readonly string[] {
  const [version, name] = [versionOf(path), partsOfName(path)?.name];
  if (version === null || name === undefined || isCode(path)) return [];
  return withEitherLineEnding(bytes).flatMap(form =>
    (isWide(version) ? [true] : [false, true]).map(wide => checksumOf(name, version, form, wide)),
  );
}

const quotedTable = ({ schema, name }: TableName, engine: Engine): string => {
  const mark = engine === 'mysql' ? '`' : '"';
  const quoted = (part: string) => `${mark}${part.replaceAll(mark, mark + mark)}${mark}`;
  return [schema, name].flatMap(part => (part === null ? [] : quoted(part))).join('.');
};

/** Now as RFC 3339 in UTC: refinery cannot read its own table with anything else there. */
const NOW: Readonly<Record<Engine, string>> = {
  sqlite: "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
  postgres: `to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
  mysql: "DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%sZ')",
};

export const refinery = {
  name: 'refinery',
  title: 'refinery',
  docs: [
    'https://docs.rs/refinery/0.9.2/refinery/',
    'https://github.com/rust-db/refinery/blob/0.9.2/refinery_core/src/runner.rs',
    'https://github.com/rust-db/refinery/blob/0.9.2/refinery_core/src/util.rs',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: 'not: it has no down files; the row is forgotten, or relabelled with a new checksum',
    checksum: 'SipHash-1-3 of name, version and SQL: tells which version was applied, and edits',
    hazard:
      'has no rollback; the library refuses to run while an applied file is missing, the command line does not mention it',
  },

  markers: MARKERS,
  detect: detectRefinery,

  pathspecs: project =>
    folders(project).flatMap(folder =>
      ['sql', 'rs'].map(
        ending => `:(glob)${inFolder(folder.replace(/[\\*?[\]]/g, '\\$&'), `**/[UV][0-9]*__*.${ending}`)}`,
      ),
    ),
  idFrom: 'path',
  identify(project, path) {
    const version = folders(project).some(folder => folder === '.' || path.startsWith(`${folder}/`))
      ? versionOf(path)
      : null;
    return version === null ? null : migrationId(version.toString());
  },
  read(_project, file) {
    const version = versionOf(file.path);
    if (version === null) return { path: file.path, reason: 'its version is no whole number' };
    return { id: migrationId(version.toString()), requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: id => id,

  applied(_project, rows) {
    const applied = rows.flatMap((row): AppliedMigration[] => {
      const id = versionIn(row);
      const { checksum, applied_on: at } = row;
      const fingerprint = typeof checksum === 'string' && checksum !== '' ? checksum : null;
      return id === null ? [] : [{ id, appliedAt: timeOf(at), fingerprint, state: 'applied', row }];
    });
    return applied.sort((a, b) => compare(a.id, b.id));
  },
  fingerprints: (_project, path, bytes) => checksums(path, bytes),
  forget(_project, id, rows) {
    const row = rowOf(rows, id);
    return row === null ? notThere(id) : [{ change: 'delete', where: { version: row['version'] ?? id } }];
  },
  markApplied(_project, id, rows, _known, now, file) {
    if (rowOf(rows, id) !== null) return { reason: `the history table already has a row for ${id}` };
    const [checksum] = file === undefined ? [] : checksums(file.path, new TextEncoder().encode(file.text));
    if (file === undefined || checksum === undefined) return { reason: 'the checksum of its file cannot be told' };
    const values = { version: Number(id), name: partsOfName(file.path)?.name ?? '', applied_on: now, checksum };
    return [{ change: 'insert', values }];
  },
  relabel(_project, from, to, rows, _known, file) {
    const row = rowOf(rows, from);
    if (row === null) return notThere(from);
    if (rowOf(rows, to) !== null) return { reason: `the history table already has a row for ${to}` };
    const where = { version: row['version'] ?? from };
    const version = typeof row['version'] === 'string' ? to : Number(to);
    if (file === undefined) return [{ change: 'update', where, set: { version } }];
    // The checksum covers version and name: refinery would call the old one divergent.
    const [checksum] = checksums(file.path, new TextEncoder().encode(file.text));
    if (checksum === undefined) return { reason: `the checksum of ${file.path} cannot be told: it is Rust code` };
    return [{ change: 'update', where, set: { version, name: partsOfName(file.path)?.name ?? '', checksum } }];
  },
  mayAppear: () => [],
  createHistoryTable: ({ historyTable }, engine) =>
    `CREATE TABLE ${quotedTable(historyTable, engine)} (version ${engine === 'mysql' ? 'int' : 'int4'} PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));`,

  connection: addressesOf,
  program: () => null,
  point: () => ({ env: {}, files: [] }),
  carries: () => [],

  reverse: ({ migration: { id } }) => ({
    how: 'impossible',
    reason: 'refinery has no down files',
    wayOut: `write the statements that undo it by hand, then run: tidemark forget ${id}`,
  }),
  losses: (_project, file) => ({
    tables: [],
    columns: [],
    unsure: isCode(file.path) ? 'it is Rust code' : 'it has no down file',
  }),
  imports: () => [],
  forward(project, file, engine) {
    const [version, name] = [versionOf(file.path), partsOfName(file.path)?.name];
    const [checksum] = checksums(file.path, new TextEncoder().encode(file.text));
    if (version === null || name === undefined || checksum === undefined) {
      const wayOut = isCode(file.path) ? 'start the program that it is built into' : `correct ${file.path}`;
      const reason = isCode(file.path) ? 'it is Rust code' : 'its version is no whole number';
      return { how: 'impossible', reason, wayOut };
    }
    // The row is written by the script, as its time must be that of the application.
    const row = `INSERT INTO ${quotedTable(project.historyTable, engine)} (version, name, applied_on, checksum) VALUES (${version}, '${name}', ${NOW[engine]}, '${checksum}');`;
    return { how: 'sql', script: `${file.text}\n;\n${row}\n`, inTransaction: true, rows: [] };
  },

  hazard(_project, orphans) {
    const [orphan] = orphans;
    return orphan === undefined
      ? null
      : `A program with refinery refuses to start, as ${orphan} is applied and missing here; "refinery migrate" goes on without a word.`;
  },
} satisfies Framework;
