/** Phinx: files named by time or number, `phinxlog` with one row each, reversal by `rollback` in a folder that holds the one file. */
import type { MigrationId, Project } from '../../domain/migration.ts';
import type { Framework } from '../contract.ts';
import { baseOf, filesIn, folderOf, inFolder, joined } from '../repository-paths.ts';
import { addressesOf, detectProjects } from './detect.ts';
import { irreversible, lossesIn } from './parse-migration.ts';
import { ALONE, forwardArguments, pointAt, reverseArguments } from './pointing.ts';
import { appliedFromRows, compare, forgetRow, isBreakpoint, markRow, relabelRow, versionOf } from './rows.ts';

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : []);

/** Folders of migrations, from the repository's root: the user's own choice before what was detected. */
const foldersOf = ({ settings }: Project): readonly string[] =>
  list(settings['migrations']).length > 0 ? list(settings['migrations']) : list(settings['folders']);

/** The same, from the project's folder; those that lie outside it climb out with `..`. */
function fromRoot(project: Project): readonly string[] {
  const up = project.root === '.' ? '' : '../'.repeat(project.root.split('/').length);
  return foldersOf(project).map(folder => `${up}${folder}`);
}

const identify = (project: Project, path: string): MigrationId | null =>
  foldersOf(project).includes(folderOf(path)) ? versionOf(baseOf(path)) : null;

export const phinx = {
  name: 'phinx',
  title: 'Phinx',
  docs: [
    'https://book.cakephp.org/phinx/0/en/commands.html',
    'https://book.cakephp.org/phinx/0/en/configuration.html',
    'https://github.com/cakephp/phinx/blob/0.16.5/src/Phinx/Migration/Manager.php',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: "`rollback -t 0` in HEAD's tree, from a folder that holds only the one missing file",
    checksum: null,
    hazard: '`rollback` passes over the missing version and undoes the one before it',
  },

  markers: [':(glob)**/phinx.php', ':(glob)**/phinx.json', ':(glob)**/phinx.yaml', ':(glob)**/phinx.yml'],
  detect: detectProjects,

  pathspecs: project => foldersOf(project).map(folder => filesIn(folder, '.php')),
  idFrom: 'path',
  identify,
  read(project, { path, text }) {
    const id = identify(project, path);
    if (id === null) return { path, reason: 'it lies in no folder of migrations, or its name begins with no version' };
    return /\bclass\b/.test(text) ? { id, requires: [], replaces: [] } : { path, reason: 'it has no class' };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: id => id,

  ownsTable: columns => columns.includes('version') && columns.includes('start_time'),
  applied: (_project, rows) => appliedFromRows(rows),
  forget: (_project, id, rows) => forgetRow(rows, id),
  markApplied: (_project, id, rows, _known, now, file) => markRow(rows, id, now, file),
  relabel: (_project, from, to, rows, _known, file) => relabelRow(rows, from, to, file),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({ candidates: ['vendor/bin/phinx', 'phinx'], install: 'composer install' }),
  point: (project, target) => pointAt(project, target, fromRoot(project)),
  carries: ({ root }) => [...new Set(['vendor', '.env'].flatMap(name => [name, inFolder(root, name)]))],

  reverse({ project, engine, migration, applied }) {
    const { id, path, text } = migration;
    const { schema, name } = project.historyTable;
    if (isBreakpoint(applied.find(each => each.id === id)?.row ?? null)) {
      const table = schema === null ? name : `${schema}.${name}`;
      const wayOut = `Take the breakpoint off first, for Phinx does so only where the file is: UPDATE ${table} SET breakpoint = ${engine === 'postgres' ? 'FALSE' : '0'} WHERE version = ${id}`;
      return { how: 'impossible', reason: `${id}: somebody set a breakpoint on it, at which a rollback stops`, wayOut };
    }
    const reason = irreversible(text);
    if (reason !== null) {
      const wayOut = `Undo it by hand, then take its row out of the table: tidemark forget ${id}`;
      return { how: 'impossible', reason: `${id}: ${reason}`, wayOut };
    }
    const folders = foldersOf(project);
    const folder = folders.includes(folderOf(path)) ? folderOf(path) : (folders[0] ?? folderOf(path));
    const alone = joined(folderOf(folder), ALONE) ?? ALONE;
    return {
      how: 'command',
      arguments: reverseArguments,
      checkout: { kind: 'overlay', files: [{ path: inFolder(alone, baseOf(path)), text }] },
      // One transaction round the migration and its row (Environment::executeMigration); MySQL commits at each schema change.
      atomic: engine !== 'mysql',
      whole: engine !== 'mysql',
    };
  },
  losses: (_project, { text }) => lossesIn(text),
  imports: () => [],
  forward: () => ({ how: 'command', arguments: forwardArguments }),

  hazard(_project, orphans) {
    const [first] = orphans;
    if (first === undefined) return null;
    return `Phinx passes over ${first} without a word: "phinx rollback" undoes the migration before it, and a target of that version is called not found with exit code 0.`;
  },
} satisfies Framework;
