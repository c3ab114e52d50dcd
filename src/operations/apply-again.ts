/** Applies what a run reversed once more: with the very text, and for a framework's command in the very tree, that it was reversed with. */
import type { MigrationId } from '../domain/migration.ts';
import type { PlannedFile, Step } from '../domain/plan.ts';
import type { RunState } from '../domain/replay.ts';
import type { FileText, Forward, OverlayFile } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import { commandMaker } from './command-steps.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';
import { textsOnDisk } from './read-migrations.ts';
import { appliedFrom } from './run-context.ts';

type ReverseStep = Extract<Step, { kind: 'reverse' }>;
type Doing = Step['doing'];

/** Steps that apply, in the order given, what these steps reversed; or why that cannot be, as a clause. */
export async function applyAgain(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  state: RunState,
  reversed: readonly ReverseStep[],
): Promise<{ readonly steps: readonly Step[] } | { readonly against: string }> {
  const { framework, project, address, rows } = inspected;
  const steps: Step[] = [];
  const before = new Set(appliedFrom(inspected, state.before.rows).map(({ id }) => id));
  for (const step of reversed) {
    const file = await textOf(repository, inspected, step);
    if (file === null) return { against: `the text of ${step.migration}, which it reversed, is not known any more` };
    const forward = framework.forward(project, file, address.engine, [], { rows, ahead: steps.length });
    if (forward.how === 'impossible')
      return { against: `${step.migration} cannot be applied again: ${forward.reason}` };
    if (forward.how === 'command') {
      const doing = await inItsTree(outside, repository, inspected, state, reversed, forward, before);
      const migrations = reversed.map(({ migration }) => migration);
      return { steps: [...steps, { kind: 'apply', migrations, because: 'undo', doing }] };
    }
    steps.push({ kind: 'apply', migrations: [step.migration], because: 'undo', doing: forward });
  }
  return { steps };
}

/** The text that was reversed: git's, a kept copy, or the one on disk while it is the same. */
async function textOf(
  repository: Repository,
  inspected: InspectedProject,
  step: ReverseStep,
): Promise<FileText | null> {
  const { path, blob, parts = [] } = step;
  const blobs = await repository.readBlobs([blob, ...parts.flatMap(part => part.blob ?? [])]);
  const text = blobs.get(blob) ?? (await sameOnDisk(repository, path, blob));
  if (text === null) return null;
  const others: { path: string; text: string }[] = [];
  for (const part of parts) {
    const own = part.blob === null ? repository.readWorking(part.path) : blobs.get(part.blob);
    if (own == null) return null;
    others.push({ path: part.path, text: own });
  }
  const file = others.length === 0 ? { path, text } : { path, text, parts: others };
  return 'id' in inspected.framework.read(inspected.project, file) ? file : null;
}

async function sameOnDisk(repository: Repository, path: string, blob: string): Promise<string | null> {
  const now = await repository.hashWorking([path]);
  return now.get(path) === blob ? repository.readWorking(path) : null;
}

/**
 * A command applies all that it finds pending. In the tree of the first reversal everything that was applied before the run has its file;
 * what was not applied then is hidden. Where the reversal was SQL of ours there is no such tree: HEAD's, with the texts laid over it.
 */
async function inItsTree(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  state: RunState,
  reversed: readonly ReverseStep[],
  forward: Extract<Forward, { how: 'command' }>,
  before: ReadonlySet<MigrationId>,
): Promise<Doing> {
  // They come oldest first, so the run's own first reversal is the last.
  const first = reversed.findLast(({ doing }) => doing.how === 'command')?.doing;
  const laid: OverlayFile[] = reversed.flatMap(({ path, blob, parts = [] }) => [
    { path, blob },
    ...parts.flatMap(part => (part.blob === null ? [] : [{ path: part.path, blob: part.blob }])),
  ]);
  const onDisk = textsOnDisk(repository, inspected, inspected.facts.files, inspected.paths);
  if (first?.how !== 'command') {
    const made = await commandMaker(outside, repository, inspected, onDisk).forForward(
      { ...forward, files: [...laid, ...(forward.files ?? [])] },
      [],
    );
    return made.how === 'command' ? hiding(repository, inspected, made, before) : made;
  }
  const own = new Set(first.files.map(file => file.path));
  const there = await repository.filesAt(first.commit, inspected.framework.pathspecs(state.plan.project));
  const missing = laid.filter(({ path }) => !own.has(path) && !there.has(path));
  const files = [...first.files, ...missing, ...(forward.files ?? [])];
  const doing = { ...first, arguments: forward.arguments, files, atomic: false };
  return hiding(repository, inspected, doing, before);
}

async function hiding(
  repository: Repository,
  { framework, project }: InspectedProject,
  doing: Extract<Doing, { how: 'command' }>,
  before: ReadonlySet<MigrationId>,
): Promise<Doing> {
  const tree = await repository.filesAt(doing.commit, framework.pathspecs(project));
  const laid = new Map(doing.files.map(file => [file.path, file]));
  const blobs = new Map([...tree].filter(([path]) => !laid.has(path)));
  for (const file of doing.files) if ('blob' in file) blobs.set(file.path, file.blob);
  const needsText = framework.idFrom === 'text' || framework.order === 'graph';
  const texts = needsText ? await repository.readBlobs([...new Set(blobs.values())]) : new Map<string, string>();
  const hidden: PlannedFile[] = [];
  for (const path of new Set([...blobs.keys(), ...laid.keys()])) {
    const file = laid.get(path);
    if (file !== undefined && 'removed' in file) continue;
    const text = file !== undefined && 'text' in file ? file.text : (texts.get(blobs.get(path) ?? '') ?? null);
    const id = framework.identify(project, path, framework.idFrom === 'text' ? text : null);
    if (id === null || before.has(id)) continue;
    const read = text === null ? null : framework.read(project, { path, text });
    // A squash stands for parts that are applied: without it the tree would be another.
    const stands =
      read !== null && 'id' in read && read.replaces.length > 0 && read.replaces.every(part => before.has(part));
    if (!stands) hidden.push({ path, removed: true });
  }
  const gone = new Set(hidden.map(({ path }) => path));
  return { ...doing, files: [...doing.files.filter(({ path }) => !gone.has(path)), ...hidden] };
}
