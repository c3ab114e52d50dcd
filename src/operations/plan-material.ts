/** What a plan is made from: texts of what may be reversed, what is kept, and what the domain decides by. */
import { command, quoted } from '../domain/command-text.ts';
import type { DecisionFacts } from '../domain/decision.ts';
import type { AppliedMigration, Declaration, MigrationId } from '../domain/migration.ts';
import type { FileText, ReversalRequest, ReversibleMigration } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import type { InspectedProject } from './inspect.ts';
import type { PlanWish } from './make-plan.ts';
import { textsOnDisk } from './read-migrations.ts';
import { editedSource, keptMigrations, mentionsOf, orphanSources } from './sources.ts';
import { squashedByHand } from './squash-by-hand.ts';

type OnDisk = Declaration & FileText;

export interface Material {
  readonly facts: DecisionFacts;
  /** Applied migrations that the compared tree has no file of, where a text is known. */
  readonly orphans: ReadonlyMap<MigrationId, ReversibleMigration>;
  readonly kept: ReadonlyMap<MigrationId, ReversibleMigration>;
  /** The texts that were applied of edited ones which are to be reversed. */
  readonly edited: ReadonlyMap<MigrationId, ReversibleMigration>;
  /** Applied migrations that the working tree has no file of: a reversal runs there, and some frameworks want them all. */
  readonly missing: ReadonlyMap<MigrationId, ReversibleMigration>;
  /** Files of the tree that reversals run in, and of the tree that is applied from. They differ only where a commit is compared. */
  readonly here: readonly OnDisk[];
  readonly there: readonly OnDisk[];
  readonly tableMissing: boolean;
}

/** The project whose code reverses: the working tree's, whatever it was compared with. */
export const projectHere = (inspected: InspectedProject): InspectedProject => inspected.to?.here ?? inspected;

/** The repository with the tree that was compared as its working tree: what is applied comes from it. */
export const treeCompared = (repository: Repository, { to }: InspectedProject): Repository =>
  to?.repository ?? repository;

/** Gathers it. Reads git and the files on disk. */
export async function gatherMaterial(
  repository: Repository,
  inspected: InspectedProject,
  wish: PlanWish,
): Promise<Material> {
  const { facts, framework, diagnosis, to } = inspected;
  const own = projectHere(inspected);
  const { usable: orphans, unusable } = await orphanSources(repository, inspected);
  const there = textsOnDisk(treeCompared(repository, inspected), inspected, facts.files, inspected.paths);
  const here = to === null ? there : textsOnDisk(repository, own, own.facts.files, own.paths);
  const missing = to === null ? orphans : await missingHere(repository, inspected, orphans, here, there);
  const kept = await keptHere(repository, inspected, here, there, missing);
  const applied = facts.applied ?? [];
  const request = { project: own.project, engine: own.address.engine, onDisk: here, applied };
  const impossible = new Map(unusable);
  const edited = await editedSources(repository, inspected, wish, impossible);
  const above = wish.strategy === 'rewind' ? [...kept.values()].filter(({ id }) => !edited.has(id)) : [];
  for (const migration of [...orphans.values(), ...edited.values(), ...above]) {
    // Each is tried alone, as if the other orphans stayed: what a plan of several needs is asked again when the plan is made.
    const left = [...missing.values()].filter(each => each.id !== migration.id);
    const reversal = framework.reverse({ ...request, migration, all: [migration], left } satisfies ReversalRequest);
    if (reversal.how !== 'impossible' || wish.byHand?.migration === migration.id) continue;
    impossible.set(migration.id, { reason: reversal.reason, wayOut: orByHand(reversal.wayOut, migration.id, to) });
  }
  // Only what a person asked for by name and remedy is reversed against such a doubt.
  for (const [id, doubt] of squashedByHand(inspected, orphans, there))
    if (!wish.remedies.has(id)) impossible.set(id, doubt);
  return {
    facts: {
      diagnosis,
      applied,
      files: facts.files,
      order: framework.order,
      declared: alsoStored(
        inspected,
        applied,
        new Map<MigrationId, Declaration>([...declaredBy(there, here), ...orphans]),
      ),
      namespaceOf: id => framework.namespace(id),
      impossible,
      ...(to === null ? {} : { to: to.target.name }),
      mentions: mentionsOf(inspected, new Map([...orphans, ...edited]), there),
    },
    orphans,
    kept,
    edited,
    missing,
    here,
    there,
    tableMissing: facts.applied === null,
  };
}

/** What cannot be reversed by its own text can be by a person's. */
const orByHand = (wayOut: string, id: MigrationId, to: InspectedProject['to']): string =>
  `${wayOut}\n${command('reconcile', id)}${to === null ? '' : ` --to ${quoted(to.target.name)}`} --edit`;

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

/** What kept files declare. One that builds on something in either tree builds on it: as it is here, it was applied. */
function declaredBy(
  there: readonly OnDisk[],
  here: readonly OnDisk[],
): readonly (readonly [MigrationId, Declaration])[] {
  const own = new Map(here.map(file => [file.id, file]));
  return there.map(file => {
    const requires = [...new Set([...file.requires, ...(own.get(file.id)?.requires ?? [])])];
    return [file.id, { ...file, requires }];
  });
}

/** With what the database says besides the texts: what was applied may have depended on what no text names any more. */
function alsoStored(
  { framework, dependencies }: InspectedProject,
  applied: readonly AppliedMigration[],
  declared: ReadonlyMap<MigrationId, Declaration>,
): ReadonlyMap<MigrationId, Declaration> {
  const all = new Map(declared);
  for (const [id, required] of framework.dependencies?.of(applied, dependencies) ?? []) {
    const known = all.get(id) ?? { id, requires: [], replaces: [] };
    if (!known.requires.includes(required)) all.set(id, { ...known, requires: [...known.requires, required] });
  }
  return all;
}

/** Orphans of the working tree: those that the other commit lacks too, and those it has, with its text. */
async function missingHere(
  repository: Repository,
  inspected: InspectedProject,
  orphans: ReadonlyMap<MigrationId, ReversibleMigration>,
  here: readonly OnDisk[],
  there: readonly OnDisk[],
): Promise<ReadonlyMap<MigrationId, ReversibleMigration>> {
  const present = new Set(here.map(file => file.id));
  const applied = new Set((inspected.facts.applied ?? []).map(row => row.id));
  const known = await orphanSources(repository, projectHere(inspected));
  const missing = new Map([...known.usable, ...[...orphans].filter(([id]) => !present.has(id))]);
  const blobs = await treeCompared(repository, inspected).hashWorking(there.map(file => file.path));
  for (const file of there) {
    if (present.has(file.id) || !applied.has(file.id) || missing.has(file.id)) continue;
    missing.set(file.id, { ...file, commit: null, blob: blobs.get(file.path) ?? '', orphan: false });
  }
  return missing;
}

/** Kept migrations as something to reverse on the way: with the working tree's text, which was applied. */
async function keptHere(
  repository: Repository,
  inspected: InspectedProject,
  here: readonly OnDisk[],
  there: readonly OnDisk[],
  missing: ReadonlyMap<MigrationId, ReversibleMigration>,
): Promise<ReadonlyMap<MigrationId, ReversibleMigration>> {
  const own = keptMigrations(projectHere(inspected), here);
  if (inspected.to === null) return own;
  const blobs = await repository.hashWorking(here.map(file => file.path));
  return new Map(
    there.flatMap(({ id }) => {
      const migration = own.get(id) ?? missing.get(id);
      if (migration === undefined) return [];
      return [[id, { ...migration, blob: blobs.get(migration.path) ?? migration.blob }] as const];
    }),
  );
}
