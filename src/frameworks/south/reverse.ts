/**
 * How South takes back one migration: alone in a folder of its own, which the wrapper settings name as the folder of its app, and all
 * the way to `zero`. So nothing that was applied later is reversed along, no name is a prefix of another, and no other app's file can stop it.
 */
import type { FileText, OverlayFile, Reversal, ReversalRequest } from '../contract.ts';
import { baseOf, folderOf, inFolder } from '../repository-paths.ts';
import { nameAt } from './detect.ts';
import { irreversible, southMigration } from './parse-migration.ts';
import { ALONE, BEFORE, LAUNCHER } from './pointing.ts';

const BY_HAND = 'Undo it by hand, then take its row out of the table: tidemark forget';

/** Describes the reversal of one migration of a plan. */
export function reverseMigration(request: ReversalRequest): Reversal {
  const { project, engine, migration } = request;
  const { id, path, text } = migration;
  const at = nameAt(project, path);
  const parsed = southMigration(text);
  const reason = 'reason' in parsed ? parsed.reason : irreversible(parsed);
  if (reason !== null || at === null) {
    return {
      how: 'impossible',
      reason: `${id}: ${reason ?? 'it lies in no folder of an app'}`,
      wayOut: `${BY_HAND} ${id}`,
    };
  }
  const gone = !request.onDisk.some(file => nameAt(project, file.path)?.app === at.app);
  const app = folderOf(folderOf(path));
  return {
    how: 'command',
    arguments: [`{scratch}/${LAUNCHER}`, 'reverse', at.app, at.name, ...(gone ? [dotted(project.root, app)] : [])],
    checkout: {
      kind: 'overlay',
      files: [...request.all.flatMap(each => alone(request, each)), ...(gone ? made(app) : [])],
    },
    // The row goes in the transaction of the schema change, where the engine has one (south/migration/migrators.py, run_migration).
    atomic: engine === 'postgres',
    whole: engine === 'postgres',
  };
}

/** A package with nothing in it but one migration, and beside it the one before, whose frozen models `backwards()` is given. */
function alone(request: ReversalRequest, file: FileText): readonly OverlayFile[] {
  const { project } = request;
  const at = nameAt(project, file.path);
  if (at === null) return [];
  const folder = inFolder(project.root, `${ALONE}/${at.app}__${at.name}`);
  const init = `import os\n\n# What the file imports from beside itself is found where it lay.\n__path__.append(os.path.join(os.environ["TIDEMARK_WORKTREE"], ${python(folderOf(file.path))}))\n`;
  const before = previous(request, at);
  return [
    { path: inFolder(project.root, `${ALONE}/__init__.py`), text: '' },
    { path: `${folder}/__init__.py`, text: init },
    { path: `${folder}/${baseOf(file.path)}`, text: file.text },
    ...(before === null
      ? []
      : [
          { path: inFolder(project.root, `${BEFORE}/__init__.py`), text: '' },
          { path: inFolder(project.root, `${BEFORE}/${at.app}__${at.name}.py`), text: before.text },
        ]),
  ];
}

/** The file that South would take for the one before: the next lower name in the app. */
function previous(
  request: ReversalRequest,
  { app, name }: { readonly app: string; readonly name: string },
): FileText | null {
  const lower = [...request.onDisk, ...(request.left ?? []), ...request.all].flatMap(file => {
    const at = nameAt(request.project, file.path);
    return at !== null && at.app === app && at.name < name ? [{ file, name: at.name }] : [];
  });
  return lower.sort((a, b) => (a.name < b.name ? 1 : -1))[0]?.file ?? null;
}

/** An app that is gone from HEAD is a package with models again, so that Django installs it. */
const made = (app: string): readonly OverlayFile[] => [
  { path: inFolder(app, '__init__.py'), text: '' },
  { path: inFolder(app, 'models.py'), text: '' },
];

/** Name of a package, for imports that begin in the project's folder. */
const dotted = (root: string, folder: string): string =>
  (root !== '.' && folder.startsWith(`${root}/`) ? folder.slice(root.length + 1) : folder).replaceAll('/', '.');

const python = (text: string): string => `u${JSON.stringify(text)}`;

/** Every migration that is on disk and not applied, also one that is older than what is applied. */
export const APPLY: readonly string[] = [`{scratch}/${LAUNCHER}`, 'apply'];
