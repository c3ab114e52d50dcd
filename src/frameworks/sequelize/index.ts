/**
 * Sequelize (sequelize-cli). It checks nothing: a missing file matters only when it is to be run. A reversal runs in today's tree with
 * the missing files laid over it, by the whole stored name, because the command takes the first file whose name begins so.
 */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Framework, OverlayFile, ReversalRequest, ReversibleMigration } from '../contract.ts';
import { downOf, uselessness } from '../js-down.ts';
import { handedOn, relativeImports } from '../js-imports.ts';
import { lossesByWords } from '../js-losses.ts';
import {
  alreadyThere,
  appliedIn,
  forgetIn,
  idsByStem,
  type NameTable,
  relabelIn,
  renamedLike,
  rowFor,
  storedName,
  storedNameOf,
} from '../name-rows.ts';
import { baseOf, filesIn, folderOf, inFolder, joined } from '../repository-paths.ts';
import { timeLike, timeOf } from '../row-times.ts';
import { addressesOf, detectSequelize, MARKERS } from './detect.ts';
import { engineOf } from './parse-config.ts';
import { pointSequelize, WRAPPED } from './wrapper.ts';

/** Extensions of the files it runs (core/migrator.js of 6.6.5: `/^(?!.*\.d\.ts$).*\.(cjs|js|cts|ts)$/`). */
const EXTENSIONS = ['.cjs', '.js', '.cts', '.ts'];

/** The folder of migrations, from the repository's root. */
const folderIn = (project: Project): string => {
  const { migrations } = project.settings;
  return joined(typeof migrations === 'string' ? migrations : 'migrations') ?? 'migrations';
};

const byName = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Only `name`; `createdAt` and `updatedAt` where the project asked for them (`db:migrate:schema:timestamps:add`). */
const TABLE: NameTable = {
  idsFor: idsByStem,
  renamed: renamedLike,
  appliedAt: row => timeOf(row['createdAt']),
  compare: (a, b) =>
    byName(timeOf(a['createdAt']) ?? '', timeOf(b['createdAt']) ?? '') ||
    byName(storedName(a) ?? '', storedName(b) ?? ''),
  key: ['name'],
};

const WORDS = {
  dropTable: /^dropTable$/,
  dropColumn: /^removeColumn$/,
  sql: /^(?:query|rawQuery)$/,
  changing:
    /^(?:drop(?!Table$)\w+|bulk\w+|delete|insert|update|upsert|destroy|truncate|create|save|increment|decrement|changeColumn)$/,
  harmless: ['queryInterface'],
} as const;

/** Seen with Sequelize 6.37.8 (dialects/sqlite/query-interface.js, removeColumn): the new table is made from what `describeTable` tells. */
const REBUILDS =
  'on SQLite, Sequelize removes a column by making the table anew, without its indexes, foreign keys and AUTOINCREMENT';

const engineOfProject = ({ settings: { dialect } }: Project) => engineOf(typeof dialect === 'string' ? dialect : null);

export const sequelize = {
  name: 'sequelize',
  title: 'Sequelize',
  docs: [
    'https://sequelize.org/docs/v6/other-topics/migrations/',
    'https://github.com/sequelize/cli/blob/v6.6.5/src/commands/migrate_undo.js',
    'https://github.com/sequelize/umzug/blob/v2.3.0/src/migration.js',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: '`db:migrate:undo --name` with the whole stored name, in an overlay that has its file',
    checksum: null,
    hazard: '`db:migrate:undo` reverses the highest name; `--name` takes any file whose name begins so',
  },

  markers: MARKERS,
  detect: detectSequelize,

  pathspecs: project => EXTENSIONS.map(extension => filesIn(folderIn(project), extension)),
  idFrom: 'path',
  identify(project, path) {
    const name = baseOf(path);
    if (folderOf(path) !== folderIn(project) || name.endsWith('.d.ts')) return null;
    return EXTENSIONS.some(extension => name.endsWith(extension) && name !== extension) ? migrationId(name) : null;
  },
  read: (_project, file) => ({ id: migrationId(baseOf(file.path)), requires: [], replaces: [] }),
  order: 'linear',
  compare: byName,
  namespace: () => null,
  // Files are known by their whole name, so equal numbers do not collide.
  number: () => null,

  ownsTable: columns => columns.includes('name'),
  applied: (_project, rows, known) => appliedIn(TABLE, rows, known),
  forget: (_project, id, rows, known) => forgetIn(TABLE, rows, id, known),
  markApplied(project, id, rows, known, now) {
    if (rowFor(TABLE, rows, id, known) !== null) return alreadyThere(id);
    const like = rows.find(row => row['createdAt'] != null);
    const at = like === undefined ? null : timeLike(like['createdAt'], now, engineOfProject(project));
    return [{ change: 'insert', values: at === null ? { name: id } : { name: id, createdAt: at, updatedAt: at } }];
  },
  relabel: (_project, from, to, rows, known) => relabelIn(TABLE, rows, from, to, known),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({
    candidates: ['node_modules/.bin/sequelize-cli', 'node_modules/.bin/sequelize', 'sequelize-cli'],
    install: 'npm install sequelize-cli',
  }),
  point: pointSequelize,
  carries(project) {
    const own = ['node_modules', '.env'].map(name => inFolder(project.root, name));
    return [...new Set([...own, 'node_modules', '.env'])];
  },

  reverse(request) {
    const { id, text } = request.migration;
    const down = downOf(text);
    const byHand = `undo it by hand, then run: tidemark forget ${id}`;
    const impossible = (reason: string) => ({ how: 'impossible' as const, reason, wayOut: byHand });
    if (down.kind === 'missing') return impossible('its file has no down function');
    const useless = down.kind === 'body' ? uselessness(down.tokens) : null;
    if (useless === 'empty') return impossible('its down function is empty');
    if (useless === 'throws') return impossible('its down function only throws an error');
    return {
      how: 'command',
      arguments: [...WRAPPED, 'db:migrate:undo', `--name=${storedNameOf(request.applied, id)}`],
      checkout: { kind: 'overlay', files: overlay(request) },
      // Each call of the query interface is on its own, and the row goes last (umzug 2.3).
      atomic: false,
      whole: false,
    };
  },
  losses(project, file) {
    const losses = lossesByWords(file.text, WORDS);
    if (losses.columns.length === 0 || engineOfProject(project) !== 'sqlite') return losses;
    return { ...losses, unsure: losses.unsure === null ? REBUILDS : `${losses.unsure}; ${REBUILDS}` };
  },
  imports: (_project, file) => relativeImports(file.path, file.text),
  forward: () => ({ how: 'command', arguments: [...WRAPPED, 'db:migrate'] }),

  hazard(_project, orphans, applied) {
    const last = applied.map(each => each.id).reduce<MigrationId | null>(highest, null);
    const [first] = orphans;
    if (first === undefined || last === null) return null;
    return orphans.includes(last)
      ? `"sequelize db:migrate:undo" fails now ("Unable to find migration: ${last}").`
      : `"sequelize db:migrate:undo" reverses ${last} now, not ${first}; with --name it takes the first file whose name begins so.`;
  },
} satisfies Framework;

const highest = (last: MigrationId | null, id: MigrationId): MigrationId =>
  last === null || byName(last, id) < 0 ? id : last;

/** The migration's file, and where the command would not find it under the stored name, a file there that hands on to it. */
function overlay({ project, migration, applied }: ReversalRequest): readonly OverlayFile[] {
  const { path, text, blob, commit }: ReversibleMigration = migration;
  const own: OverlayFile = commit === null ? { path, text } : { path, blob };
  const found = inFolder(folderIn(project), storedNameOf(applied, migration.id));
  return path === found ? [own] : [own, handedOn(found, path, project.settings['modules'] === 'module')];
}
