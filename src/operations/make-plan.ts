/** From an inspection and a wish to a plan: decisions of the domain, filled with the framework's commands and counted losses. */
import type { Connection } from '../databases/contract.ts';
import { quoted } from '../domain/command-text.ts';
import { decide } from '../domain/decide.ts';
import type { Decision, DecisionFacts, Wish } from '../domain/decision.ts';
import type { OrphanFinding } from '../domain/finding.ts';
import type { Declaration, MigrationId } from '../domain/migration.ts';
import type { Plan, Refusal, Step } from '../domain/plan.ts';
import { isWitness } from '../domain/provenance.ts';
import type { FileText, ReversibleMigration } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import { commandMaker } from './command-steps.ts';
import { reading } from './connect.ts';
import { countLosses, nothingLeftToLose } from './count-losses.ts';
import { digestRows, planId } from './digest.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';
import { textsOnDisk } from './read-migrations.ts';
import { editedSource, keptMigrations, mentionsOf, orphanSources, withSourceFrom } from './sources.ts';
import { squashedByHand } from './squash-by-hand.ts';

/** A wish, and for one migration the commit whose version is to be reversed. */
export interface PlanWish extends Wish {
  readonly from: string | null;
}

/** What came of planning one project. `plan` is null when there is nothing to do, or nothing that may be done. */
export interface PlannedProject {
  readonly inspected: InspectedProject;
  readonly plan: Plan | null;
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

/** Plans one project. Reads git and the database; changes nothing. */
export async function makePlan(
  outside: Outside,
  repository: Repository,
  original: InspectedProject,
  wish: PlanWish,
): Promise<PlannedProject> {
  const inspected = wish.from === null ? original : await withChosenSource(repository, original, wish);
  const material = await gatherMaterial(repository, inspected, wish);
  const decision = decide(material.facts, wish);
  const nothing = decision.reverse.length + decision.relabel.length + decision.forget.length + decision.apply.length;
  if (nothing === 0) return { inspected, plan: null, refusals: decision.refusals, warnings: decision.warnings };
  const { steps, refusals } = await reading(outside, inspected.address, connection =>
    stepsOf(outside, repository, inspected, connection, decision, material),
  );
  const all = [...decision.refusals, ...refusals];
  const warnings = [
    ...decision.warnings,
    ...sourceWarnings(inspected, decision),
    ...steps.flatMap(goneAlready),
    ...(inspected.hazard === null ? [] : [inspected.hazard]),
  ];
  if (steps.length === 0 || refusals.length > 0) return { inspected, plan: null, refusals: all, warnings };
  const plan: Omit<Plan, 'id'> = {
    project: inspected.project,
    engine: inspected.address.engine,
    database: inspected.address.display,
    identity: inspected.identity,
    rows: digestRows(inspected.rows),
    head: repository.head,
    strategy: decision.strategy,
    steps,
    after: decision.after,
    warnings,
  };
  return { inspected, plan: { id: planId(plan), ...plan }, refusals: all, warnings };
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

interface Material {
  readonly facts: DecisionFacts;
  readonly orphans: ReadonlyMap<MigrationId, ReversibleMigration>;
  readonly kept: ReadonlyMap<MigrationId, ReversibleMigration>;
  /** The texts that were applied of edited ones which are to be reversed. */
  readonly edited: ReadonlyMap<MigrationId, ReversibleMigration>;
  readonly onDisk: readonly (Declaration & FileText)[];
  readonly tableMissing: boolean;
}

async function gatherMaterial(repository: Repository, inspected: InspectedProject, wish: PlanWish): Promise<Material> {
  const { facts, framework, diagnosis, project } = inspected;
  const { usable: orphans, unusable } = await orphanSources(repository, inspected);
  const onDisk = textsOnDisk(repository, facts.files);
  const kept = keptMigrations(inspected, onDisk);
  const applied = facts.applied ?? [];
  const request = { project, engine: inspected.address.engine, onDisk, applied };
  const impossible = new Map(unusable);
  const edited = await editedSources(repository, inspected, wish, impossible);
  const above = wish.strategy === 'rewind' ? [...kept.values()].filter(({ id }) => !edited.has(id)) : [];
  const candidates = [...orphans.values(), ...edited.values(), ...above];
  for (const migration of candidates) {
    // Each is tried alone, as if the other orphans stayed: what a plan of several needs is asked again when the plan is made.
    const left = [...orphans.values()].filter(orphan => orphan.id !== migration.id);
    const reversal = framework.reverse({ ...request, migration, all: [migration], left });
    if (reversal.how === 'impossible') impossible.set(migration.id, reversal);
  }
  // Only what a person asked for by name and remedy is reversed against such a doubt.
  for (const [id, doubt] of squashedByHand(inspected, orphans, onDisk))
    if (!wish.remedies.has(id)) impossible.set(id, doubt);
  return {
    facts: {
      diagnosis,
      applied,
      files: facts.files,
      order: framework.order,
      declared: new Map<MigrationId, Declaration>([...onDisk.map(file => [file.id, file] as const), ...orphans]),
      namespaceOf: id => framework.namespace(id),
      impossible,
      mentions: mentionsOf(inspected, new Map([...orphans, ...edited]), onDisk),
    },
    orphans,
    kept,
    edited,
    onDisk,
    tableMissing: facts.applied === null,
  };
}

async function editedSources(
  repository: Repository,
  inspected: InspectedProject,
  wish: PlanWish,
  impossible: Map<MigrationId, { readonly reason: string; readonly wayOut: string }>,
): Promise<ReadonlyMap<MigrationId, ReversibleMigration>> {
  const sources = new Map<MigrationId, ReversibleMigration>();
  for (const finding of inspected.diagnosis.findings) {
    if (finding.kind !== 'edited' || wish.remedies.get(finding.migration) !== 'reverse') continue;
    const source = await editedSource(repository, inspected, finding);
    if ('reason' in source) impossible.set(finding.migration, source);
    else sources.set(finding.migration, source);
  }
  return sources;
}

async function stepsOf(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  connection: Connection,
  decision: Decision,
  material: Material,
): Promise<{ readonly steps: readonly Step[]; readonly refusals: readonly Refusal[] }> {
  const { framework, project, rows, known } = inspected;
  const { engine } = inspected.address;
  const steps: Step[] = [];
  const refusals: Refusal[] = [];
  const reversed = new Set(decision.reverse.map(entry => entry.id));
  const texts = new Map([...material.kept, ...material.edited, ...material.orphans]);
  const all = decision.reverse.flatMap(({ id }) => texts.get(id) ?? []);
  const left = [...material.orphans.values()].filter(orphan => !reversed.has(orphan.id));
  const commands = commandMaker(outside, repository, inspected, material.onDisk);

  for (const { id, because } of decision.reverse) {
    const migration = all.find(entry => entry.id === id);
    if (migration === undefined) continue;
    const applied = material.facts.applied;
    const reversal = framework.reverse({ project, engine, migration, all, onDisk: material.onDisk, applied, left });
    if (reversal.how === 'impossible') {
      refusals.push({ migration: id, reason: reversal.reason, next: reversal.wayOut });
      continue;
    }
    const losses = await countLosses(connection, framework.losses(project, migration));
    const doing = reversal.how === 'sql' ? reversal : await commands.forReversal(reversal, all);
    steps.push({
      kind: 'reverse',
      migration: id,
      path: migration.path,
      commit: migration.commit,
      blob: migration.blob,
      because,
      losses,
      doing,
    });
  }
  for (const { from, to } of decision.relabel) {
    const changed = framework.relabel(project, from, to, rows, known);
    if ('reason' in changed) refusals.push({ migration: from, reason: changed.reason, next: 'tidemark status' });
    else steps.push({ kind: 'relabel', migration: from, to, doing: { how: 'rows', rows: changed } });
  }
  for (const id of decision.forget) {
    const changed = framework.forget(project, id, rows, known);
    if ('reason' in changed) refusals.push({ migration: id, reason: changed.reason, next: 'tidemark status' });
    else steps.push({ kind: 'forget', migration: id, doing: { how: 'rows', rows: changed } });
  }
  const applying = await applySteps(inspected, decision, material, left, commands);
  return { steps: [...steps, ...applying.steps], refusals: [...refusals, ...applying.refusals] };
}

async function applySteps(
  inspected: InspectedProject,
  decision: Decision,
  material: Material,
  left: readonly ReversibleMigration[],
  commands: ReturnType<typeof commandMaker>,
): Promise<{ readonly steps: readonly Step[]; readonly refusals: readonly Refusal[] }> {
  const { framework, project, address } = inspected;
  const onTheWay = new Set(decision.reverse.map(entry => entry.id));
  const becauseOf = (id: MigrationId) => (onTheWay.has(id) ? ('reversed-on-the-way' as const) : ('pending' as const));
  const settled = new Set([...decision.relabel.map(entry => entry.from), ...decision.forget]);
  const staying = left.filter(orphan => !settled.has(orphan.id));
  const steps: Step[] = [];
  for (const id of decision.apply) {
    const file = material.onDisk.find(entry => entry.id === id);
    if (file === undefined) continue;
    const forward = framework.forward(project, file, address.engine, staying);
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

/** Paths of pending files that the plan does not apply. */
function unplanned({ diagnosis }: InspectedProject, decision: Decision): readonly string[] {
  const named = new Set([...decision.apply, ...decision.relabel.map(entry => entry.to)]);
  return diagnosis.migrations.flatMap(({ id, state, path }) =>
    state === 'pending' && path !== null && !named.has(id) ? [path] : [],
  );
}

/** What a reversal would drop is not there: dropped by hand, or by a table that was rebuilt without it. */
const goneAlready = (step: Step): readonly string[] =>
  step.kind === 'reverse' && nothingLeftToLose(step.losses)
    ? [
        `Nothing of what ${step.migration} made is there any more, so its reversal may fail; tidemark forget ${quoted(step.migration)} removes its row alone.`,
      ]
    : [];

/** Edited before it was deleted: the table does not tell which version was applied, and a reader should know what did. */
function sourceWarnings(inspected: InspectedProject, decision: Decision): readonly string[] {
  const reversed = new Set(decision.reverse.map(entry => entry.id));
  return inspected.diagnosis.findings
    .filter((finding): finding is OrphanFinding => finding.kind === 'orphaned' && reversed.has(finding.migration))
    .flatMap(({ migration, versions, source, kept }) => {
      const onDisk = kept != null && isWitness(kept) && kept.blob === source?.blob;
      if (versions < (source?.commit === null ? 1 : 2)) return [];
      const seen = `Git has seen ${versions === 1 ? 'another version' : `${versions} versions`} of ${migration}`;
      return onDisk
        ? [`${seen}; the one that was on disk when it was applied is used (seen ${kept.seenAt.slice(0, 10)}).`]
        : [`${seen}; the last one before it went is used. Another can be chosen with --from <commit>.`];
    });
}
