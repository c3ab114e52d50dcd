/**
 * node-pg-migrate, for PostgreSQL. It compares the order of files and rows before every command; `down NAME --no-check-order` undoes exactly
 * one migration, in one transaction with its row, in today's tree with its file laid over it.
 */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Framework, OverlayFile, ReversalRequest } from '../contract.ts';
import { handedOn, relativeImports } from '../js-imports.ts';
import { alreadyThere, appliedIn, forgetIn, type NameTable, relabelIn, rowFor, stemOf } from '../name-rows.ts';
import { fits, pathspecOf } from '../path-globs.ts';
import { baseOf, folderOf, inFolder } from '../repository-paths.ts';
import { timeLike, timeOf } from '../row-times.ts';
import { addressesOf, detectNodePgMigrate, MARKERS } from './detect.ts';
import { lossesOf, wantsNoTransaction, wayDownOf } from './parse-migration.ts';
import { pointedArguments, pointNodePgMigrate } from './pointing.ts';

const globs = (project: Project): readonly string[] => {
  const value = project.settings['globs'];
  return Array.isArray(value) ? value : [];
};

/** Names have no extension; `run_on` has no time zone and is the server's time. */
const TABLE: NameTable = {
  idsFor: () => migrationId,
  renamed: (_stored, _from, to) => to,
  appliedAt: row => timeOf(row['run_on']),
  compare: (a, b) =>
    (timeOf(a['run_on']) ?? '').localeCompare(timeOf(b['run_on']) ?? '') || Number(a['id'] ?? 0) - Number(b['id'] ?? 0),
  key: ['id', 'name'],
};

/** The number at the head of a name; of 17 digits a moment (utils/fileNameUtils.js of 9.0.0, `getNumericPrefix`). */
function prefixOf(name: string): number {
  const [digits = '0'] = /^\d{1,300}/.exec(name) ?? [];
  const moment = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/.exec(digits);
  if (moment === null) return Number(digits);
  const [, year, month, day, hours, minutes, seconds, rest] = moment;
  return Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${rest}Z`) || Number(digits);
}

function compare(a: MigrationId, b: MigrationId): number {
  const [at, bt] = [prefixOf(a), prefixOf(b)];
  if (at !== bt) return at < bt ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

export const nodePgMigrate = {
  name: 'node-pg-migrate',
  title: 'node-pg-migrate',
  docs: [
    'https://salsita.github.io/node-pg-migrate/cli',
    'https://github.com/salsita/node-pg-migrate/blob/v9.0.0/src/runner.ts',
  ],
  engines: ['postgres'],
  support: {
    reversal: '`down NAME --no-check-order` in an overlay that has its file; also what it infers from `up`',
    checksum: null,
    hazard: 'every command refuses: `Not run migration … is preceding already run migration …`',
  },

  markers: MARKERS,
  detect: detectNodePgMigrate,

  pathspecs: project => globs(project).map(pathspecOf),
  idFrom: 'path',
  identify(project, path) {
    const name = baseOf(path);
    if (!/^\d.*\.(?:[cm]?[jt]s|sql)$/i.test(name) || /\.d\.[cm]?ts$/.test(name)) return null;
    return globs(project).some(glob => fits(glob, path)) ? migrationId(stemOf(name)) : null;
  },
  read: (_project, file) => ({ id: migrationId(stemOf(baseOf(file.path))), requires: [], replaces: [] }),
  order: 'linear',
  compare,
  namespace: () => null,
  // Files are known by their whole name, so equal numbers do not collide.
  number: () => null,

  ownsTable: columns => ['name', 'run_on'].every(column => columns.includes(column)),
  applied: (_project, rows, known) => appliedIn(TABLE, rows, known),
  forget: (_project, id, rows, known) => forgetIn(TABLE, rows, id, known),
  markApplied(_project, id, rows, known, now) {
    if (rowFor(TABLE, rows, id, known) !== null) return alreadyThere(id);
    const like = rows.find(row => row['run_on'] != null)?.['run_on'];
    return [{ change: 'insert', values: { name: id, run_on: timeLike(like ?? '', now, 'postgres') } }];
  },
  relabel: (_project, from, to, rows, known) => relabelIn(TABLE, rows, from, to, known),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({
    candidates: ['node_modules/.bin/node-pg-migrate', 'node-pg-migrate'],
    install: 'npm install node-pg-migrate',
  }),
  point: pointNodePgMigrate,
  carries(project) {
    const own = ['node_modules', '.env'].map(name => inFolder(project.root, name));
    return [...new Set([...own, 'node_modules', '.env'])];
  },

  reverse(request) {
    const { id, path, text } = request.migration;
    const way = wayDownOf(path, text);
    const wayOut = `undo it by hand, then run: tidemark forget ${id}`;
    if (way.kind === 'none') return { how: 'impossible', reason: way.reason, wayOut };
    // The command takes a number for a count, and would undo as many.
    if (!Number.isNaN(Number(id)) || id.includes('_ ')) {
      return { how: 'impossible', reason: 'the command takes its name for something else', wayOut };
    }
    const together =
      !wantsNoTransaction(text) && !pointedArguments(request.project).includes('--no-single-transaction');
    return {
      how: 'command',
      arguments: ['down', id, '--no-check-order', ...pointedArguments(request.project)],
      checkout: { kind: 'overlay', files: overlay(request) },
      atomic: together,
      ...(together ? {} : { whole: false }),
    };
  },
  losses: (_project, { path, text }) => lossesOf(path, text),
  imports: (_project, { path, text }) => (path.toLowerCase().endsWith('.sql') ? [] : relativeImports(path, text)),
  forward: (project, _file, _engine, left = []) => ({
    how: 'command',
    arguments: ['up', ...(left.length === 0 ? [] : ['--no-check-order']), ...pointedArguments(project)],
  }),

  hazard(_project, orphans) {
    const [first] = orphans;
    return first === undefined
      ? null
      : `Every "node-pg-migrate" command refuses to run now, because the file of ${first} is missing where its row stands; and "down" with a name that is not exactly a row's says "No migrations to run!" and succeeds.`;
  },
} satisfies Framework;

/** The migration's file, and where today's settings do not look, one there that hands on to it (a SQL file: itself). */
function overlay({ project, migration: { path, text, blob, commit } }: ReversalRequest): readonly OverlayFile[] {
  const own: OverlayFile = commit === null ? { path, text } : { path, blob };
  const [glob = 'migrations/*'] = globs(project);
  if (globs(project).some(each => fits(each, path))) return [own];
  const found = inFolder(folderOf(glob), baseOf(path));
  return path.toLowerCase().endsWith('.sql') ? [{ path: found, text }] : [own, handedOn(found, path, true)];
}
