/**
 * Proves a schema: builds the one that the applied migrations on disk make of an empty database, once, by the framework itself, and compares
 * the real one with it.
 */

import { diagnose } from '../domain/diagnose.ts';
import type { Declaration, MigrationId } from '../domain/migration.ts';
import { changesOnlyRows, type Plan, type Step } from '../domain/plan.ts';
import { type Problem, ProblemError } from '../domain/problem.ts';
import { type Drift, driftBetween, type Explanation, type Proof } from '../domain/proof.ts';
import type { Schema } from '../domain/schema.ts';
import type { Known } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import { reading } from './connect.ts';
import { markOf } from './digest.ts';
import type { InspectedProject } from './inspect.ts';
import { makePlan, type PlanWish } from './make-plan.ts';
import { contextOnCopy, copyOf, heldStill } from './on-copy.ts';
import type { Listening, Outside } from './outside.ts';
import { gatherMaterial } from './plan-material.ts';
import { appliedFrom, type RunContext, rowsNow } from './run-context.ts';
import { runStep } from './run-step.ts';
import { withScratch } from './scratch.ts';

/** A proof, or what kept it from being made. */
export type ProofEnd = { readonly proof: Proof } | { readonly impossible: Problem };

const WISH: PlanWish = { only: null, remedies: new Map(), strategy: 'auto', apply: true, from: null };

/** True where a proof is wanted: `--no-proof`, then TIDEMARK_PROOF=off, say no. */
export const proofWanted = ({ env }: Outside, flag: boolean | undefined): boolean =>
  flag !== false && !/^(off|0|false|no)$/i.test(env['TIDEMARK_PROOF'] ?? '');

/**
 * Is the schema after this plan compared with an empty database's? Not where only rows change, nor when it was made for another commit. An
 * undoing is compared with what was noted before the run; what it brings back may be what no file on disk makes.
 */
export const isProvable = (plan: Plan): boolean =>
  plan.to === undefined && plan.undo === undefined && !changesOnlyRows(plan);

/** The schema of a project's database now, the history table left out. */
export const schemaOf = (outside: Outside, { address, project }: InspectedProject): Promise<Schema> =>
  reading(outside, address, connection => connection.describeSchema([project.historyTable]));

/** Proves. `before` is the schema before a run; null when there was none. */
export async function prove(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  options: { readonly before: Schema | null; readonly timeLimitMs: number },
  listening: Listening,
): Promise<ProofEnd> {
  const { historyTable } = inspected.project;
  const now = await reading(outside, inspected.address, async connection => {
    const read = await connection.readHistory(historyTable);
    return { rows: read.table === 'present' ? read.rows : [], schema: await connection.describeSchema([historyTable]) };
  });
  const applied = inspected.framework.applied(inspected.project, now.rows, inspected.known);
  const ids = new Set(applied.map(row => row.id));
  const files = inspected.facts.files.filter(file => ids.has(file.id));
  const current: InspectedProject = { ...inspected, rows: now.rows, facts: { ...inspected.facts, applied } };
  const key = await keyOf(
    outside,
    repository,
    inspected,
    files.map(file => file.id),
  );
  const build = (): Promise<Schema | Problem> =>
    buildExpected(outside, repository, current, files, options.timeLimitMs, listening);
  const remembered = outside.databases.rememberedSchema(key);
  let expected = remembered ?? (await build());
  if ('code' in expected) return { impossible: expected };
  const compare = async (wanted: Schema): Promise<readonly Drift[]> => {
    const plain = driftBetween(wanted, now.schema, options.before, []);
    return plain.length === 0
      ? plain
      : driftBetween(wanted, now.schema, options.before, await explanations(repository, current));
  };
  let drift = await compare(expected);
  if (remembered !== null && drift.some(({ explainedBy }) => explainedBy === null)) {
    // What was remembered may come of another version of the framework: a difference is told only against a fresh one.
    expected = await build();
    if ('code' in expected) return { impossible: expected };
    drift = await compare(expected);
  }
  outside.databases.rememberSchema(key, expected);
  const pending = inspected.facts.files.filter(file => !ids.has(file.id)).map(file => file.id);
  return { proof: { drift, migrations: files.map(file => file.id), pending, remembered: remembered !== null } };
}

/** What the schema is built from. Code of the project beside the migrations counts where the framework runs it. */
async function keyOf(
  outside: Outside,
  repository: Repository,
  { framework, project, server, paths }: InspectedProject,
  ids: readonly MigrationId[],
): Promise<string> {
  const blobs = await repository.hashWorking(paths);
  const code = framework.program(project) === null ? null : repository.head;
  return markOf([outside.version, framework.name, project, server, [...blobs], [...ids].sort(), code]);
}

const marked = (file: Declaration, known: Known): Declaration => {
  const marks = known.get(file.id)?.marks;
  return marks === undefined ? file : { ...file, marks };
};

/** Applies the files to an empty scratch database, by a plan like any other. */
async function buildExpected(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  files: InspectedProject['facts']['files'],
  timeLimitMs: number,
  listening: Listening,
): Promise<Schema | Problem> {
  const impossible = (reason: string): Problem => ({
    code: 'proof-impossible',
    facts: { database: inspected.address.display, reason },
  });
  listening.onProgress({ event: 'proving', database: inspected.address.display });
  try {
    return await withScratch(outside, inspected, { purpose: 'proof', contents: 'empty' }, async scratch => {
      const facts = {
        ...inspected.facts,
        applied: null,
        files,
        evidence: new Map(),
        edited: new Map(),
        inHead: new Set<string>(),
      };
      const empty = {
        ...copyOf(inspected, scratch.address),
        rows: [],
        // Of orphans nothing is known there, so that no table with a single row implies them.
        known: new Map(files.map(file => [file.id, marked(file, inspected.known)])),
        facts,
        diagnosis: diagnose(facts),
        hazard: null,
        to: null,
      };
      const connection = await outside.databases.openToChange(scratch.address, scratch.name);
      try {
        const schema = () => connection.describeSchema([empty.project.historyTable]);
        if (files.length === 0) return await schema();
        const { plan, refusals } = await makePlan(outside, repository, empty, WISH);
        const [refused] = refusals;
        if (plan === null || refused !== undefined)
          return impossible(
            refused === undefined ? 'nothing would be applied' : `${refused.migration}: ${refused.reason}`,
          );
        const context = contextOnCopy(outside, repository, empty, plan, connection, scratch.id, timeLimitMs, listening);
        const { result: failure, reached } = await heldStill(context, inspected, async held => {
          for (const [index, step] of plan.steps.entries()) {
            listening.signal.throwIfAborted();
            const end = await runStep(held, index, step);
            // A framework applies what its other apps need too (Django's own): here only what is wanted must be there.
            if (!end.done && !(await isApplied(held, step))) return end.said;
          }
          return null;
        });
        listening.signal.throwIfAborted();
        if (reached !== null)
          return impossible(
            `applying them to an empty database, a migration wanted to change the real one (${reached})`,
          );
        if (failure !== null) return impossible(`the migrations do not run on an empty database: ${failure}`);
        return await schema();
      } finally {
        await connection.close();
      }
    });
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code === 'plan-changed') throw error;
    return { code: error.code, facts: error.facts } as Problem;
  }
}

async function isApplied({ connection, plan, inspected }: RunContext, step: Step): Promise<boolean> {
  if (step.kind !== 'apply') return false;
  const there = new Set(appliedFrom(inspected, await rowsNow(connection, plan)).map(row => row.id));
  return step.migrations.every(id => there.has(id));
}

/** What applied migrations without a file made, by their texts. */
async function explanations(repository: Repository, inspected: InspectedProject): Promise<readonly Explanation[]> {
  const { framework, project } = inspected;
  const { orphans } = await gatherMaterial(repository, inspected, WISH);
  return [...orphans.values()]
    .filter(({ id }) => inspected.facts.applied?.some(row => row.id === id) ?? false)
    .map(orphan => {
      const { tables, columns } = framework.losses(project, orphan);
      return { migration: orphan.id, tables, columns };
    });
}
