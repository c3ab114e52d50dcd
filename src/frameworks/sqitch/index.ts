/** Sqitch on PostgreSQL: changes by name, in the order of a plan file; its own client runs the scripts, so its own command reverses the newest. */
import { createHash } from 'node:crypto';
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { FileText, Framework, OverlayFile, Reversal, ReversalRequest, Target } from '../contract.ts';
import { withEitherLineEnding } from '../line-endings.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { addressesOf, detectSqitch, MARKERS } from './detect.ts';
import { inTransactionOfOurs, reverseInPlace } from './in-place.ts';
import { appliedIn, changeIdOf, forgetIn, markIn, relabelIn, renamedIn, requiredBy } from './rows.ts';

const said = ({ settings }: Project, key: string): string =>
  typeof settings[key] === 'string' ? String(settings[key]) : '';

const order = ({ settings }: Project): readonly string[] =>
  Array.isArray(settings['order']) ? (settings['order'] as readonly string[]) : [];

/** Name of the script at a path in one of the three folders; null elsewhere. Names may have folders in them. */
function nameIn(project: Project, kind: 'deploy' | 'revert' | 'verify', path: string): string | null {
  const [folder, ending] = [said(project, kind), `.${said(project, 'extension')}`];
  const inside = folder === '.' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : '';
  return inside.endsWith(ending) && inside.length > ending.length ? inside.slice(0, -ending.length) : null;
}

const sha1 = (bytes: Uint8Array | string): string => createHash('sha1').update(bytes).digest('hex');

/** Arguments of a command on the registry whose rows were read, whatever else the configuration says. */
const commandOf = (project: Project, ...words: readonly string[]): readonly string[] => [
  ...words,
  '--registry',
  project.historyTable.schema ?? 'sqitch',
];

/** The plan as it lies in the working tree: what is pending may be in it and not be committed yet. */
const planFile = (project: Project): OverlayFile => ({ path: said(project, 'planFile'), text: said(project, 'plan') });

const impossible = (reason: string, wayOut: string): Extract<Reversal, { how: 'impossible' }> => ({
  how: 'impossible',
  reason,
  wayOut,
});

/** In place of the revert script of one that is not to go: the command stops at it before anything is changed. */
const guard = (id: MigrationId): string =>
  `DO $tidemark$ BEGIN RAISE EXCEPTION 'Sqitch would revert % too, which is newer: reverse both', ${literalOf(id)}; END $tidemark$;\n`;

const literalOf = (id: string): string => `'${id.replaceAll("'", "''").replaceAll('$tidemark$', '')}'`;

function reverseChange({ project, migration, all, applied, left = [] }: ReversalRequest): Reversal {
  const { id, path } = migration;
  const revertOf = ({ parts = [] }: FileText) => parts.find(part => nameIn(project, 'revert', part.path) !== null);
  const revert = revertOf(migration);
  if (revert === undefined) {
    const wayOut = `write it by hand, then run: tidemark reconcile ${id} --with <file.sql>`;
    return impossible('it has no revert script', wayOut);
  }
  const steps = all.map(each => each.id);
  const rest = applied.filter(each => !steps.slice(0, Math.max(0, steps.indexOf(id))).includes(each.id));
  const at = rest.findIndex(each => each.id === id);
  const own = rest[at];
  if (own === undefined) return impossible('it is not deployed', 'tidemark status');
  const newer = rest.slice(at + 1);
  const isBelowOthers = newer.length > 0;
  // What is newer and an orphan as well may go in the same plan; guards are for a plan in which it does not.
  const guarded = left.filter(each => newer.some(other => other.id === each.id));
  const staying = applied.filter(each => !steps.includes(each.id));
  // While another one stays that the plan has not, Sqitch moves nothing and no id can be right: the last one to go puts them right.
  const isLast = steps.at(-1) === id && left.length === 0;
  const renamed = isLast ? renamedIn(project, staying) : [];
  if (isBelowOthers && 'reason' in renamed)
    return impossible(
      `${renamed.reason}, and Sqitch itself would revert what is newer too`,
      `bring it and its line in the plan back, and use "sqitch revert" and "sqitch deploy" yourself`,
    );
  if (isBelowOthers || (!('reason' in renamed) && renamed.length > 0)) {
    const sql = inTransactionOfOurs(revert.text);
    if ('script' in sql) return reverseInPlace(project, own, staying, 'reason' in renamed ? [] : renamed, sql.script);
    if (!isBelowOthers || guarded.length < newer.length) {
      const wayOut = `write it as plain SQL, then run: tidemark reconcile ${id} --with <file.sql>`;
      return impossible(`${sql.reason}, and Sqitch itself would revert what is newer too`, wayOut);
    }
  }
  const predecessor = rest[at - 1];
  const to = predecessor === undefined ? [] : ['--to', changeIdOf(predecessor)];
  const script = revert.blob === undefined ? { text: revert.text } : { blob: revert.blob };
  const deploy = migration.commit === null ? [] : [{ path, blob: migration.blob }];
  const guards = guarded.flatMap(each => {
    const other = revertOf(each);
    return other === undefined ? [] : [{ path: other.path, text: guard(each.id) }];
  });
  return {
    how: 'command',
    arguments: commandOf(project, 'revert', '-y', ...to),
    checkout: { kind: 'overlay', files: [planFile(project), ...deploy, { path: revert.path, ...script }, ...guards] },
    // The script's transaction is its own, and ends before the registry is written.
    atomic: false,
    whole: false,
  };
}

/** The target as Sqitch writes it, without the password. */
function uriOf({ database, host, port, socket, user, parameters }: Target): string {
  const at = socket === null ? `${host ?? ''}${port === null ? '' : `:${port}`}` : '';
  const shown = user === null ? '' : `${encodeURIComponent(user)}@`;
  const more = {
    ...parameters,
    ...(socket === null ? {} : { host: socket, ...(port === null ? {} : { port: `${port}` }) }),
  };
  const query = Object.entries(more).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  return `db:pg://${shown}${at}/${encodeURIComponent(database)}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

const literal = (folder: string): string => (folder === '.' ? '' : `${folder.replace(/[\\*?[\]]/g, '\\$&')}/`);

export const sqitch = {
  name: 'sqitch',
  title: 'Sqitch',
  docs: ['https://sqitch.org/docs/manual/sqitch-revert/', 'https://sqitch.org/docs/manual/sqitchtutorial/'],
  engines: ['postgres'],
  support: {
    reversal:
      '`sqitch revert --to` the change before it, with its revert script laid; below others Tidemark runs the script itself, in one transaction with the registry',
    checksum: 'SHA-1 of the deploy script',
    hazard: '`sqitch deploy` stops, and `sqitch revert` takes along all that is newer than the missing one',
  },

  markers: MARKERS,
  detect: detectSqitch,

  pathspecs: project =>
    (['deploy', 'revert', 'verify'] as const).map(
      kind => `:(glob)${literal(said(project, kind))}**/*.${said(project, 'extension')}`,
    ),
  idFrom: 'path',
  identify(project, path) {
    const name = nameIn(project, 'deploy', path);
    return name === null ? null : migrationId(name);
  },
  partsOf(project, path, paths) {
    const name = nameIn(project, 'deploy', path);
    if (name === null) return [];
    return paths.filter(each => nameIn(project, 'revert', each) === name || nameIn(project, 'verify', each) === name);
  },
  read(project, { path }) {
    const name = nameIn(project, 'deploy', path);
    if (name === null) return { path, reason: 'it is not in the folder of deploy scripts' };
    const at = order(project).indexOf(name);
    const before = at > 0 ? order(project)[at - 1] : undefined;
    return { id: migrationId(name), requires: before === undefined ? [] : [migrationId(before)], replaces: [] };
  },
  order: 'graph',
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  namespace: () => null,
  number: () => null,

  ownsTable: columns => columns.includes('change_id') && columns.includes('script_hash'),
  applied: (project, rows) => appliedIn(project, rows),
  fingerprints: (_project, _path, bytes) => withEitherLineEnding(bytes).map(sha1),
  passesOver: (project, _rows, id) => !order(project).includes(id),
  dependencies: {
    table: ({ historyTable: { schema } }) => ({ schema, name: 'dependencies' }),
    of: requiredBy,
  },
  forget: (project, id, rows) => forgetIn(project, id, rows),
  markApplied: (project, id, rows, _known, now, file) => markIn(project, id, rows, now, file, sha1),
  relabel: (project, from, to, rows) => relabelIn(project, from, to, rows),
  mayAppear: () => [],
  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({
    candidates: ['sqitch'],
    install: 'install sqitch with its PostgreSQL driver: https://sqitch.org/download/',
  }),
  point: (_project, target) => ({
    env: {
      SQITCH_TARGET: uriOf(target),
      ...(target.user === null ? {} : { SQITCH_USERNAME: target.user }),
      ...(target.password === null ? {} : { SQITCH_PASSWORD: target.password, PGPASSWORD: target.password }),
    },
    files: [],
  }),
  carries: () => [],

  reverse: reverseChange,
  losses(project, file) {
    const revert = (file.parts ?? []).find(part => nameIn(project, 'revert', part.path) !== null);
    if (revert === undefined) return { tables: [], columns: [], unsure: 'it has no revert script' };
    const losses = sqlLosses(revert.text, sqlAddedColumns(file.text));
    return /^[ \t]*\\[a-z]/m.test(revert.text) ? { ...losses, unsure: 'it has commands of psql' } : losses;
  },
  imports: () => [],
  forward(project, file, _engine, left = []) {
    const name = nameIn(project, 'deploy', file.path) ?? file.path;
    if (!order(project).includes(name))
      return {
        how: 'impossible',
        reason: 'the plan has no line for it',
        wayOut: `put ${name} into ${said(project, 'planFile')}`,
      };
    const [first] = left;
    if (first !== undefined) {
      const reason = `Sqitch deploys nothing while ${first.id}, which its plan does not have, is deployed`;
      return { how: 'impossible', reason, wayOut: `reverse it first: tidemark reconcile ${first.id}` };
    }
    return { how: 'command', arguments: commandOf(project, 'deploy'), files: [planFile(project)] };
  },

  hazard(_project, orphans: readonly MigrationId[], applied) {
    const [orphan] = orphans;
    if (orphan === undefined) return null;
    const above = applied
      .slice(applied.findIndex(({ id }) => id === orphan) + 1)
      .filter(({ id }) => !orphans.includes(id));
    return above.length === 0
      ? `"sqitch deploy" stops, as its plan has no ${orphan}, and "sqitch revert" needs the revert script that is gone.`
      : `"sqitch deploy" stops, as the ids of all changes after ${orphan} hold its own, and "sqitch revert" of ${orphan} would take ${above.map(({ id }) => id).join(', ')} along.`;
  },
} satisfies Framework;
