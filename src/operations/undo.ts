/** Plans the undoing of a run: what it reversed is applied again with the code it was reversed with, what it applied is reversed, or its backup is restored. */
import type { Connection } from '../databases/contract.ts';
import type { MigrationId } from '../domain/migration.ts';
import type { Plan, Step } from '../domain/plan.ts';
import { ProblemError } from '../domain/problem.ts';
import type { RunState } from '../domain/replay.ts';
import type { RunId } from '../domain/run.ts';
import { losesData } from '../domain/safety-rules.ts';
import { inverseRows, movedSince, toUndo, type Undoing } from '../domain/undo.ts';
import type { Repository } from '../git/contract.ts';
import { applyAgain } from './apply-again.ts';
import { commandMaker } from './command-steps.ts';
import { reading } from './connect.ts';
import { countLosses } from './count-losses.ts';
import { digestRows, digestSchema, planId } from './digest.ts';
import type { InspectedProject } from './inspect.ts';
import type { PlannedProject } from './make-plan.ts';
import type { Outside } from './outside.ts';
import { parkedIn } from './park.ts';
import { gatherMaterial } from './plan-material.ts';
import { appliedFrom } from './run-context.ts';
import { listRuns } from './runs.ts';

/** Which way is asked for. */
export interface UndoWish {
  /** The backup, even where the steps could be turned round. */
  readonly fromBackup: boolean;
  /** Step by step, even where something that cannot be named may have died. */
  readonly fromParked: boolean;
}

/** The run to undo: the named one, else the newest that stands on its database. Throws `unknown-run`, `refused`. */
export function runToUndo(outside: Outside, repository: Repository, asked: RunId | null): RunState {
  const all = listRuns(outside, repository).map(({ state }) => state);
  const named =
    asked === null ? all.filter(({ status }) => status === 'finished') : all.filter(({ run }) => run.startsWith(asked));
  const [newest, another] = named;
  if (newest === undefined || (asked !== null && another !== undefined)) {
    if (asked !== null) throw new ProblemError('unknown-run', { run: asked, known: all.map(({ run }) => run) });
    throw new ProblemError('refused', {
      reason: 'There is no finished run here, so there is nothing to undo.',
      next: 'tidemark runs',
    });
  }
  const sameDatabase = all.filter(({ plan }) => plan.identity === newest.plan.identity);
  const found = toUndo(sameDatabase, asked === null ? null : newest.run);
  if ('reason' in found) throw new ProblemError('refused', found);
  return found;
}

/** Plans it. Reads git and the database; changes nothing. Throws `refused` when the history is not as the run left it, or there is no way back. */
export async function planUndo(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  state: RunState,
  wish: UndoWish,
): Promise<PlannedProject> {
  mustBeAsLeft(inspected, state);
  const { steps, against } = await reading(outside, inspected.address, connection =>
    turnedRound(outside, repository, inspected, state, connection),
  );
  const parked = soundSets(outside, repository, state);
  const unsafe = against ?? (wish.fromParked ? null : whatMayBeLost(state, parked));
  const way = wish.fromBackup || unsafe !== null ? ('backup' as const) : ('steps' as const);
  if (way === 'backup') mustHaveBackup(state, unsafe ?? 'it was asked for', against === null);
  const schemaNow = await reading(outside, inspected.address, async connection =>
    digestSchema(await connection.describeSchema([state.plan.project.historyTable])),
  );
  const moved = state.end?.schema != null && state.end.schema !== schemaNow;
  const undo: Undoing = {
    run: state.run,
    way,
    why: unsafe ?? (wish.fromBackup ? 'it was asked for' : whyBySteps(parked)),
    rows: state.before.rows,
    schema: state.before.schema,
    began: state.began,
    backup: state.backup,
  };
  const warnings = moved
    ? [
        `The schema was changed since run ${state.run} ended, by something else; ${way === 'backup' ? 'that is lost' : 'that stays'}.`,
      ]
    : [];
  const plan: Omit<Plan, 'id'> = {
    project: state.plan.project,
    engine: inspected.address.engine,
    database: inspected.address.display,
    identity: inspected.identity,
    rows: digestRows(inspected.rows),
    head: repository.head,
    undo,
    ...(way === 'steps' ? { restores: parked } : {}),
    strategy: state.plan.strategy,
    steps: way === 'steps' ? steps : [],
    after: appliedFrom(inspected, state.before.rows).map(({ id }) => id),
    warnings,
  };
  return { inspected, plan: { id: planId(plan), ...plan }, refusals: [], warnings, notes: [] };
}

const whyBySteps = (parked: readonly string[]): string =>
  parked.length === 0 ? 'it destroyed nothing' : 'all that it destroyed is parked';

/** The history table must hold what the run left there. */
function mustBeAsLeft(inspected: InspectedProject, state: RunState): void {
  const { end, plan } = state;
  if (inspected.identity !== plan.identity) {
    throw new ProblemError('refused', {
      reason: `${inspected.address.display} is another database than the one of run ${state.run} (${plan.database}).`,
      next: 'tidemark runs',
    });
  }
  if (end?.rows != null && end.rows === digestRows(inspected.rows)) return;
  const before = appliedFrom(inspected, state.before.rows).map(({ id }) => id);
  const left = [...before.filter(id => !end?.removed.includes(id)), ...(end?.applied ?? [])];
  const moved = movedSince(
    left,
    (inspected.facts.applied ?? []).map(({ id }) => id),
  );
  if (moved.length === 0 && end?.rows == null) return;
  throw new ProblemError('refused', {
    reason: `The history table is not as run ${state.run} left it: ${moved.length === 0 ? 'rows were changed' : moved.join(', ')}.`,
    next: 'tidemark status',
  });
}

/** Sets of the run that can be put back. */
function soundSets(outside: Outside, repository: Repository, { parked }: RunState): readonly string[] {
  const stored = new Map(
    parkedIn(outside, repository)
      .list()
      .map(set => [set.id, set]),
  );
  return (parked ?? [])
    .map(({ id }) => id)
    .filter(id => stored.get(id)?.damage === null && stored.get(id)?.set != null);
}

/** Why turning the steps round may not bring everything back, as a clause; null when it does. */
function whatMayBeLost(state: RunState, sound: readonly string[]): string | null {
  for (const [index, step] of state.plan.steps.entries()) {
    if (step.kind !== 'reverse' || state.steps[index]?.state !== 'done') continue;
    if (step.losses.unsure !== null)
      return `reversing ${step.migration} may have destroyed more than could be named (${step.losses.unsure})`;
    const [emptied] = state.plan.rehearsal?.steps[index]?.rowsGone ?? [];
    if (emptied !== undefined)
      return `reversing ${step.migration} took rows from ${emptied.table}, which are not parked`;
    if (losesData(step.losses) && state.parkingDeclined)
      return `what reversing ${step.migration} destroyed was not parked`;
  }
  const lost = (state.parked ?? []).find(({ id }) => !sound.includes(id));
  return lost === undefined ? null : `what was parked of ${lost.migration} is damaged or gone`;
}

function mustHaveBackup(state: RunState, why: string, bySteps: boolean): void {
  if (state.backup !== null) return;
  throw new ProblemError('refused', {
    reason: `Run ${state.run} made no backup, and without one it cannot be undone: ${why}.`,
    next: bySteps ? `tidemark undo ${state.run} --from-parked` : `tidemark runs`,
  });
}

/** The run's steps in reverse, each turned round. `against`: why that cannot be, as a clause. */
async function turnedRound(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  state: RunState,
  connection: Connection,
): Promise<{ readonly steps: readonly Step[]; readonly against: string | null }> {
  if (state.plan.undo?.way === 'backup') return { steps: [], against: 'it restored a backup as a whole' };
  const done = state.plan.steps
    .map((step, index) => ({ step, seen: state.steps[index] }))
    .filter(({ seen }) => seen?.state === 'done')
    .toReversed();
  const applied = done.flatMap(({ step }) => (step.kind === 'apply' ? step.migrations.toReversed() : []));
  const reversed = await reverseApplied(outside, repository, inspected, connection, applied);
  if ('against' in reversed) return { steps: [], against: reversed.against };
  const rows = done.flatMap(({ step, seen }): Step[] => {
    if (step.kind === 'reverse' || step.kind === 'apply' || step.doing.how !== 'rows') return [];
    const doing = { how: 'rows', rows: inverseRows(step.doing.rows, seen?.before?.rows ?? []) } as const;
    const { migration } = step;
    if (step.kind === 'relabel') return [{ kind: 'relabel', migration: step.to, to: migration, doing }];
    return [{ kind: step.kind === 'forget' ? 'remember' : 'forget', migration, doing }];
  });
  const again = done.flatMap(({ step }) => (step.kind === 'reverse' ? [step] : []));
  const applying = await applyAgain(outside, repository, inspected, state, again);
  if ('against' in applying) return { steps: [], against: applying.against };
  return { steps: [...reversed.steps, ...rows, ...applying.steps], against: null };
}

/** Reversals of what the run applied, the newest first, with the text that was applied. */
async function reverseApplied(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  connection: Connection,
  ids: readonly MigrationId[],
): Promise<{ readonly steps: readonly Step[] } | { readonly against: string }> {
  if (ids.length === 0) return { steps: [] };
  const { framework, project, address } = inspected;
  const edited = inspected.diagnosis.findings.flatMap(finding => (finding.kind === 'edited' ? finding.migration : []));
  const remedies = new Map(edited.filter(id => ids.includes(id)).map(id => [id, 'reverse'] as const));
  const wish = { only: null, remedies, strategy: 'in-place', apply: false, from: null } as const;
  const material = await gatherMaterial(repository, inspected, wish);
  const texts = new Map([...material.kept, ...material.orphans, ...material.edited]);
  const all = ids.flatMap(id => texts.get(id) ?? []);
  const unknown = ids.find(id => !texts.has(id));
  if (unknown !== undefined) return { against: `the text of ${unknown}, which it applied, is not known any more` };
  const left = [...material.missing.values()].filter(each => !ids.includes(each.id));
  const commands = commandMaker(outside, repository, inspected, material.here);
  const steps: Step[] = [];
  for (const migration of all) {
    const request = {
      project,
      engine: address.engine,
      migration,
      all,
      onDisk: material.here,
      applied: material.facts.applied,
      left,
    };
    const reversal = framework.reverse(request);
    if (reversal.how === 'impossible')
      return { against: `${migration.id}, which it applied, cannot be reversed: ${reversal.reason}` };
    const doing = reversal.how === 'sql' ? reversal : await commands.forReversal(reversal, all);
    const { id, path, commit, orphan, parts } = migration;
    // What lies on disk has no blob yet where nothing asked for it.
    const blob = migration.blob === '' ? ((await repository.hashWorking([path])).get(path) ?? '') : migration.blob;
    const losses = await countLosses(connection, framework.losses(project, migration));
    steps.push({
      kind: 'reverse',
      migration: id,
      path,
      commit,
      blob,
      ...(parts === undefined ? {} : { parts: parts.map(part => ({ path: part.path, blob: part.blob ?? null })) }),
      ...(orphan || commit !== null ? {} : { working: true as const }),
      because: 'undo',
      losses,
      doing,
    });
  }
  return { steps };
}
