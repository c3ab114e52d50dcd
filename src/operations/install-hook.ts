/** Installing the hook: what would be changed is decided first, as data, and then done whole or not at all by the git room. */
import path from 'node:path';
import {
  HOOK_EVENTS,
  HOOK_MODE_KEY,
  type HookHome,
  type HookManager,
  type HookMemory,
  type HookMode,
  type HookProgram,
  hookMode,
} from '../domain/hook.ts';
import { commandFor, hookCommand, snippetFor } from '../domain/hook-block.ts';
import { ProblemError } from '../domain/problem.ts';
import type { HookChange, Repository } from '../git/contract.ts';
import { findAddress } from './connect.ts';
import { type FoundProject, findProjects } from './find-projects.ts';
import { act, type HookAct, plannedFiles } from './hook-file-plan.ts';
import { configurationOf, foldersWith, type Learnt, pathspecsOf, withLearnt } from './hook-memory.ts';
import type { Outside, Where } from './outside.ts';

/** What the user asked for. */
export interface HookWish {
  /** null: as it is, or `report`. */
  readonly mode: HookMode | null;
  /** In files, even where git's settings could hold it. */
  readonly inFiles: boolean;
  /** Run also where `CI` is set; null: as it is, or no. */
  readonly inCi: boolean | null;
  /** What starts Tidemark: absolute paths, links resolved. */
  readonly program: Omit<HookProgram, 'guarded'>;
}

/** What installing or uninstalling would do. */
export interface HookPlan {
  readonly home: HookHome | null;
  readonly mode: HookMode;
  readonly acts: readonly HookAct[];
  /** Nothing would change. */
  readonly settled: boolean;
  /** For a hook manager that does not call Tidemark yet: what to add to which file, and how it is taken into use. */
  readonly byHand: { readonly file: string; readonly text: string; readonly afterwards: string } | null;
  /** Why hooks would not run in this worktree all the same; null when they would. */
  readonly absent: string | null;
  readonly change: HookChange;
}

export const COMMAND_KEY = 'hook.tidemark.command';
export const EVENT_KEY = 'hook.tidemark.event';

/** Plans the installation. Throws `refused` with the next step where the hook has no place, and what finding projects throws. */
export async function planInstall(
  outside: Outside,
  repository: Repository,
  where: Where,
  wish: HookWish,
): Promise<HookPlan> {
  const [surroundings, learnt, guarded, modes] = await Promise.all([
    repository.hookSurroundings(wish.inFiles),
    learn(outside, repository, where),
    guardedFolders(repository, wish.program),
    repository.localSetting(HOOK_MODE_KEY),
  ]);
  const { home } = surroundings;
  const before = repository.hookMemory();
  const mode = wish.mode ?? hookMode(modes.at(-1));
  const files = plannedFiles(repository, surroundings, before);
  const memory: HookMemory = withLearnt(
    {
      format: 1,
      program: { ...wish.program, guarded },
      inCi: wish.inCi ?? before?.inCi ?? false,
      home,
      written: files.written,
      madeFolders: before?.madeFolders ?? surroundings.missingFolders,
      pathspecs: [],
      folders: [],
      configurations: before?.configurations ?? [],
    },
    learnt,
  );
  const bySettings = home.kind === 'settings';
  const { command, events } = surroundings.settings;
  const settled =
    files.change.length === 0 &&
    JSON.stringify([before?.program, before?.inCi]) === JSON.stringify([memory.program, memory.inCi]) &&
    modes.at(-1) === mode &&
    command === (bySettings ? hookCommand() : null) &&
    events.join() === (bySettings ? HOOK_EVENTS.join() : '');
  return {
    home,
    mode,
    acts: [...files.acts, ...(bySettings ? [act(`git setting ${EVENT_KEY}`, command === null ? 'make' : 'keep')] : [])],
    settled,
    byHand: home.kind === 'manager' && !home.wired ? byHandFor(home.manager, home.file) : null,
    absent: surroundings.absent,
    change: {
      files: files.change,
      emptyFolders: [],
      settings: [
        [COMMAND_KEY, bySettings ? [hookCommand()] : []],
        [EVENT_KEY, bySettings ? [...HOOK_EVENTS] : []],
        [HOOK_MODE_KEY, [mode]],
      ],
      memory,
    },
  };
}

export const byHandFor = (manager: HookManager, file: string): HookPlan['byHand'] => ({
  file,
  text: snippetFor(manager, HOOK_EVENTS),
  afterwards: commandFor(manager, HOOK_EVENTS),
});

/** What this worktree says about the hook's tasks. Addresses that cannot be found are no reason not to install it. */
async function learn(outside: Outside, repository: Repository, where: Where): Promise<Learnt> {
  const settings = outside.config.settings(repository.root);
  const everywhere = { framework: null, project: null };
  const found = await findProjects(repository, outside.frameworks, settings, everywhere);
  const pathspecs = pathspecsOf(found);
  // Walked now, so that no switch has to wait for the first walk.
  const [files] = await Promise.all([repository.workingFiles(pathspecs), repository.walk({ pathspecs })]);
  const configurations = found.flatMap(project => configurationIn(outside, repository, project, where));
  return { configurations, places: { pathspecs, folders: foldersWith(files.map(file => file.path)) } };
}

function configurationIn(outside: Outside, repository: Repository, found: FoundProject, where: Where) {
  try {
    const { address } = findAddress(outside, repository, found, { directory: where.directory, database: null });
    return [configurationOf(repository.root, found, address)];
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}

/**
 * What lies in a working tree of this very repository changes with a checkout: it is run only while git tracks nothing of it
 * (`node_modules`). Throws `refused` when git tracks it now.
 */
async function guardedFolders(repository: Repository, program: HookWish['program']): Promise<readonly string[]> {
  const guarded = new Set<string>();
  for (const file of [program.node, program.script]) {
    const around = await repository.treeAround(path.dirname(file));
    if (around === null) continue;
    const parts = path.relative(around.top, file).split(path.sep);
    const modules = parts.indexOf('node_modules');
    const depth = modules === -1 ? Math.max(parts.length - 2, 1) : modules + 1;
    const folder = path.join(around.top, ...parts.slice(0, depth));
    if (around.tracked || (await repository.treeAround(folder))?.tracked === true) {
      throw new ProblemError('refused', {
        reason: `git tracks ${folder} here, so what runs from it would change with every checkout; the hook runs no such code`,
        next: 'npm install --global tidemark',
      });
    }
    guarded.add(folder);
  }
  return [...guarded];
}
