/**
 * Prisma Migrate. It has no way down: a migration that lies in the database only is undone by SQL that a person writes, or by a `down.sql` beside
 * it, which Prisma's guide proposes and no command of Prisma's reads. Tidemark runs it together with the removal of the history rows.
 */
import { type MigrationId, migrationId, type Project, type TableName } from '../../domain/migration.ts';
import type { FileText, Framework, Reversal } from '../contract.ts';
import { baseOf, folderOf } from '../repository-paths.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { sqlMade } from '../sql-made.ts';
import { ended, hasStatements } from '../sql-text.ts';
import { fitsTransaction } from '../sql-transaction.ts';
import { addressesOf, detectPrisma, MARKERS } from './detect.ts';
import { alreadyThere, appliedIn, checksumsOf, forgetIn, newRow, nowIn, relabelIn, timeLike } from './rows.ts';

/** The folder of migrations, from the repository's root. */
const folderIn = ({ settings: { migrations } }: Project): string =>
  typeof migrations === 'string' ? migrations : 'prisma/migrations';

/** Name of the migration at a path; null for other files. */
const nameOf = (project: Project, path: string): MigrationId | null => {
  const folder = folderOf(path);
  const isOne = baseOf(path) === 'migration.sql' && folder !== '.' && folderOf(folder) === folderIn(project);
  return isOne ? migrationId(baseOf(folder)) : null;
};

const downOf = (file: FileText) => (file.parts ?? []).find(part => baseOf(part.path) === 'down.sql') ?? null;

const byName = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const quotedBy = (mark: string) => (name: string) => `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;

const tableIn = ({ schema, name }: TableName, mark: string): string =>
  [schema, name].flatMap(each => (each === null ? [] : quotedBy(mark)(each))).join('.');

const text = (value: unknown): string => `'${String(value).replaceAll("'", "''")}'`;

export const prisma = {
  name: 'prisma',
  title: 'Prisma Migrate',
  docs: [
    'https://www.prisma.io/docs/orm/prisma-migrate/workflows/generating-down-migrations',
    'https://github.com/prisma/prisma-engines/blob/main/schema-engine/connectors/schema-connector/src/checksum.rs',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal:
      'SQL written by hand (`--with`, `--edit`), or a `down.sql` beside the migration, run by Tidemark in one transaction with the history rows',
    checksum: 'SHA-256 of migration.sql: tells which version was applied, and edits',
    hazard: 'there is none; `migrate status` says "up to date", and `migrate dev` wants to reset the whole database',
  },

  markers: MARKERS,
  detect: detectPrisma,

  pathspecs: project => {
    const folder = folderIn(project).replace(/[\\*?[\]]/g, '\\$&');
    const below = folder === '.' ? '' : `${folder}/`;
    return ['migration.sql', 'down.sql'].map(name => `:(glob)${below}*/${name}`);
  },
  idFrom: 'path',
  identify: nameOf,
  partsOf(project, path, paths) {
    const down = `${folderOf(path)}/down.sql`;
    return nameOf(project, path) !== null && paths.includes(down) ? [down] : [];
  },
  read(project, file) {
    const id = nameOf(project, file.path);
    if (id === null) return { path: file.path, reason: 'it is no migration.sql in a folder of its own' };
    return { id, requires: [], replaces: [] };
  },
  order: 'linear',
  compare: byName,
  namespace: () => null,
  // Migrations are known by their whole name, so equal times do not collide.
  number: () => null,

  ownsTable: columns => ['migration_name', 'checksum', 'finished_at'].every(column => columns.includes(column)),
  applied: (_project, rows) => appliedIn(rows),
  fingerprints: (_project, _path, bytes) => checksumsOf(bytes),
  forget: (_project, id, rows) => forgetIn(rows, id),
  markApplied(_project, id, rows, _known, now, file) {
    if (appliedIn(rows).some(each => each.id === id)) return alreadyThere(id);
    if (file === undefined) return { reason: 'its row holds the checksum of its file, which is not there' };
    const at = timeLike(rows[0]?.['started_at'], now);
    const values = { ...newRow(id, file.text, rows.length), started_at: at, finished_at: at, logs: '' };
    return [{ change: 'insert', values }];
  },
  relabel: (_project, from, to, rows, _known, file) => relabelIn(rows, from, to, file?.text ?? null),
  mayAppear: () => [],
  createHistoryTable({ historyTable }, engine) {
    const table = tableIn(historyTable, engine === 'mysql' ? '`' : '"');
    const [key, short, name, time, now, count] = {
      sqlite: ['TEXT', 'TEXT', 'TEXT', 'DATETIME', 'current_timestamp', 'INTEGER UNSIGNED'],
      postgres: ['VARCHAR(36)', 'VARCHAR(64)', 'VARCHAR(255)', 'TIMESTAMPTZ', 'now()', 'INTEGER'],
      mysql: ['VARCHAR(36)', 'VARCHAR(64)', 'VARCHAR(255)', 'DATETIME(3)', 'CURRENT_TIMESTAMP(3)', 'INTEGER UNSIGNED'],
    }[engine];
    return `CREATE TABLE ${table} (id ${key} PRIMARY KEY NOT NULL, checksum ${short} NOT NULL, finished_at ${time} NULL, migration_name ${name} NOT NULL, logs TEXT NULL, rolled_back_at ${time} NULL, started_at ${time} NOT NULL DEFAULT ${now}, applied_steps_count ${count} NOT NULL DEFAULT 0);`;
  },

  connection: addressesOf,
  program: () => null,
  point: () => ({ env: {}, files: [] }),
  carries: () => [],

  reverse({ migration, applied }) {
    const { id } = migration;
    const wayOut = `write the statements that undo it into a file, then run: tidemark reconcile ${id} --with <file.sql>`;
    const impossible = (reason: string): Reversal => ({ how: 'impossible', reason, wayOut });
    const down = downOf(migration);
    if (down === null) return impossible('Prisma has no down migrations, and no down.sql lies beside it');
    if (!hasStatements(down.text)) return impossible('its down.sql is empty');
    const rows = forgetIn(
      applied.map(each => each.row).filter(row => row !== null),
      id,
    );
    if ('reason' in rows) return impossible(rows.reason);
    return { how: 'sql', script: down.text, inTransaction: fitsTransaction(down.text), rows };
  },
  losses(_project, file) {
    const down = downOf(file);
    if (down !== null) return sqlLosses(down.text, sqlAddedColumns(file.text));
    return { ...sqlMade(file.text), unsure: 'what undoes it is still to be written' };
  },
  imports: () => [],
  forward(project, file, engine, _left, onto = { rows: [], ahead: 0 }) {
    const id = nameOf(project, file.path);
    if (id === null)
      return {
        how: 'impossible',
        reason: 'it is no migration.sql in a folder of its own',
        wayOut: `move ${file.path}`,
      };
    const row = newRow(id, file.text, onto.rows.length + onto.ahead);
    const table = tableIn(project.historyTable, engine === 'mysql' ? '`' : '"');
    const now = nowIn(engine, onto.rows);
    const [key, columns] = [text(row['id']), 'id, checksum, migration_name, started_at, applied_steps_count'];
    // The row is begun first and finished last, as Prisma does: what fails half-way is then "failed" for it too.
    const begun = `INSERT INTO ${table} (${columns}) VALUES (${key}, ${text(row['checksum'])}, ${text(id)}, ${now}, 0);`;
    const finished = `UPDATE ${table} SET finished_at = ${now} WHERE id = ${key};`;
    return {
      how: 'sql',
      script: `${begun}\n${ended(file.text.replace(/^\ufeff/, ''))}${finished}\n`,
      inTransaction: fitsTransaction(file.text),
      rows: [{ change: 'update', where: { id: row['id'] ?? '' }, set: { applied_steps_count: 1 } }],
    };
  },

  hazard(_project, orphans) {
    const [orphan] = orphans;
    if (orphan === undefined) return null;
    return `"prisma migrate status" and "migrate deploy" pass ${orphan} by without a word, and "migrate dev" wants to reset the whole database over it.`;
  },
} satisfies Framework;
