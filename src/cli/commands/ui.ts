/** `tidemark` alone, and `reconcile` without a consent: the terminal UI where there is a terminal. */
import { ProblemError } from '../../domain/problem.ts';
import type { Opening } from '../../tui/state/state.ts';
import { printAfter, printReport } from '../print/report-text.ts';
import type { Session } from '../session.ts';
import { type ReconcileOptions, reconcileCommand } from './reconcile.ts';
import { statusCommand } from './status.ts';
import { remedyFrom, strategyFrom } from './wish.ts';

/** Opens the terminal UI, or prints the status where there is none. */
export const uiCommand = (session: Session): Promise<number> =>
  hasTerminal(session) ? openUi(session, { at: 'overview' }) : statusCommand(session, {});

/** Opens the terminal UI at the plan; does it at once when the consent came along, and asks by line where there is no terminal. */
export function reconcileOrUi(session: Session, ids: readonly string[], options: ReconcileOptions): Promise<number> {
  const decided = options.yes === true || options.confirm !== undefined || options.dryRun === true;
  // What only the command line has words for is asked for on the command line.
  const special =
    options.backup === false ||
    options.from !== undefined ||
    options.with !== undefined ||
    options.edit === true ||
    options.to !== undefined ||
    options.switch === true;
  if (decided || special || !hasTerminal(session)) return reconcileCommand(session, ids, options);
  const wish = {
    only: null,
    remedies: new Map(),
    strategy: strategyFrom(options),
    apply: options.apply !== false,
    from: null,
  };
  const named = ids.length === 0 ? null : { typed: ids, remedy: remedyFrom(options) };
  return openUi(session, { at: 'plan', wish, named });
}

/** Is there somebody at a terminal that can draw? */
const hasTerminal = ({ json, quiet, outside }: Session): boolean =>
  !json && !quiet && process.stdin.isTTY === true && process.stdout.isTTY === true && outside.env['TERM'] !== 'dumb';

/** Exit codes: 0 left, 4 or 130 when the last run did not end well, 130 after Ctrl-C; the problem's own when it could not begin. */
async function openUi(session: Session, opening: Opening): Promise<number> {
  // The terminal UI listens for signals and shows progress itself.
  session.end();
  const { openTui } = await import('../../tui/start.ts');
  const { stdin, stdout } = process;
  const loadDrawing = () => loadInk(session.colour);
  const end = await openTui({ outside: session.outside, stdin, stdout, loadDrawing }, session.where, opening);
  for (const report of end.reports) {
    printReport(session, report);
    printAfter(session, report);
  }
  if (end.problem !== null) throw new ProblemError(end.problem.code, end.problem.facts);
  const last = end.reports.at(-1)?.outcome;
  if (last === 'failed') return 4;
  return last === 'interrupted' ? 130 : end.code;
}

/** Ink's colours do not go by NO_COLOR, but by FORCE_COLOR at the moment they are loaded (chalk's supports-color). */
async function loadInk(colour: boolean): Promise<typeof import('#tui')> {
  if (colour) return import('#tui');
  const before = process.env['FORCE_COLOR'];
  process.env['FORCE_COLOR'] = '0';
  try {
    return await import('#tui');
  } finally {
    if (before === undefined) delete process.env['FORCE_COLOR'];
    else process.env['FORCE_COLOR'] = before;
  }
}
