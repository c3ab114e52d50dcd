/** Turns a framework's command into something that can be planned: the program found, the checkout spelled out. */
import path from 'node:path';
import type { Declaration } from '../domain/migration.ts';
import type { Doing, PlannedFile } from '../domain/plan.ts';
import { ProblemError } from '../domain/problem.ts';
import type { FileText, Forward, OverlayFile, Reversal, ReversibleMigration } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';
import { partPaths } from './parts.ts';
import { withBlobs } from './read-migrations.ts';
import { missingImports } from './sources.ts';

type CommandReversal = Extract<Reversal, { how: 'command' }>;
type CommandForward = Extract<Forward, { how: 'command' }>;

/** Makes the `doing` of command steps of one project. What they share (program, working tree's differences) is found once. */
export function commandMaker(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  onDisk: readonly (Declaration & FileText)[],
) {
  let shared:
    | Promise<{
        program: readonly [string, ...string[]];
        differing: readonly PlannedFile[];
        carries: readonly string[];
      }>
    | undefined;
  const findShared = () =>
    (shared ??= (async () => ({
      program: findProgram(outside, repository, inspected),
      differing: await differingFromHead(repository, inspected, onDisk),
      carries: [...inspected.framework.carries(inspected.project), ...(inspected.found.settings?.carry ?? [])],
    }))());
  return {
    /** A reversal in a worktree: HEAD's tree with what lies on disk and what is missing laid over it, or the old commit as it was. */
    async forReversal(reversal: CommandReversal, all: readonly ReversibleMigration[]): Promise<Doing> {
      const { program, differing, carries } = await findShared();
      const { checkout } = reversal;
      const common = {
        how: 'command',
        program,
        arguments: reversal.arguments,
        atomic: reversal.atomic,
        whole: reversal.whole ?? inspected.abilities.transactionalSchema,
        carries,
      } as const;
      if (checkout.kind === 'commit') return { ...common, commit: checkout.commit, files: [] };
      const imports: OverlayFile[] = [];
      for (const orphan of all) imports.push(...(await missingImports(repository, inspected, orphan)));
      return { ...common, commit: headOf(repository), files: layered(imports, differing, checkout.files) };
    },
    /** Applying: HEAD's tree with the working tree's own migrations. A command applies all it finds, so pending files that are not planned are hidden. */
    async forForward(forward: CommandForward, unwanted: readonly string[]): Promise<Doing> {
      const { program, differing, carries } = await findShared();
      const hidden = unwanted.map(file => ({ path: file, removed: true }) as const);
      return {
        how: 'command',
        program,
        arguments: forward.arguments,
        commit: headOf(repository),
        files: layered(differing, forward.files ?? [], hidden),
        atomic: false,
        whole: inspected.abilities.transactionalSchema,
        carries,
      };
    },
  };
}

/** Later lists win over earlier ones where they name the same path. */
function layered(...lists: readonly (readonly PlannedFile[])[]): readonly PlannedFile[] {
  const byPath = new Map(lists.flat().map(file => [file.path, file]));
  return [...byPath.values()];
}

function headOf(repository: Repository): string {
  if (repository.head !== null) return repository.head;
  throw new ProblemError('refused', {
    reason: 'There is no commit yet, so there is nothing to check out and run.',
    next: 'git commit',
  });
}

/** Migration files of the working tree that differ from HEAD's: an uncommitted migration may be applied, and a deleted one must not come back. */
async function differingFromHead(
  repository: Repository,
  inspected: InspectedProject,
  onDisk: readonly (Declaration & FileText)[],
): Promise<readonly PlannedFile[]> {
  const pathspecs = inspected.framework.pathspecs(inspected.project);
  const files = await withBlobs(repository, pathspecs, inspected.facts.files, () => true);
  const inHead = await repository.filesAt(headOf(repository), pathspecs);
  const parts = onDisk.flatMap(file => file.parts ?? []);
  const hashed = await repository.hashWorking(parts.map(part => part.path));
  const texts = new Map([...onDisk, ...parts].map(file => [file.path, file.text]));
  const blobs = new Map([...files.map(file => [file.path, file.blob] as const), ...hashed]);
  const present = new Set(blobs.keys());
  const changed = [...blobs].flatMap(([file, blob]) => {
    const text = texts.get(file);
    return text === undefined || inHead.get(file) === blob ? [] : [{ path: file, text }];
  });
  const migrations = [...inHead.keys()].filter(file => isMigration(inspected, file));
  const removed = migrations
    .flatMap(file => [file, ...partPaths(inspected, file, [...inHead.keys()])])
    .filter(file => !present.has(file))
    .map(file => ({ path: file, removed: true }) as const);
  return [...changed, ...removed];
}

/** Files of HEAD that are migrations by their path and are not on disk. Helpers beside them stay. */
function isMigration(inspected: InspectedProject, file: string): boolean {
  const { framework, project, sightings } = inspected;
  if (framework.idFrom === 'path') return framework.identify(project, file, null) !== null;
  return [...sightings.values()].some(seen => seen.some(sighting => sighting.path === file));
}

function findProgram(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
): readonly [string, ...string[]] {
  const declared = inspected.found.settings?.program;
  const wanted = inspected.framework.program(inspected.project);
  const folders = [path.join(repository.root, inspected.project.root), repository.root];
  const search = outside.env['PATH'] ?? '';
  if (declared !== undefined) {
    const [name, ...rest] = declared;
    const program = outside.processes.find([name], folders, search);
    if (program !== null) return [program, ...rest];
    throw new ProblemError('program-missing', {
      program: name,
      looked: [inspected.found.settings?.framework ?? '', 'tidemark.config.json'],
    });
  }
  const program = wanted === null ? null : outside.processes.find(wanted.candidates, folders, search);
  if (program !== null) return [program];
  throw new ProblemError('program-missing', {
    program: inspected.framework.title,
    looked: wanted === null ? [] : [...wanted.candidates, wanted.install],
  });
}
