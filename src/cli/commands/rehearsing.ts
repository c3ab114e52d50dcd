/** The rehearsal of `plan` and `reconcile`: which plans are rehearsed, and what came of it beside them. */
import { ProblemError } from '../../domain/problem.ts';
import { explain } from '../../messages/problems.ts';
import { guardTarget } from '../../operations/guard-target.ts';
import type { Inspection } from '../../operations/inspect.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import { canBeRehearsed, copyingWanted, rehearse, withRehearsal } from '../../operations/rehearse.ts';
import { printPlan } from '../print/plan-text.ts';
import type { Session } from '../session.ts';
import { isNamed } from './consent.ts';

export interface RehearseOptions {
  /** `--target`, see `ConsentOptions`. */
  readonly target?: readonly string[];
  /** `--rehearse` alone is true. */
  readonly rehearse?: string | boolean;
}

/** Rehearses each plan that changes more than rows. What keeps one from it is a note, or thrown where a rehearsal was asked for. */
export async function rehearseAll(
  session: Session,
  inspection: Inspection,
  planned: readonly PlannedProject[],
  { rehearse: asked, target }: RehearseOptions,
): Promise<readonly PlannedProject[]> {
  const copying = copyingWanted(session.outside, asked);
  if (copying === 'off') return planned;
  const options = { copying, timeLimitMs: inspection.settings.timeLimitSeconds * 1000 };
  const all: PlannedProject[] = [];
  for (const project of planned) {
    const { plan, inspected, notes } = project;
    if (plan === null || !canBeRehearsed(plan)) {
      all.push(project);
      continue;
    }
    const doubts = await doubtsAbout(session, inspection, project, target);
    if (doubts !== null && asked === undefined) {
      all.push({ ...project, notes: [...notes, doubts] });
      continue;
    }
    const end = await rehearse(session.outside, inspection.repository, inspected, plan, options, session.listening);
    if ('rehearsal' in end) all.push(withRehearsal(project, end.rehearsal));
    else {
      const { code, facts } = end.impossible;
      if (asked !== undefined) throw new ProblemError(code, facts);
      const note = `It was not rehearsed. ${explain(code, facts).what}`;
      all.push({ ...project, notes: [...notes, note], unrehearsed: true });
    }
  }
  return all;
}

/** Beside a database that looks like production nothing is made before it was named. A sentence; null where there is no doubt. */
async function doubtsAbout(
  session: Session,
  { repository }: Inspection,
  { inspected }: PlannedProject,
  target: RehearseOptions['target'],
): Promise<string | null> {
  const guard = await guardTarget(session.outside, repository, inspected);
  if (guard.doubts.length === 0 || isNamed(guard, target === undefined ? {} : { target })) return null;
  return 'It was not rehearsed: no copy is made beside a database that is in doubt, unless --target names it or --rehearse asks for it.';
}

/** A plan that failed its rehearsal is shown, and asked about no more. Throws `refused`. */
export function refuseFailed(session: Session, planned: readonly PlannedProject[]): void {
  const failed = planned.find(({ plan }) => plan?.rehearsal !== undefined && plan.rehearsal.failed !== null);
  const why = failed?.plan?.rehearsal?.failed ?? null;
  if (why === null) return;
  if (!session.json) for (const project of planned) printPlan(session, project);
  const reason = `Step ${why.step + 1} of the plan failed when it was rehearsed on a copy: ${why.said}`;
  throw new ProblemError('refused', { reason, next: 'tidemark plan --rehearse' });
}
