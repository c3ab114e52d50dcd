/**
 * TypeORM. Its command reverses the newest row only; so a script of Tidemark's loads the project's own data source, pointed at the
 * database of the run, and reverses exactly one migration and its row in one transaction.
 */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Framework, OverlayFile, ReversalRequest } from '../contract.ts';
import { uselessness } from '../js-down.ts';
import { relativeImports } from '../js-imports.ts';
import { lossesByWords } from '../js-losses.ts';
import { fits, pathspecOf } from '../path-globs.ts';
import { inFolder } from '../repository-paths.ts';
import { addressesOf, detectTypeorm, MARKERS } from './detect.ts';
import { EXECUTOR, pointTypeorm } from './executor.ts';
import { migrationsIn, timestampOf } from './parse-migration.ts';
import { appliedIn, forgetIn, markAppliedIn, relabelIn } from './rows.ts';

const globs = (project: Project): readonly string[] => {
  const value = project.settings['globs'];
  return Array.isArray(value) ? value : [];
};

const WORDS = {
  dropTable: /^dropTable$/,
  dropColumn: /^dropColumns?$/,
  sql: /^query$/,
  changing:
    /^(?:clear\w+|dropSchema|dropDatabase|changeColumns?|delete|remove|softDelete|update|insert|save|upsert|execute|increment|decrement)$/,
  harmless: ['queryRunner', 'Table', 'TableColumn', 'TableIndex', 'TableForeignKey'],
} as const;

/** By the time stamp that a migration's name ends in, as TypeORM runs them. */
function compare(a: MigrationId, b: MigrationId): number {
  const [at, bt] = [timestampOf(a) ?? '', timestampOf(b) ?? ''];
  if (at !== bt) return at < bt ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

export const typeorm = {
  name: 'typeorm',
  title: 'TypeORM',
  docs: [
    'https://typeorm.io/docs/migrations/why/',
    'https://github.com/typeorm/typeorm/blob/1.1.1/src/migration/MigrationExecutor.ts',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal:
      "a script that loads the project's data source and runs one migration's `down` and deletes its row, in one transaction",
    checksum: null,
    hazard: '`migration:revert` knows the newest row only: it reverses another migration, or fails',
  },

  markers: MARKERS,
  detect: detectTypeorm,

  pathspecs: project => globs(project).map(pathspecOf),
  idFrom: 'text',
  identify(project, path, text) {
    if (text === null || /\.d\.[cm]?ts$/.test(path) || !globs(project).some(glob => fits(glob, path))) return null;
    const [migration, ...more] = migrationsIn(text);
    return migration === undefined || more.length > 0 ? null : migrationId(migration.name);
  },
  read(_project, { path, text }) {
    const [migration, ...more] = migrationsIn(text);
    if (migration === undefined) {
      return { path, reason: 'it has no class with an "up" method', passedOver: true };
    }
    if (more.length > 0)
      return { path, reason: `it holds ${more.length + 1} migrations, and Tidemark reads one a file` };
    return timestampOf(migration.name) === null
      ? { path, reason: `the name ${migration.name} does not end in a time stamp, and TypeORM refuses it` }
      : { id: migrationId(migration.name), requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  // Rows are found by the whole name, so equal time stamps do not collide.
  number: () => null,

  ownsTable: columns => ['timestamp', 'name'].every(column => columns.includes(column)),
  applied: (_project, rows) => appliedIn(rows),
  forget: (_project, id, rows) => forgetIn(rows, id),
  markApplied: (_project, id, rows) => markAppliedIn(rows, id),
  relabel: (_project, from, to, rows) => relabelIn(rows, from, to),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({ candidates: ['node'], install: 'install Node.js' }),
  point: pointTypeorm,
  carries(project) {
    const own = ['node_modules', '.env'].map(name => inFolder(project.root, name));
    return [...new Set([...own, 'node_modules', '.env'])];
  },

  reverse(request) {
    const { migration, project, engine } = request;
    const found = migrationsIn(migration.text).find(each => each.name === migration.id);
    const byHand = `undo it by hand, then run: tidemark forget ${migration.id}`;
    const impossible = (reason: string) => ({ how: 'impossible' as const, reason, wayOut: byHand });
    if (found === undefined) return impossible('its file has no class of that name');
    if (found.down.kind === 'missing') return impossible('its class has no down method');
    const useless = found.down.kind === 'body' ? uselessness(found.down.tokens) : null;
    if (useless === 'empty') return impossible('its down method is empty');
    if (useless === 'throws') return impossible('its down method only throws an error');
    const together = found.transaction && project.settings['transactions'] !== 'no';
    const words = ['down', migration.id, `{worktree}/${migration.path}`, together ? 'together' : 'apart'];
    return {
      how: 'command',
      arguments: [EXECUTOR, ...words],
      checkout: { kind: 'overlay', files: overlay(request) },
      atomic: together && engine !== 'mysql',
      ...(together ? {} : { whole: false }),
    };
  },
  losses: (_project, file) => lossesByWords(file.text, WORDS),
  imports: (_project, file) => relativeImports(file.path, file.text),
  forward: () => ({ how: 'command', arguments: [EXECUTOR, 'up'] }),

  hazard(_project, orphans, applied) {
    const last = applied.at(-1)?.id;
    const [first] = orphans;
    if (first === undefined || last === undefined) return null;
    return orphans.includes(last)
      ? `"typeorm migration:revert" fails now ("No migration ${last} was found in the source code").`
      : `"typeorm migration:revert" reverses ${last} now, not ${first}: it knows the newest row only.`;
  },
} satisfies Framework;

/** The migration's own file, where it lay: the script is told where. */
const overlay = ({ migration: { path, text, blob, commit } }: ReversalRequest): readonly OverlayFile[] => [
  commit === null ? { path, text } : { path, blob },
];
