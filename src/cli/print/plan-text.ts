/** Plans and refusals for people. */
import { needsAttention } from '../../domain/finding.ts';
import { clean } from '../../messages/clean.ts';
import { describeFinding } from '../../messages/findings.ts';
import { lossLines, refusalLines, stepCommands, stepTitle, thenLine, undoLines } from '../../messages/plans.ts';
import { rehearsalLines, rehearsedLines } from '../../messages/rehearsal.ts';
import { count } from '../../messages/words.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import type { Session } from '../session.ts';

export function printPlan(session: Session, { inspected, plan, refusals, warnings, notes }: PlannedProject): void {
  const { out, style } = session;
  out(`${style.strong(clean(inspected.key))}  ${clean(inspected.address.display)} (${clean(inspected.server)})`);
  if (plan === null && refusals.length === 0) out('  Nothing to do.');
  for (const line of leftAlone(session, inspected, plan)) out(`  ${line}`);
  if (plan !== null) {
    const manner = plan.strategy === 'rewind' ? ', rewinding what lies above' : '';
    out(`  Plan ${style.strong(plan.id)}: ${count(plan.steps.length, 'step')}${manner}`);
    for (const [index, step] of plan.steps.entries()) {
      out('');
      out(`  ${index + 1}. ${style.strong(stepTitle(step))}`);
      for (const line of stepCommands(step)) out(`       ${line}`);
      if (step.kind === 'reverse') {
        const losses = lossLines(step.losses);
        if (losses.length === 0) out(`     destroys nothing that its text names`);
        for (const line of losses) out(`     ${style.bad('destroys')} ${line}`);
      }
      if (plan.rehearsal === undefined) continue;
      for (const line of rehearsedLines(plan.rehearsal, index)) out(`     rehearsed: ${line}`);
    }
  }
  if (plan?.rehearsal !== undefined) {
    const [first = '', ...rest] = rehearsalLines(plan.rehearsal, plan.steps.length);
    out('');
    out(`  ${plan.rehearsal.failed === null ? style.good(first) : style.bad(first)}`);
    for (const line of rest) out(`  ${line}`);
  }
  if (plan !== null) for (const line of undoLines(plan)) out(`  ${line}`);
  const then = plan?.to === undefined ? null : thenLine(plan.to);
  if (then !== null) {
    out('');
    out(`  ${then}`);
  }
  for (const refusal of refusals) {
    out('');
    for (const line of refusalLines(refusal)) out(`  ${line}`);
  }
  for (const warning of warnings) {
    out('');
    out(`  ${style.notable('Careful:')} ${clean(warning)}`);
  }
  if (notes.length > 0) out('');
  for (const note of notes) out(`  ${clean(note)}`);
}

/** Orphans whose remedy is to leave them, with the reason: a plan without them must not look as if all were well. */
function leftAlone(
  { now }: Session,
  { diagnosis, to }: PlannedProject['inspected'],
  plan: PlannedProject['plan'],
): readonly string[] {
  const planned = new Set(plan?.steps.flatMap(step => ('migration' in step ? [step.migration] : [])));
  return diagnosis.findings
    .filter(
      finding =>
        finding.kind === 'orphaned' &&
        finding.remedy === 'ignore' &&
        needsAttention(finding) &&
        !planned.has(finding.migration),
    )
    .map(finding => {
      const [why] = describeFinding(finding, to?.target.name ?? null, now).facts;
      return `${clean(finding.migration ?? '')} is left alone: ${why?.[1] ?? ''}.`;
    });
}
