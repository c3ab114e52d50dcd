/**
 * Knex. It refuses every command while an applied file is missing, and never looks at what files say: so a reversal runs in today's
 * tree with the missing files laid over it, under the names the table has.
 */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Framework, OverlayFile, ReversalRequest, ReversibleMigration } from '../contract.ts';
import { downOf, uselessness } from '../js-down.ts';
import { handedOn, relativeImports } from '../js-imports.ts';
import { engineNamed } from '../js-settings.ts';
import { appliedIn, forgetIn, relabelIn, storedNameOf } from '../name-rows.ts';
import { baseOf, filesIn, folderOf, inFolder, joined } from '../repository-paths.ts';
import { addressesOf, detectKnex, MARKERS } from './detect.ts';
import { knexLosses } from './losses.ts';
import { KNEX_ROWS, markAppliedIn } from './rows.ts';
import { pointKnex, WRAPPED } from './wrapper.ts';

const listOf = (project: Project, name: string): readonly string[] => {
  const value = project.settings[name];
  return Array.isArray(value) ? value : [];
};

/** Folders of migrations, from the repository's root. */
const folders = (project: Project): readonly string[] =>
  listOf(project, 'migrations').flatMap(folder => joined(folder) ?? []);

/** As Knex sorts the names of files (fs-migrations.js, lodash `sortBy`). */
const compare = (a: MigrationId, b: MigrationId): number => (a === b ? 0 : a < b ? -1 : 1);

export const knex = {
  name: 'knex',
  title: 'Knex',
  docs: [
    'https://knexjs.org/guide/migrations.html',
    'https://github.com/knex/knex/blob/3.3.0/lib/migrations/migrate/Migrator.js',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: '`migrate:down` in an overlay that has every applied file',
    checksum: null,
    hazard: 'every command refuses: `The migration directory is corrupt`',
  },

  markers: MARKERS,
  detect: detectKnex,

  pathspecs: project =>
    folders(project).flatMap(folder => listOf(project, 'extensions').map(extension => filesIn(folder, extension))),
  idFrom: 'path',
  identify(project, path) {
    const name = baseOf(path);
    const extension = /[^.](\.[^.]+)$/.exec(name)?.[1];
    if (extension === undefined || name.endsWith('.d.ts') || !folders(project).includes(folderOf(path))) return null;
    return listOf(project, 'extensions').includes(extension) ? migrationId(name) : null;
  },
  read: (_project, file) => ({ id: migrationId(baseOf(file.path)), requires: [], replaces: [] }),
  order: 'linear',
  compare,
  namespace: () => null,
  // Knex knows files by their whole name, so equal numbers do not collide.
  number: () => null,

  ownsTable: columns => ['name', 'batch', 'migration_time'].every(column => columns.includes(column)),
  applied: (_project, rows, known) => appliedIn(KNEX_ROWS, rows, known),
  forget: (_project, id, rows, known) => forgetIn(KNEX_ROWS, rows, id, known),
  markApplied: ({ settings: { client } }, id, rows, known, now) =>
    markAppliedIn(rows, id, known, now, engineNamed(typeof client === 'string' ? client : null)),
  relabel: (_project, from, to, rows, known) => relabelIn(KNEX_ROWS, rows, from, to, known),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({ candidates: ['node_modules/.bin/knex', 'knex'], install: 'npm install knex' }),
  point: pointKnex,
  carries(project) {
    const own = ['node_modules', '.env'].map(name => inFolder(project.root, name));
    return [...new Set([...own, 'node_modules', '.env'])];
  },

  reverse(request) {
    const { id, text } = request.migration;
    const down = downOf(text);
    const byHand = `undo it by hand, then run: tidemark forget ${id}`;
    const impossible = (reason: string) => ({ how: 'impossible' as const, reason, wayOut: byHand });
    if (down.kind === 'missing') return impossible('its file exports no down function, and Knex runs none without one');
    const useless = down.kind === 'body' ? uselessness(down.tokens) : null;
    if (useless === 'empty') return impossible('its down function is empty');
    if (useless === 'throws') return impossible('its down function only throws an error');
    return {
      how: 'command',
      arguments: [...WRAPPED, 'migrate:down', storedNameOf(request.applied, id)],
      checkout: { kind: 'overlay', files: overlay(request) },
      // The row is deleted after the transaction of the down function is over (Migrator.js, _waterfallBatch), on every engine.
      atomic: false,
    };
  },
  losses: (_project, file) => knexLosses(file.text),
  imports: (_project, file) => relativeImports(file.path, file.text),
  forward: (project, _file, _engine, left = []) => ({
    how: 'command',
    arguments: [...WRAPPED, 'migrate:latest'],
    // "latest" refuses to run while the file of anything applied is missing; what is applied is not run again.
    files: left.flatMap(each => filesOf(project, each, each.id)),
  }),

  hazard(_project, orphans) {
    if (orphans.length === 0) return null;
    const names =
      orphans.length <= 3 ? orphans.join(', ') : `${orphans.slice(0, 3).join(', ')} and ${orphans.length - 3} more`;
    return `Every "knex migrate:…" command refuses to run now ("The migration directory is corrupt"), because the files of ${names} are missing.`;
  },
} satisfies Framework;

/** The files of all that the plan reverses, where they are not in HEAD's tree anyway. Later ones do not disturb: nothing pending is run. */
function overlay({ project, migration, all, onDisk, applied }: ReversalRequest): readonly OverlayFile[] {
  const there = new Set(onDisk.map(each => each.path));
  const files = new Map<string, OverlayFile>();
  for (const each of [...all.filter(other => other.id !== migration.id && !there.has(other.path)), migration]) {
    for (const file of filesOf(project, each, storedNameOf(applied, each.id))) files.set(file.path, file);
  }
  return [...files.values()];
}

/** A migration's file, and where Knex would not find it under the stored name, a file there that hands on to it. */
function filesOf(project: Project, { path, text, blob, commit }: ReversibleMigration, stored: string): OverlayFile[] {
  const own: OverlayFile = commit === null ? { path, text } : { path, blob };
  const [first = project.root] = folders(project);
  if (folders(project).includes(folderOf(path)) && baseOf(path) === stored) return [own];
  const folder = folders(project).includes(folderOf(path)) ? folderOf(path) : first;
  return [own, handedOn(inFolder(folder, stored), path, project.settings['modules'] === 'module')];
}
