/**
 * Kysely with kysely-ctl. Its command goes down *to* a migration, and takes one without a way down for undone; so a script of Tidemark's
 * runs exactly one migration's `down` and deletes its row, in one transaction where Kysely itself would open one.
 */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Framework, OverlayFile, ReversalRequest, ReversibleMigration } from '../contract.ts';
import { downOf, uselessness } from '../js-down.ts';
import { handedOn, relativeImports } from '../js-imports.ts';
import { alreadyThere, appliedIn, forgetIn, type NameTable, relabelIn, rowFor, stemOf } from '../name-rows.ts';
import { baseOf, filesIn, folderOf, inFolder, joined } from '../repository-paths.ts';
import { addressesOf, detectKysely, MARKERS } from './detect.ts';
import { EXECUTOR, pointKysely } from './executor.ts';
import { kyselyLosses } from './losses.ts';

const extensions = ({ settings }: Project): readonly string[] => {
  const value = settings['extensions'];
  return Array.isArray(value) ? value : [];
};

/** The folder of migrations, from the repository's root. */
const folderIn = ({ settings: { migrations } }: Project): string =>
  joined(typeof migrations === 'string' ? migrations : 'migrations') ?? 'migrations';

const byName = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
const textIn = (cell: unknown): string => (typeof cell === 'string' ? cell : '');

/** `name` without its extension, and `timestamp`, a text of ISO 8601. */
const TABLE: NameTable = {
  idsFor: () => migrationId,
  renamed: (_stored, _from, to) => to,
  appliedAt: row => {
    const at = Date.parse(textIn(row['timestamp']).slice(0, 40));
    return Number.isNaN(at) ? null : new Date(at).toISOString();
  },
  compare: (a, b) =>
    byName(textIn(a['timestamp']), textIn(b['timestamp'])) || byName(textIn(a['name']), textIn(b['name'])),
  key: ['name'],
};

export const kysely = {
  name: 'kysely',
  title: 'Kysely',
  docs: [
    'https://kysely.dev/docs/migrations',
    'https://github.com/kysely-org/kysely/blob/v0.29.9/src/migration/migrator.ts',
    'https://github.com/kysely-org/kysely-ctl',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal:
      "a script that runs one migration's `down` with the project's plugins and deletes its row; on PostgreSQL in one transaction",
    checksum: null,
    hazard: 'every command refuses: `corrupted migrations`; `migrate down NAME` reverses all that came after NAME',
  },

  markers: MARKERS,
  detect: detectKysely,

  pathspecs: project => extensions(project).map(extension => filesIn(folderIn(project), `.${extension}`)),
  idFrom: 'path',
  identify(project, path) {
    const name = baseOf(path);
    if (folderOf(path) !== folderIn(project) || /\.d\.[cm]?ts$/.test(name)) return null;
    const fits = extensions(project).some(extension => name.endsWith(`.${extension}`));
    return fits && stemOf(name) !== '' ? migrationId(stemOf(name)) : null;
  },
  read: (_project, file) => ({ id: migrationId(stemOf(baseOf(file.path))), requires: [], replaces: [] }),
  order: 'linear',
  compare: (a: MigrationId, b: MigrationId) => byName(a, b),
  namespace: () => null,
  // Files are known by their whole name, so equal numbers do not collide.
  number: () => null,

  ownsTable: columns => ['name', 'timestamp'].every(column => columns.includes(column)),
  applied: (_project, rows, known) => appliedIn(TABLE, rows, known),
  forget: (_project, id, rows, known) => forgetIn(TABLE, rows, id, known),
  markApplied: (_project, id, rows, known, now) =>
    rowFor(TABLE, rows, id, known) !== null
      ? alreadyThere(id)
      : [{ change: 'insert', values: { name: id, timestamp: new Date(now).toISOString() } }],
  relabel: (_project, from, to, rows, known) => relabelIn(TABLE, rows, from, to, known),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({ candidates: ['node'], install: 'install Node.js' }),
  point: pointKysely,
  carries(project) {
    const own = ['node_modules', '.env'].map(name => inFolder(project.root, name));
    return [...new Set([...own, 'node_modules', '.env'])];
  },

  reverse({ project, engine, migration }: ReversalRequest) {
    const { id, path, text } = migration;
    const down = downOf(text);
    const byHand = `undo it by hand, then run: tidemark forget ${id}`;
    const impossible = (reason: string) => ({ how: 'impossible' as const, reason, wayOut: byHand });
    if (down.kind === 'missing')
      return impossible('its file has no down function, and Kysely would take it for undone');
    const useless = down.kind === 'body' ? uselessness(down.tokens) : null;
    if (useless === 'empty') return impossible('its down function is empty');
    if (useless === 'throws') return impossible('its down function only throws an error');
    // As the migrator decides it: by `supportsTransactionalDdl` of the dialect, which SQLite's and MySQL's deny.
    const together = engine === 'postgres' && project.settings['transactions'] !== 'no';
    const { schema, name } = project.historyTable;
    const words = ['down', id, `{worktree}/${path}`, name, schema ?? '', together ? 'together' : 'apart'];
    return {
      how: 'command',
      arguments: [EXECUTOR, ...words],
      checkout: { kind: 'overlay', files: [own(migration)] },
      atomic: together,
      ...(together ? {} : { whole: false }),
    };
  },
  losses: (_project, file) => kyselyLosses(file.text),
  imports: (_project, file) => relativeImports(file.path, file.text),
  forward: (project, _file, _engine, left = []) => ({
    how: 'command',
    arguments: [EXECUTOR, 'up'],
    // The migrator refuses to run while the file of anything applied is missing; what is applied is not run again.
    files: left.flatMap(each => laid(project, each)),
  }),

  hazard(_project, orphans) {
    const [first] = orphans;
    return first === undefined
      ? null
      : `Every "kysely migrate" command refuses to run now ("corrupted migrations: previously executed migration ${first} is missing").`;
  },
} satisfies Framework;

const own = ({ path, text, blob, commit }: ReversibleMigration): OverlayFile =>
  commit === null ? { path, text } : { path, blob };

/** A file, and where today's settings do not look for it, one there that hands on to it. */
function laid(project: Project, migration: ReversibleMigration): readonly OverlayFile[] {
  if (folderOf(migration.path) === folderIn(project)) return [own(migration)];
  return [own(migration), handedOn(inFolder(folderIn(project), baseOf(migration.path)), migration.path, true)];
}
