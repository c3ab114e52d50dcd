/** From options of `plan` and `reconcile` to plans of every project they concern. */
import { quoted } from '../../domain/command-text.ts';
import type { Remedy } from '../../domain/finding.ts';
import type { MigrationId } from '../../domain/migration.ts';
import { ProblemError } from '../../domain/problem.ts';
import { findMigration } from '../../operations/find-migration.ts';
import type { Inspection } from '../../operations/inspect.ts';
import { makePlan, type PlannedProject } from '../../operations/make-plan.ts';
import type { Session } from '../session.ts';
import { type WrittenOptions, writtenByHand } from './written.ts';

export interface WishOptions extends WrittenOptions {
  readonly strategy?: string;
  readonly apply?: boolean;
  readonly remedy?: string;
  readonly from?: string;
  readonly to?: string;
  readonly switch?: boolean;
  readonly restoreParked?: boolean;
}

/** `--switch` says what happens after a comparison with a ref, and there is none. Throws `bad-arguments`. */
export function refuseLoneSwitch(options: WishOptions): void {
  if (options.switch !== true || options.to !== undefined) return;
  throw new ProblemError('bad-arguments', {
    reason: '--switch needs --to <ref>: the branch, tag or commit to switch to',
  });
}

const STRATEGIES = ['auto', 'in-place', 'rewind'] as const;
const REMEDIES = ['reverse', 'relabel', 'forget'] as const;

export const strategyFrom = (options: WishOptions) => oneOf(STRATEGIES, options.strategy ?? 'auto', '--strategy');

/** null when none was asked for. */
export const remedyFrom = (options: WishOptions) =>
  options.remedy === undefined ? null : oneOf(REMEDIES, options.remedy, '--remedy');

/** Plans all projects, or only those of the named migrations. */
export async function planAll(
  session: Session,
  inspection: Inspection,
  typed: readonly string[],
  options: WishOptions,
): Promise<readonly PlannedProject[]> {
  const strategy = strategyFrom(options);
  const remedy = remedyFrom(options);
  const named = typed.map(text => findMigration(inspection, text));
  if (remedy !== null && named.length === 0) {
    throw new ProblemError('bad-arguments', { reason: '--remedy needs the ids of the migrations it is for' });
  }
  if (options.from !== undefined && named.length !== 1) {
    throw new ProblemError('bad-arguments', { reason: '--from needs exactly one migration id' });
  }
  const byHand = writtenByHand(session, inspection, typed, options);
  for (const { inspected, id } of named) refuseWithoutFinding(inspected, id);
  const planned: PlannedProject[] = [];
  for (const inspected of inspection.projects) {
    const own = named.filter(entry => entry.inspected === inspected).map(entry => entry.id);
    if (named.length > 0 && own.length === 0) continue;
    const asked = byHand === null ? remedy : 'reverse';
    const remedies = new Map<MigrationId, Remedy>(asked === null ? [] : own.map(id => [id, asked]));
    const only = named.length === 0 ? null : own;
    const wish = {
      only,
      remedies,
      strategy,
      apply: options.apply !== false,
      from: options.from ?? null,
      byHand,
      switch: options.switch === true,
      restoreParked: options.restoreParked === true,
    };
    planned.push(await makePlan(session.outside, inspection.repository, inspected, wish));
  }
  return planned;
}

function oneOf<Choice extends string>(choices: readonly Choice[], text: string, flag: string): Choice {
  const chosen = choices.find(choice => choice === text);
  if (chosen !== undefined) return chosen;
  throw new ProblemError('bad-arguments', { reason: `${flag} takes ${choices.join(', ')}, not "${text}"` });
}

function refuseWithoutFinding({ diagnosis, to }: PlannedProject['inspected'], id: MigrationId): void {
  const plannable = diagnosis.findings.filter(({ kind }) => kind === 'orphaned' || kind === 'edited');
  if (plannable.some(finding => finding.migration === id)) return;
  const place = to === null ? 'it has its file on this branch' : `${to.target.name} has its file`;
  throw new ProblemError('refused', {
    reason: `${id} is no orphan: ${place}, or it is not applied.`,
    next: `tidemark show ${quoted(id)}`,
  });
}
