/** `tidemark undo`: brings the database back to where it was before a run. Itself a run, that can be undone. */
import { ProblemError } from '../../domain/problem.ts';
import type { RunReport } from '../../domain/report.ts';
import { inspect } from '../../operations/inspect.ts';
import { projectOfRun } from '../../operations/run-project.ts';
import { planUndo, runToUndo } from '../../operations/undo.ts';
import { planDocument, reportDocument } from '../print/as-json.ts';
import { printPlan } from '../print/plan-text.ts';
import type { Session } from '../session.ts';
import { commandAgain } from './again.ts';
import { agree, type ConsentOptions } from './consent.ts';
import { runAgreed } from './reconcile.ts';

export interface UndoOptions extends ConsentOptions {
  readonly fromBackup?: boolean;
  readonly fromParked?: boolean;
  readonly dryRun?: boolean;
  readonly backup?: boolean;
  readonly park?: boolean;
}

/** Exit codes: 0 done, 1 done and something still differs, 3 refused or declined, 4 stopped midway, 130 interrupted. */
export async function undoCommand(session: Session, asked: string | undefined, options: UndoOptions): Promise<number> {
  if (options.fromBackup === true && options.fromParked === true)
    throw new ProblemError('bad-arguments', {
      reason: '--from-backup and --from-parked are two ways, and one is taken',
    });
  const state = await runOf(session, asked ?? null);
  const { framework, root } = state.plan.project;
  const where = { ...session.where, framework, project: root };
  const inspection = await inspect(session.outside, where, session.listening);
  try {
    const [failed] = inspection.failed;
    if (failed !== undefined) throw failed.problem;
    const inspected = projectOfRun(inspection, state);
    const wish = { fromBackup: options.fromBackup === true, fromParked: options.fromParked === true };
    const planned = await planUndo(session.outside, inspection.repository, inspected, state, wish);
    if (options.dryRun === true && session.json) session.document(planDocument(inspection, [planned]));
    if (!session.json && options.confirm === undefined) printPlan(session, planned);
    if (options.dryRun === true) return 0;
    const flags = [...(wish.fromBackup ? ['--from-backup'] : []), ...(wish.fromParked ? ['--from-parked'] : [])];
    const { backup, park } = options;
    const command = commandAgain(
      session,
      ['undo', state.run, ...flags],
      { ...(backup === undefined ? {} : { backup }), ...(park === undefined ? {} : { park }) },
      [planned],
    );
    const agreed = await agree(session, inspection, [planned], options, command);
    if (agreed.length === 0) {
      session.tell('Nothing was changed.');
      return 3;
    }
    const reports: RunReport[] = [];
    const outcome = await runAgreed(session, inspection, agreed, options, reports);
    if (session.json) session.document(reportDocument(reports, [planned]));
    if (outcome !== 'done') return outcome === 'interrupted' ? 130 : 4;
    return (reports[0]?.undone?.differences.length ?? 0) > 0 ? 1 : 0;
  } finally {
    await inspection.repository.close();
  }
}

async function runOf(session: Session, asked: string | null) {
  const repository = await session.outside.git.open(session.where.directory);
  try {
    return runToUndo(session.outside, repository, asked);
  } finally {
    await repository.close();
  }
}
