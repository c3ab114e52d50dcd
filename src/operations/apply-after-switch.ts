/** The second half of switching with the database: once git has switched, what was pending there is planned anew and checked against what was agreed. */
import type { MigrationId } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import { type Inspection, inspect } from './inspect.ts';
import { makePlan, type PlannedProject } from './make-plan.ts';
import type { Listening, Outside, Where } from './outside.ts';

/** A project after the switch. The caller closes the inspection's repository. `planned` is null when nothing is left to apply. */
export interface AfterSwitch {
  readonly inspection: Inspection;
  readonly planned: PlannedProject | null;
}

/** Where to look for a planned project once its target is checked out. */
function whereAfterSwitch(where: Where, { inspected }: PlannedProject): Where {
  const { framework, root } = inspected.project;
  return { ...where, to: null, framework, project: root };
}

/**
 * Inspects one project after the switch and plans what was agreed to be applied, and nothing else. Throws `refused` when more would
 * have to be done than that.
 */
export async function afterSwitch(
  outside: Outside,
  where: Where,
  before: PlannedProject,
  listening: Listening,
): Promise<AfterSwitch> {
  const inspection = await inspect(outside, whereAfterSwitch(where, before), listening);
  try {
    const agreed = before.plan?.to?.apply ?? [];
    const [project] = inspection.projects;
    if (agreed.length === 0 || project === undefined) return { inspection, planned: null };
    const wish = {
      only: null,
      remedies: new Map(),
      strategy: 'auto',
      apply: true,
      applyOnly: agreed,
      from: null,
    } as const;
    const planned = await makePlan(outside, inspection.repository, project, wish);
    if (planned.plan === null && planned.refusals.length === 0) return { inspection, planned: null };
    if (!onlyApplies(planned, agreed)) {
      const reason = planned.refusals[0]?.reason ?? 'more would have to be done than was agreed';
      throw new ProblemError('refused', { reason, next: 'tidemark plan' });
    }
    return { inspection, planned };
  } catch (error) {
    await inspection.repository.close();
    throw error;
  }
}

const onlyApplies = ({ plan, refusals }: PlannedProject, agreed: readonly MigrationId[]): boolean =>
  plan !== null &&
  refusals.length === 0 &&
  plan.steps.every(step => step.kind === 'apply' && step.migrations.every(id => agreed.includes(id)));
