/** From what the hook saw to what it says, and, in mode `reconcile`, does. */
import type { HookMode } from '../domain/hook.ts';
import { OPEN_SCREEN } from '../domain/hook-script.ts';
import { ProblemError } from '../domain/problem.ts';
import { differences, doneLine, type HookProject, nextFor, problemLines } from '../messages/hooks.ts';
import { reconcileWithoutAsking } from '../operations/hook-look.ts';
import type { InspectedProject, Inspection } from '../operations/inspect.ts';
import type { PlannedProject } from '../operations/make-plan.ts';
import type { Outside } from '../operations/outside.ts';

/** Projects of which the differences are told; `tidemark status` tells of all. */
const MOST_PROJECTS = 2;

/** What was seen, and what may be done about it without asking. */
export interface Seen {
  readonly inspection: Inspection;
  readonly harmless: ReadonlyMap<InspectedProject, PlannedProject>;
}

/** Does what is harmless, and puts the rest into lines. `code`: the exit code for `run.sh`. */
export async function tell(
  outside: Outside,
  { inspection, harmless }: Seen,
  mode: HookMode,
): Promise<{ readonly lines: readonly string[]; readonly code: number }> {
  const lines: string[] = [];
  const told: HookProject[] = [];
  const problems = inspection.failed.map(({ problem }) => problem);
  for (const inspected of inspection.projects) {
    let project: HookProject = { database: inspected.address.display, diagnosis: inspected.diagnosis };
    const planned = harmless.get(inspected);
    try {
      const done = planned === undefined ? [] : await act(outside, inspection, planned);
      if (done.length > 0) lines.push(doneLine(done, project.database));
      project = { ...project, diagnosis: without(project.diagnosis, done) };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(error);
    }
    const differing = differences(project, inspection.repository.branch);
    if (differing.length === 0) continue;
    told.push(project);
    if (told.length <= MOST_PROJECTS) lines.push(...differing);
  }
  if (told.length > 0) lines.push(...nextFor(told));
  for (const problem of problems) lines.push(...problemLines(problem.code, problem.facts));
  return { lines, code: told.length > 0 && mode === 'ask' ? OPEN_SCREEN : 0 };
}

/** Runs a harmless plan; the migrations it took out of the table. Throws as `execute`, and `refused` for a run that did not end well. */
async function act(outside: Outside, inspection: Inspection, planned: PlannedProject): Promise<readonly string[]> {
  const stop = new AbortController();
  const force = new AbortController();
  const end = (): void => (stop.signal.aborted ? force.abort() : stop.abort());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const listening = { onProgress: () => undefined, signal: stop.signal, force: force.signal };
  const report = await reconcileWithoutAsking(outside, inspection, planned, listening);
  if (report === null) return [];
  if (report.outcome !== 'done') {
    const next = `tidemark resume ${report.run}\ntidemark abort ${report.run}`;
    throw new ProblemError('refused', { reason: `Run ${report.run} was begun by the hook and did not end`, next });
  }
  return report.steps.flatMap(({ step }) => ('migration' in step ? [step.migration] : []));
}

function without(diagnosis: InspectedProject['diagnosis'], migrations: readonly string[]) {
  const findings = diagnosis.findings.filter(
    finding => finding.kind !== 'orphaned' || !migrations.includes(finding.migration),
  );
  return { ...diagnosis, findings };
}
