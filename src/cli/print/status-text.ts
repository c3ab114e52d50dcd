/** `tidemark status` for people. */
import { needsAttention } from '../../domain/finding.ts';
import type { HistoryGap } from '../../domain/sighting.ts';
import { clean } from '../../messages/clean.ts';
import { describeFinding } from '../../messages/findings.ts';
import { explain } from '../../messages/problems.ts';
import { count, list, nextLines } from '../../messages/words.ts';
import type { InspectedProject, Inspection } from '../../operations/inspect.ts';
import { waitingFor } from '../../operations/parked-choice.ts';
import type { Session } from '../session.ts';

const LABEL_WIDTH = 9;

export function printStatus(session: Session, inspection: Inspection): void {
  const { repository, projects, failed } = inspection;
  const { out, style } = session;
  const at =
    repository.branch ?? (repository.head === null ? 'no commits yet' : `detached at ${repository.head.slice(0, 10)}`);
  out(
    `${style.strong(clean(repository.root))} on ${style.strong(clean(at))}${repository.inTheMiddleOf === null ? '' : `, in the middle of a ${repository.inTheMiddleOf}`}`,
  );
  for (const gap of inspection.gaps) out(style.notable(gapLine(gap)));
  for (const project of projects) {
    out('');
    printProject(session, project, repository.branch);
    const applied = (project.facts.applied ?? []).map(({ id }) => id);
    const parked = waitingFor(session.outside, repository, project, applied).map(({ migration }) => clean(migration));
    if (parked.length > 0) out(`  Parked data of ${list(parked)} can be put back. (tidemark park restore)`);
  }
  for (const { key, problem } of failed) {
    const { what, why, next } = explain(problem.code, problem.facts);
    out('');
    out(`${style.strong(clean(key))}  ${style.bad(what)}`);
    for (const line of why) out(`  ${line}`);
    for (const line of nextLines(next, LABEL_WIDTH)) out(`  ${line}`);
  }
}

const gapLine = (gap: HistoryGap): string =>
  ({
    shallow: 'This clone is shallow: commits beyond its edge are not known. (git fetch --unshallow)',
    blobless:
      'This clone has no old file texts: what a migration did may have to be fetched first. (git fetch --refetch --no-filter)',
    treeless: 'This clone has no old trees: its history cannot be walked. (git fetch --refetch --no-filter)',
  })[gap];

function printProject(session: Session, project: InspectedProject, branch: string | null): void {
  const { out, style, now } = session;
  const { counts, findings, migrations, foreign } = project.diagnosis;
  out(
    `${style.strong(clean(project.key))}  ${clean(project.address.display)} (${clean(project.server)}), from ${clean(project.addressFrom)}`,
  );
  const orphaned = `${counts.orphaned} orphaned`;
  out(
    `  ${counts.applied} applied, ${counts.pending} pending, ${findings.some(finding => finding.kind === 'orphaned' && needsAttention(finding)) ? style.bad(orphaned) : orphaned}${foreign.length > 0 ? `, ${foreign.length} of other apps` : ''}`,
  );
  if (session.verbose) {
    for (const { id, state, path } of migrations)
      out(`  ${state.padEnd(9)} ${clean(id)}${path === null ? '' : style.faint(`  ${clean(path)}`)}`);
  }
  const shown = findings.filter(finding => session.verbose || (finding.kind !== 'pending' && needsAttention(finding)));
  for (const finding of shown) {
    const words = describeFinding(finding, branch, now);
    out('');
    out(`  ${needsAttention(finding) ? style.notable(words.headline) : words.headline}`);
    for (const [label, text] of words.facts) out(`    ${style.faint(label.padEnd(LABEL_WIDTH))}${text}`);
    for (const line of nextLines(words.next, LABEL_WIDTH)) out(`    ${line}`);
  }
  if (project.hazard !== null) {
    out('');
    out(`  ${style.notable('Careful:')} ${clean(project.hazard)}`);
  }
  const quiet = findings.filter(finding => !needsAttention(finding));
  if (!session.verbose && quiet.length > 0) {
    out('');
    out(
      `  ${count(quiet.length, 'finding is', 'findings are')} of no weight: covered by a squash, ignored, or a mere edit. (tidemark status -v lists them)`,
    );
  }
  const pending = findings.filter(finding => finding.kind === 'pending');
  if (!session.verbose && pending.length > 0) {
    out('');
    out(
      `  ${count(pending.length, 'migration is', 'migrations are')} pending. (tidemark reconcile applies them, tidemark status -v lists them)`,
    );
  }
  if (!findings.some(needsAttention)) {
    out('');
    out(`  ${style.good('The database is where the branch expects it.')}`);
  }
}
