/** Rails: files numbered by version, `schema_migrations` with one row each, reversal by `db:migrate:down` in HEAD's tree with the one file. */
import type { MigrationId, Project } from '../../domain/migration.ts';
import type { Framework, OverlayFile, ReversalRequest } from '../contract.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { addressesOf, detectProjects } from './detect.ts';
import { irreversible, lossesIn, railsMigration } from './parse-migration.ts';
import { commandOf, pointAt } from './pointing.ts';
import { appliedFromRows, compare, forgetRow, markRow, relabelRow, versionOf } from './rows.ts';

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : []);
const literal = (folder: string): string => folder.replace(/[\\*?[\]]/g, '\\$&');

/** Folders of migrations, from the repository's root: the user's own choice before what was detected. */
const foldersOf = ({ settings }: Project): readonly string[] =>
  list(settings['migrations']).length > 0 ? list(settings['migrations']) : list(settings['folders']);

/** Rails looks into the folders below too. */
const isInside = (project: Project, path: string): boolean =>
  foldersOf(project).some(folder => path.startsWith(`${folder}/`));

function identify(project: Project, path: string): MigrationId | null {
  const digits = /^(\d+)_.*\.rb$/.exec(baseOf(path))?.[1];
  return digits !== undefined && isInside(project, path) ? versionOf(digits) : null;
}

/** Any other name stops every command of Rails (activerecord/lib/active_record/migration.rb, MigrationFilenameRegexp). */
const FILE_NAME = /^[0-9]+_[_a-z0-9]*\.?[_a-z0-9]*\.rb$/;

/** Missing files where Rails looks now, and old texts of files that are there. The same for every migration of a plan. */
function laidFiles(project: Project, { all, onDisk }: ReversalRequest): readonly OverlayFile[] {
  return all.flatMap(({ id, path, text }): readonly OverlayFile[] => {
    const same = onDisk.find(file => file.id === id);
    if (same !== undefined) return same.text === text ? [] : [{ path: same.path, text }];
    const first = foldersOf(project)[0] ?? folderOf(path);
    return [{ path: isInside(project, path) ? path : inFolder(first, baseOf(path)), text }];
  });
}

/** `require_relative "x"`, and `require Rails.root.join("db/migrate/x")`. */
function imports(project: Project, path: string, text: string): readonly string[] {
  const found: string[] = [];
  for (const [, kind = '', named = ''] of text.matchAll(
    /^[ \t]*require(_relative)?\b[^"'\n]{0,60}["']([\w./-]{1,200})["']/gm,
  )) {
    const base = kind === '' ? project.root : folderOf(path);
    const file = joined(base, named.endsWith('.rb') ? named : `${named}.rb`);
    if (file !== null && file !== path) found.push(file);
  }
  return found;
}

export const rails = {
  name: 'rails',
  title: 'Rails',
  docs: [
    'https://guides.rubyonrails.org/active_record_migrations.html',
    'https://guides.rubyonrails.org/configuring.html#configuring-active-record',
    'https://github.com/rails/rails/blob/v6.1.7/activerecord/lib/active_record/migration.rb',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: "`db:migrate:down` in HEAD's tree with the one missing file",
    checksum: null,
    hazard:
      '`db:rollback` reverses another migration, or stops at the missing file; one without `down` is called reverted',
  },

  markers: [':(glob)**/config/application.rb', ':(glob)**/db/*_migrate/[0-9]*_*.rb'],
  detect: detectProjects,

  pathspecs: project => foldersOf(project).map(folder => `:(glob)${inFolder(literal(folder), '**/[0-9]*_*.rb')}`),
  idFrom: 'path',
  identify,
  read(project, { path, text }) {
    const id = identify(project, path);
    if (id === null) return { path, reason: 'it lies in no folder of migrations' };
    if (!FILE_NAME.test(baseOf(path))) {
      return { path, reason: 'its name has other signs than lower case letters, digits and _, and Rails stops at it' };
    }
    const parsed = railsMigration(text);
    return 'reason' in parsed ? { path, reason: parsed.reason } : { id, requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: () => null,

  // Those of golang-migrate and Ecto have other columns beside it.
  ownsTable: columns => columns.includes('version') && !columns.some(name => ['dirty', 'inserted_at'].includes(name)),
  applied: (_project, rows) => appliedFromRows(rows),
  forget: (_project, id, rows) => forgetRow(rows, id),
  markApplied: (_project, id, rows) => markRow(rows, id),
  relabel: (_project, from, to, rows) => relabelRow(rows, from, to),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({ candidates: ['ruby'], install: 'install Ruby, and the gems of the application: bundle install' }),
  point: pointAt,
  carries: ({ root }) => [
    ...new Set([
      '.env',
      ...['.env', '.bundle', 'vendor/bundle', 'config/database.yml', 'config/master.key', 'config/credentials'].map(
        name => inFolder(root, name),
      ),
    ]),
  ],

  reverse(request) {
    const { project, engine, migration } = request;
    const parsed = railsMigration(migration.text);
    const reason = 'reason' in parsed ? parsed.reason : irreversible(parsed);
    if (reason !== null || 'reason' in parsed) {
      const wayOut = `Undo it by hand, then take its row out of the table: tidemark forget ${migration.id}`;
      return { how: 'impossible', reason: `${migration.id}: ${reason ?? ''}`, wayOut };
    }
    const whole = parsed.inTransaction && engine !== 'mysql';
    return {
      how: 'command',
      arguments: commandOf('down', migration.id),
      checkout: { kind: 'overlay', files: laidFiles(project, request) },
      // The row is deleted in the migration's own transaction (Migrator#execute_migration_in_transaction).
      atomic: whole,
      whole,
    };
  },
  losses(_project, { text }) {
    const parsed = railsMigration(text);
    return 'reason' in parsed ? { tables: [], columns: [], unsure: 'it cannot be read' } : lossesIn(parsed);
  },
  imports: (project, { path, text }) => imports(project, path, text),
  forward: () => ({ how: 'command', arguments: commandOf('migrate') }),

  hazard(_project, orphans, applied) {
    const [first] = orphans;
    if (first === undefined) return null;
    const newest = applied.at(-1)?.id;
    return newest !== undefined && orphans.includes(newest)
      ? `Rails stops at "db:rollback" ("No migration with version number ${newest}"), and "db:migrate" says nothing of it.`
      : `Rails says nothing of ${first}: "db:migrate" has nothing to do, and "db:rollback" reverses ${newest ?? 'another migration'} instead.`;
  },
} satisfies Framework;
