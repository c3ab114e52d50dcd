/**
 * MikroORM. Its command takes what it did not find for done; so a script of Tidemark's loads the project's own configuration, pointed at
 * the database of the run, and has MikroORM's own migrator reverse exactly one migration, in one transaction with its row.
 */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Framework, OverlayFile, ReversalRequest } from '../contract.ts';
import { downOf, uselessness } from '../js-down.ts';
import { relativeImports } from '../js-imports.ts';
import { lossesByWords } from '../js-losses.ts';
import { alreadyThere, appliedIn, forgetIn, type NameTable, relabelIn, rowFor, stemOf } from '../name-rows.ts';
import { baseOf, filesIn, folderOf, inFolder, joined } from '../repository-paths.ts';
import { timeLike, timeOf } from '../row-times.ts';
import { addressesOf, detectMikroOrm, MARKERS } from './detect.ts';
import { EXECUTOR, pointMikroOrm } from './executor.ts';

/** Extensions of its files: the default `glob` is `!(*.d).{js,ts,cjs}`, and only `.js` and `.ts` are no part of a name. */
const EXTENSIONS = ['.ts', '.js'];

/** The folder of migrations, from the repository's root. */
const folderIn = ({ settings: { migrations } }: Project): string =>
  joined(typeof migrations === 'string' ? migrations : 'migrations') ?? 'migrations';

const engineOf = ({ settings: { engine } }: Project) =>
  engine === 'sqlite' || engine === 'postgres' || engine === 'mysql' ? engine : null;

const withoutExtension = (name: string): string => name.replace(/\.[jt]s$/, '');

/** Names have no extension; rows of old versions have one (MigrationStorage.js of 7.2.1, `unlogMigration`), and live on as they are. */
const TABLE: NameTable = {
  idsFor: () => stored => migrationId(withoutExtension(stored)),
  renamed: (stored, _from, to) => `${to}${stored.slice(withoutExtension(stored).length)}`,
  appliedAt: row => timeOf(row['executed_at']),
  compare: (a, b) => Number(a['id'] ?? 0) - Number(b['id'] ?? 0),
  key: ['id', 'name'],
};

const WORDS = {
  dropTable: /^dropTable(?:IfExists)?$/,
  // `schema.table('a', …)` of Knex has its column elsewhere.
  dropColumn: /^never$/,
  sql: /^(?:addSql|execute|raw)$/,
  changing:
    /^(?:dropColumns?|alterTable|nativeDelete|nativeUpdate|nativeInsert|delete|update|insert|remove|removeAndFlush|persistAndFlush|flush|truncate|upsert)$/,
  harmless: [],
} as const;

const byName = (a: MigrationId, b: MigrationId): number => (a === b ? 0 : a < b ? -1 : 1);

export const mikroOrm = {
  name: 'mikro-orm',
  title: 'MikroORM',
  docs: [
    'https://mikro-orm.io/docs/migrations',
    'https://github.com/mikro-orm/mikro-orm/blob/v7.2.1/packages/core/src/utils/AbstractMigrator.ts',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal:
      "a script that loads the project's configuration and has its migrator reverse one migration and its row, in one transaction",
    checksum: null,
    hazard: '`migration:down` does nothing, or (version 6) reverses another migration, and reports success',
  },

  markers: MARKERS,
  detect: detectMikroOrm,

  pathspecs: project => EXTENSIONS.map(extension => filesIn(folderIn(project), extension)),
  idFrom: 'path',
  identify(project, path) {
    const name = baseOf(path);
    if (folderOf(path) !== folderIn(project) || name.endsWith('.d.ts')) return null;
    // The glob takes every file; what generators name begins so, and helpers beside them do not.
    return /^Migration.*\.[jt]s$/.test(name) || /^\d.*\.[jt]s$/.test(name) ? migrationId(stemOf(name)) : null;
  },
  read: (_project, file) => ({ id: migrationId(stemOf(baseOf(file.path))), requires: [], replaces: [] }),
  order: 'linear',
  compare: byName,
  namespace: () => null,
  // Files are known by their whole name, so equal numbers do not collide.
  number: () => null,

  ownsTable: columns => ['name', 'executed_at'].every(column => columns.includes(column)),
  applied: (_project, rows, known) => appliedIn(TABLE, rows, known),
  forget: (_project, id, rows, known) => forgetIn(TABLE, rows, id, known),
  markApplied(project, id, rows, known, now) {
    if (rowFor(TABLE, rows, id, known) !== null) return alreadyThere(id);
    const like = rows.find(row => row['executed_at'] != null)?.['executed_at'];
    return [{ change: 'insert', values: { name: id, executed_at: timeLike(like, now, engineOf(project)) } }];
  },
  relabel: (_project, from, to, rows, known) => relabelIn(TABLE, rows, from, to, known),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({ candidates: ['node'], install: 'install Node.js' }),
  point: pointMikroOrm,
  carries(project) {
    const own = ['node_modules', '.env'].map(name => inFolder(project.root, name));
    return [...new Set([...own, 'node_modules', '.env'])];
  },

  reverse({ project, engine, migration }: ReversalRequest) {
    const { id, path, text } = migration;
    const down = downOf(text);
    const byHand = `undo it by hand, then run: tidemark forget ${id}`;
    const impossible = (reason: string) => ({ how: 'impossible' as const, reason, wayOut: byHand });
    if (down.kind === 'missing') return impossible('its class has no down method');
    const useless = down.kind === 'body' ? uselessness(down.tokens) : null;
    if (useless === 'empty') return impossible('its down method is empty');
    if (useless === 'throws') return impossible('its down method only throws an error');
    const together = project.settings['transactions'] !== 'no' && !/\bisTransactional\s{0,9}\(/.test(text);
    return {
      how: 'command',
      arguments: [EXECUTOR, 'down', id, `{worktree}/${path}`],
      checkout: { kind: 'overlay', files: overlay(migration) },
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
      ? `"mikro-orm migration:down" says "Successfully migrated down" now and does nothing, or, in version 6, reverses what was applied before ${last}.`
      : `"mikro-orm migration:down" reverses ${last} now, not ${first}; "--only ${first}" does nothing and says "Successfully migrated down".`;
  },
} satisfies Framework;

const overlay = ({ path, text, blob, commit }: ReversalRequest['migration']): readonly OverlayFile[] => [
  commit === null ? { path, text } : { path, blob },
];
