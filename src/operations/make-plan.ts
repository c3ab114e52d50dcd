/** From an inspection and a wish to a plan: decisions of the domain, filled with the framework's commands and counted losses. */
import type { Connection } from '../databases/contract.ts';
import { wordingFor } from '../domain/command-text.ts';
import { decide } from '../domain/decide.ts';
import type { Decision, Wish } from '../domain/decision.ts';
import type { MigrationId } from '../domain/migration.ts';
import type { Plan, PlanTarget, Refusal, Step } from '../domain/plan.ts';
import type { Reversal, ReversibleMigration, RowsOrReason } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import type { ByHand } from './by-hand.ts';
import { commandMaker } from './command-steps.ts';
import { reading, targetOf } from './connect.ts';
import { countLosses, nothingLeftToLose } from './count-losses.ts';
import { digestRows, planId } from './digest.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';
import { waitingFor } from './parked-choice.ts';
import { partPaths } from './parts.ts';
import { gatherMaterial, type Material, projectHere, treeCompared } from './plan-material.ts';
import { filtersRun, notesOn, parkedNote, sourceWarnings } from './plan-notes.ts';
import { withSourceFrom } from './sources.ts';
import { rowsAfter } from './verify-rows.ts';

/** A wish, and for one migration the commit whose version is to be reversed. */
export interface PlanWish extends Wish {
  readonly from: string | null;
  /** For one migration: SQL that a person wrote instead of its own reversal. Missing: none. */
  readonly byHand?: ByHand | null;
  /** For a comparison with a commit: switch there afterwards, and with `apply` also apply what is pending there. */
  readonly switch?: boolean;
  /** Parked data of what is applied again is put back afterwards. */
  readonly restoreParked?: boolean;
}

/** What came of planning one project. `plan` is null when there is nothing to do, or nothing that may be done. */
export interface PlannedProject {
  readonly inspected: InspectedProject;
  readonly plan: Plan | null;
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
  /** What a reader should know that asks for nothing, as sentences. */
  readonly notes: readonly string[];
  /** It was to be rehearsed, and no copy could be made. */
  readonly unrehearsed?: true;
}

/** Plans one project. Reads git and the database; changes nothing. */
export async function makePlan(
  outside: Outside,
  repository: Repository,
  original: InspectedProject,
  wish: PlanWish,
): Promise<PlannedProject> {
  const inspected = wish.from === null ? original : await withChosenSource(repository, original, wish);
  const { to } = inspected;
  if (to?.setAside != null) {
    return { inspected, plan: null, refusals: [], warnings: [], notes: [`${to.setAside}.`, ...to.notes] };
  }
  const everything = to === null || wish.only !== null ? null : everythingWouldGo(inspected);
  if (everything !== null)
    return { inspected, plan: null, refusals: [everything], warnings: [], notes: to?.notes ?? [] };
  const material = await gatherMaterial(repository, inspected, wish);
  // What another commit has pending is applied by the code that is checked out then, and never from here.
  const decision = decide(material.facts, to === null ? wish : { ...wish, apply: false });
  const notes = notesOn(inspected, wish);
  const warnings = [...decision.warnings, ...sourceWarnings(inspected, decision)];
  const later = to === null ? null : await applyLater(outside, repository, inspected, decision, material, wish);
  const changes = decision.reverse.length + decision.relabel.length + decision.forget.length + decision.apply.length;
  if (changes + (later?.target.apply.length ?? 0) === 0) {
    return { inspected, plan: null, refusals: decision.refusals, warnings: decision.warnings, notes };
  }
  const { steps, refusals } = await reading(outside, inspected.address, connection =>
    stepsOf(outside, repository, inspected, connection, decision, material, wish.byHand ?? null),
  );
  const impossible = [...refusals, ...(later?.refusals ?? [])];
  const all = [...decision.refusals, ...impossible];
  warnings.push(...steps.flatMap(step => goneAlready(step, to?.target.name)));
  if (inspected.hazard !== null) warnings.push(inspected.hazard);
  const filters = await filtersRun(repository, steps);
  warnings.push(...filters.warnings);
  const nothing = steps.length === 0 && (later?.target.apply.length ?? 0) === 0;
  if (nothing || impossible.length > 0) return { inspected, plan: null, refusals: all, warnings, notes };
  const applied = steps.flatMap(step => (step.kind === 'apply' ? step.migrations : []));
  const waiting = waitingFor(outside, repository, inspected, applied);
  const plan: Omit<Plan, 'id'> = {
    project: projectHere(inspected).project,
    engine: inspected.address.engine,
    database: inspected.address.display,
    identity: inspected.identity,
    rows: digestRows(inspected.rows),
    head: repository.head,
    ...(later === null ? {} : { to: later.target }),
    ...(wish.restoreParked === true && applied.length > 0 ? { restores: waiting.map(({ id }) => id) } : {}),
    strategy: decision.strategy,
    steps,
    after: decision.after,
    warnings,
  };
  const parked = waiting.map(set => parkedNote(set, wish.restoreParked === true));
  return {
    inspected,
    plan: { id: planId(plan), ...plan },
    refusals: all,
    warnings,
    notes: [...notes, ...filters.notes, ...parked],
  };
}

/** The commit has no migration of the project at all: it may lie where nobody looked, and all that was applied would be reversed. */
function everythingWouldGo({ to, facts, diagnosis, framework }: InspectedProject): Refusal | null {
  const orphans = diagnosis.findings
    .filter(({ kind }) => kind === 'orphaned')
    .flatMap(({ migration }) => migration ?? []);
  const [newest] = orphans;
  if (to === null || facts.files.length > 0 || newest === undefined) return null;
  return {
    migration: newest,
    reason: `${to.target.name} has no ${framework.title} migration of this project at all, so it may keep them elsewhere: everything applied (${orphans.length}) would go`,
    next: wordingFor(to.target.name).plan(...orphans),
  };
}

/** What is applied once the commit that was compared is checked out, as far as its text tells; and why that cannot be. */
async function applyLater(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  decision: Decision,
  material: Material,
  wish: PlanWish,
): Promise<{ readonly target: PlanTarget; readonly refusals: readonly Refusal[] } | null> {
  if (inspected.to === null) return null;
  const { name, commit, branch } = inspected.to.target;
  const target = { name, commit, branch, switch: wish.switch === true, apply: [] };
  if (wish.switch !== true || !wish.apply) return { target, refusals: [] };
  const whole = decide(material.facts, wish);
  const apply = whole.apply.filter(id => !decision.apply.includes(id));
  const { steps, refusals } = await applySteps(
    outside,
    repository,
    inspected,
    { ...whole, apply },
    material,
    stillOrphaned(material, decision),
    [],
  );
  return { target: { ...target, apply: steps.length === 0 ? [] : apply }, refusals };
}

async function withChosenSource(repository: Repository, inspected: InspectedProject, wish: PlanWish) {
  const findings = await Promise.all(
    inspected.diagnosis.findings.map(finding =>
      finding.kind === 'orphaned' && wish.from !== null && (wish.only?.includes(finding.migration) ?? false)
        ? withSourceFrom(repository, inspected, finding, wish.from)
        : finding,
    ),
  );
  return { ...inspected, diagnosis: { ...inspected.diagnosis, findings } };
}

async function stepsOf(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  connection: Connection,
  decision: Decision,
  material: Material,
  byHand: ByHand | null,
): Promise<{ readonly steps: readonly Step[]; readonly refusals: readonly Refusal[] }> {
  const { framework, rows, known } = inspected;
  const here = projectHere(inspected);
  const { project } = here;
  const { engine } = inspected.address;
  const steps: Step[] = [];
  const refusals: Refusal[] = [];
  const reversed = new Set(decision.reverse.map(entry => entry.id));
  const texts = new Map([...material.kept, ...material.edited, ...material.orphans]);
  const all = decision.reverse.flatMap(({ id }) => texts.get(id) ?? []);
  const left = [...material.missing.values()].filter(each => !reversed.has(each.id));
  const commands = commandMaker(outside, repository, here, material.here);

  for (const { id, because } of decision.reverse) {
    const migration = all.find(entry => entry.id === id);
    if (migration === undefined) continue;
    const applied = material.facts.applied;
    const written = byHand?.migration === id ? byHand : null;
    const reversal =
      written === null
        ? framework.reverse({ project, engine, migration, all, onDisk: material.here, applied, left })
        : asWritten(written, framework.forget(project, id, rows, known));
    if (reversal.how === 'impossible') {
      refusals.push({ migration: id, reason: reversal.reason, next: reversal.wayOut });
      continue;
    }
    const losses = await countLosses(
      connection,
      written === null ? framework.losses(project, migration) : outside.sql.losses(written.script),
    );
    const doing = reversal.how === 'sql' ? reversal : await commands.forReversal(reversal, all);
    steps.push({
      kind: 'reverse',
      migration: id,
      path: migration.path,
      commit: migration.commit,
      blob: migration.blob,
      ...(migration.parts === undefined
        ? {}
        : { parts: migration.parts.map(part => ({ path: part.path, blob: part.blob ?? null })) }),
      ...(liesOnDisk(inspected, id) ? { working: true as const } : {}),
      ...(standsInRow(inspected, id) ? { inRow: true as const } : {}),
      ...(written === null ? {} : { byHand: true as const }),
      because,
      losses,
      doing,
    });
  }
  const fileOf = (id: MigrationId) => material.there.find(file => file.id === id);
  for (const { from, to } of decision.relabel) {
    const changed = framework.relabel(project, from, to, rows, known, fileOf(to));
    if ('reason' in changed) refusals.push({ migration: from, reason: changed.reason, next: 'tidemark status' });
    else steps.push({ kind: 'relabel', migration: from, to, doing: { how: 'rows', rows: changed } });
  }
  for (const id of decision.forget) {
    const changed = framework.forget(project, id, rows, known);
    if ('reason' in changed) refusals.push({ migration: id, reason: changed.reason, next: 'tidemark status' });
    else steps.push({ kind: 'forget', migration: id, doing: { how: 'rows', rows: changed } });
  }
  const moved = decision.apply[0] !== undefined && !isPointedAlike(inspected);
  if (moved) refusals.push(...decision.reverse.map(({ id }) => cannotReapply(inspected, id)));
  const still = stillOrphaned(material, decision);
  const applying = await applySteps(outside, repository, inspected, decision, material, still, steps);
  return { steps: [...steps, ...applying.steps], refusals: [...refusals, ...applying.refusals] };
}

/** Run by us in one transaction with the change of the history row. */
const asWritten = ({ script }: ByHand, rows: RowsOrReason): Reversal =>
  'reason' in rows
    ? { how: 'impossible', reason: rows.reason, wayOut: 'tidemark status' }
    : { how: 'sql', script, inTransaction: true, rows };

const standsInRow = ({ diagnosis }: InspectedProject, id: MigrationId): boolean =>
  diagnosis.findings.some(
    finding =>
      (finding.kind === 'orphaned' || finding.kind === 'edited') &&
      finding.migration === id &&
      finding.source?.inRow === true,
  );

/** Is an orphan's text that of a file on disk, here or in another worktree, which no commit has? */
const liesOnDisk = ({ diagnosis }: InspectedProject, id: MigrationId): boolean =>
  diagnosis.findings.some(
    finding => finding.kind === 'orphaned' && finding.migration === id && finding.source?.working !== undefined,
  );

/** Orphans that stay in the table when a decision is done. */
const stillOrphaned = ({ orphans }: Material, { reverse }: Decision): readonly ReversibleMigration[] =>
  [...orphans.values()].filter(orphan => !reverse.some(({ id }) => id === orphan.id));

/** One run has one way to point at the database, so what it reverses here and applies again from there must agree on it. */
function isPointedAlike(inspected: InspectedProject): boolean {
  const { framework, project, address } = inspected;
  const here = projectHere(inspected).project;
  const pointed = (each: typeof project) => JSON.stringify([each.root, framework.point(each, targetOf(address))]);
  return here === project || pointed(here) === pointed(project);
}

const cannotReapply = ({ to }: InspectedProject, migration: MigrationId): Refusal => ({
  migration,
  reason: `a rewind would apply again with the code of ${to?.target.name}, where the project lies or is set up in another way`,
  next: `${wordingFor(to?.target.name).plan(migration)} --strategy in-place`,
});

/** Applies with the code of the tree that was compared. `before`: the steps of the plan that come first. */
async function applySteps(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  decision: Decision,
  material: Material,
  left: readonly ReversibleMigration[],
  before: readonly Step[],
): Promise<{ readonly steps: readonly Step[]; readonly refusals: readonly Refusal[] }> {
  const { framework, project, address, rows } = inspected;
  const onTheWay = new Set(decision.reverse.map(entry => entry.id));
  const becauseOf = (id: MigrationId) => (onTheWay.has(id) ? ('reversed-on-the-way' as const) : ('pending' as const));
  const settled = new Set([...decision.relabel.map(entry => entry.from), ...decision.forget]);
  const staying = left.filter(orphan => !settled.has(orphan.id));
  const commands = commandMaker(outside, treeCompared(repository, inspected), inspected, material.there);
  const steps: Step[] = [];
  for (const id of decision.apply) {
    const file = material.there.find(entry => entry.id === id);
    if (file === undefined) continue;
    const then = rowsAfter(rows, [...before, ...steps]);
    const forward = framework.forward(project, file, address.engine, staying, { rows, ahead: steps.length, then });
    if (forward.how === 'impossible') {
      return { steps, refusals: [{ migration: id, reason: forward.reason, next: forward.wayOut }] };
    }
    if (forward.how === 'command') {
      const doing = await commands.forForward(forward, unplanned(inspected, decision));
      return { steps: [{ kind: 'apply', migrations: decision.apply, because: becauseOf(id), doing }], refusals: [] };
    }
    const missing =
      material.tableMissing && steps.length === 0 ? framework.createHistoryTable(project, address.engine) : null;
    const script = missing === null ? forward.script : `${missing}\n${forward.script}`;
    steps.push({ kind: 'apply', migrations: [id], because: becauseOf(id), doing: { ...forward, script } });
  }
  return { steps, refusals: [] };
}

/** Paths of pending files that the plan does not apply, with those of their parts. */
function unplanned(inspected: InspectedProject, decision: Decision): readonly string[] {
  const { diagnosis, paths } = inspected;
  const named = new Set([...decision.apply, ...decision.relabel.map(entry => entry.to)]);
  return diagnosis.migrations.flatMap(({ id, state, path }) =>
    state === 'pending' && path !== null && !named.has(id) ? [path, ...partPaths(inspected, path, paths)] : [],
  );
}

/** What a reversal would drop is not there: dropped by hand, or by a table that was rebuilt without it. */
const goneAlready = (step: Step, to: string | undefined): readonly string[] =>
  step.kind === 'reverse' && nothingLeftToLose(step.losses)
    ? [
        `Nothing of what ${step.migration} made is there any more, so its reversal may fail; ${wordingFor(to).take('forget', step.migration)} removes its row alone.`,
      ]
    : [];
