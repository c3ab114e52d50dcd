/** What the hook may follow: configurations a person has typed a command with, and where their migrations lie. */
import path from 'node:path';
import type { Address } from '../databases/contract.ts';
import type { HookMemory, KnownConfiguration } from '../domain/hook.ts';
import { ProblemError } from '../domain/problem.ts';
import type { Repository } from '../git/contract.ts';
import { markOf } from './digest.ts';
import { type FoundProject, projectKey } from './find-projects.ts';
import type { Where } from './outside.ts';

/** Kept per project: a person goes to and fro between branches with different settings. */
const KEPT_CONFIGURATIONS = 16;

/** A project as it is configured now. The password does not enter: who may know it is decided by the place it is sent to. */
export function configurationOf(root: string, found: FoundProject, address: Address): KnownConfiguration {
  const { framework, root: folder, historyTable } = found.project;
  const { engine, host, port, socket, user, parameters } = address;
  // Each worktree has a file of its own where the path is relative.
  const inside = path.relative(root, address.database);
  const database = engine === 'sqlite' && !inside.startsWith('..') ? inside : address.database;
  const { database: _mayHoldPassword, ...chosen } = found.settings ?? {};
  const target = { engine, host, port, socket, user, database, parameters };
  return {
    project: projectKey(found.project),
    database: address.display,
    mark: markOf({ framework, folder, historyTable, chosen, target }),
  };
}

/** For `Where.follow`: lets pass what the memory knows. Throws `configuration-changed`. */
export const followOnly =
  (memory: Pick<HookMemory, 'configurations'>) =>
  (root: string, found: FoundProject, address: Address): void => {
    const now = configurationOf(root, found, address);
    if (memory.configurations.some(known => known.mark === now.mark)) return;
    const known = memory.configurations.findLast(({ project }) => project === now.project);
    throw new ProblemError('configuration-changed', {
      project: now.project,
      before: known?.database ?? null,
      now: now.database,
    });
  };

/** What a look has learnt for the hook. */
export interface Learnt {
  readonly configurations: readonly KnownConfiguration[];
  /** Of all projects; null when only some were looked at. */
  readonly places: { readonly pathspecs: readonly string[]; readonly folders: readonly string[] } | null;
}

/** The memory with what was learnt. */
export function withLearnt(memory: HookMemory, learnt: Learnt): HookMemory {
  const marks = new Set(learnt.configurations.map(({ mark }) => mark));
  const all = [...memory.configurations.filter(({ mark }) => !marks.has(mark)), ...learnt.configurations];
  const counts = new Map<string, number>();
  const kept = all.toReversed().filter(({ project }) => {
    const count = (counts.get(project) ?? 0) + 1;
    counts.set(project, count);
    return count <= KEPT_CONFIGURATIONS;
  });
  const places = learnt.places ?? { pathspecs: memory.pathspecs, folders: memory.folders };
  return { ...memory, configurations: kept.toReversed(), ...places };
}

/** Remembers a look that a person asked for, where the hook is installed. A disk that cannot be written is no reason to fail the look. */
export async function rememberLook(repository: Repository, where: Where, learn: () => Learnt): Promise<void> {
  // What nobody typed teaches nothing, and the hook notes for itself when it has told.
  const memory = where.follow === undefined ? repository.hookMemory() : null;
  if (memory === null) return;
  try {
    const learnt = withLearnt(memory, learn());
    if (JSON.stringify(learnt) !== JSON.stringify(memory)) repository.rememberForHook(learnt);
    const looked = await repository.looking(learnt.pathspecs);
    looked();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** Folders of files, from the root, each once. */
export const foldersWith = (paths: readonly string[]): readonly string[] => [
  ...new Set(paths.map(file => path.posix.dirname(file)).sort()),
];

/** Pathspecs of projects, each once. */
export const pathspecsOf = (found: readonly FoundProject[]): readonly string[] => [
  ...new Set(found.flatMap(({ framework, project }) => framework.pathspecs(project))),
];
