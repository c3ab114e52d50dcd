/**
 * golang-migrate: a pair of SQL files for each version, which Tidemark runs itself. The table holds the newest version alone, so what
 * stands behind it is told by the files on disk, and of missing ones by what they made.
 */
import { migrationId, type Project } from '../../domain/migration.ts';
import type { FileText, Forward, Framework, Reversal } from '../contract.ts';
import { filesIn, folderOf, joined } from '../repository-paths.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { sqlMade } from '../sql-made.ts';
import { hasStatements } from '../sql-text.ts';
import { fitsTransaction } from '../sql-transaction.ts';
import { addressesOf, detectGolangMigrate, MARKERS, partOf } from './detect.ts';
import { appliedIn, compare, forgetIn, markIn, moved, relabelIn, standingIn, stored } from './rows.ts';

/** Folders of migrations, from the repository's root. */
const folders = (project: Project): readonly string[] => {
  const { migrations } = project.settings;
  return (Array.isArray(migrations) ? migrations : []).flatMap(folder => joined(folder) ?? []);
};

const downOf = ({ parts }: FileText): string | null =>
  parts?.find(({ path }) => partOf(path)?.direction === 'down')?.text ?? null;

const dirtyWayOut = (version: string): string =>
  `see which of its statements took effect, put the schema right by hand, then run: migrate … force ${version}`;

export const golangMigrate = {
  name: 'golang-migrate',
  title: 'golang-migrate',
  docs: [
    'https://github.com/golang-migrate/migrate/blob/v4.19.1/MIGRATIONS.md',
    'https://github.com/golang-migrate/migrate/blob/v4.19.1/source/parse.go',
    'https://github.com/golang-migrate/migrate/blob/v4.19.1/migrate.go',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal:
      'Tidemark runs the `.down.` file itself, and moves the version only when it was the newest; one below it has no row, and counts as applied where what it made is there',
    checksum: null,
    hazard:
      'every command refuses while the newest is missing; one below it is never noticed; without a `.down.` file the version moves and nothing is undone',
  },

  markers: MARKERS,
  detect: detectGolangMigrate,

  pathspecs: project => folders(project).flatMap(folder => [filesIn(folder, '.up.*'), filesIn(folder, '.down.*')]),
  idFrom: 'path',
  identify(project, path) {
    const part = folders(project).includes(folderOf(path)) ? partOf(path) : null;
    return part?.direction === 'up' ? migrationId(part.version) : null;
  },
  partsOf(_project, path, paths) {
    const up = partOf(path);
    if (up?.direction !== 'up') return [];
    return paths.filter(other => {
      const part = folderOf(other) === folderOf(path) ? partOf(other) : null;
      return part?.direction === 'down' && part.version === up.version;
    });
  },
  read(_project, file) {
    const version = partOf(file.path)?.version;
    if (version === undefined) return { path: file.path, reason: 'its name does not begin with a version and "_"' };
    return { id: migrationId(version), requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: id => id,

  ownsTable: columns => ['version', 'dirty'].every(column => columns.includes(column)),
  makes: file => sqlMade(file.text),
  applied: (_project, rows, known) => appliedIn(rows, known),
  forget: (_project, id, rows, known) => forgetIn(rows, id, known),
  markApplied: (_project, id, rows, known) => markIn(rows, id, known),
  relabel: (_project, from, to, rows, known) => relabelIn(rows, from, to, known),
  mayAppear: () => [],
  createHistoryTable({ historyTable }, engine) {
    const quote = (name: string) =>
      engine === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;
    const table = [historyTable.schema, historyTable.name]
      .flatMap(name => (name === null ? [] : quote(name)))
      .join('.');
    if (engine !== 'sqlite')
      return `CREATE TABLE ${table} (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);`;
    return `CREATE TABLE ${table} (version uint64, dirty bool);\nCREATE UNIQUE INDEX version_unique ON ${table} (version);`;
  },

  connection: addressesOf,
  program: () => null,
  point: () => ({ env: {}, files: [] }),
  carries: () => [],

  reverse({ migration, all, applied }): Reversal {
    const { id } = migration;
    const impossible = (reason: string, wayOut: string) => ({ how: 'impossible', reason, wayOut }) as const;
    const failed = applied.find(each => each.state === 'failed');
    if (failed !== undefined) {
      return impossible(
        `the history table is dirty at ${failed.id}: something failed half-way there`,
        dirtyWayOut(failed.id),
      );
    }
    const down = downOf(migration);
    if (down === null || !hasStatements(down)) {
      const reason = down === null ? 'it has no .down. file' : 'its .down. file is empty';
      return impossible(
        `${reason}, so nothing would be undone`,
        `write the statements that undo it by hand, then run: tidemark ignore ${id}`,
      );
    }
    const before = new Set(
      all
        .slice(
          0,
          all.findIndex(each => each.id === id),
        )
        .map(each => each.id),
    );
    const standing = applied.map(each => each.id).filter(each => !before.has(each));
    const [newest] = standing.slice(-1);
    const row = applied.find(each => each.row !== null)?.row ?? null;
    const rows = newest !== id || row === null ? [] : moved({ ...row, version: stored(id) }, standing.at(-2) ?? null);
    return { how: 'sql', script: down, inTransaction: fitsTransaction(down), rows };
  },
  losses: (_project, file) => sqlLosses(downOf(file) ?? '', sqlAddedColumns(file.text)),
  imports: () => [],
  forward(_project, file, _engine, _left, onto): Forward {
    const version = partOf(file.path)?.version;
    if (version === undefined) {
      return { how: 'impossible', reason: 'its name has no version', wayOut: `rename ${file.path}` };
    }
    const id = migrationId(version);
    const standing = standingIn(onto?.then ?? []);
    if (standing?.dirty === true) {
      const reason = `the history table is dirty at ${standing.version}: something failed half-way there`;
      return { how: 'impossible', reason, wayOut: dirtyWayOut(standing.version) };
    }
    const isBelow = standing !== null && compare(id, migrationId(standing.version)) < 0;
    const rows = isBelow ? [] : moved(standing?.row ?? null, id);
    return { how: 'sql', script: file.text, inTransaction: fitsTransaction(file.text), rows };
  },

  hazard(_project, orphans, applied) {
    const newest = applied.at(-1)?.id;
    const below = orphans.filter(id => id !== newest);
    const says: string[] = [];
    if (newest !== undefined && orphans.includes(newest)) {
      says.push(`Every command of golang-migrate refuses, as it has no file for ${newest}.`);
    }
    const those = below.length === 1 ? `${below[0]} was` : `${below.length} others were`;
    if (below.length > 0) {
      says.push(
        `Its table holds the newest version only: that ${those} applied is told by the schema or by Tidemark's own record, and golang-migrate will never reverse it.`,
      );
    }
    return says.length === 0 ? null : says.join(' ');
  },
} satisfies Framework;
