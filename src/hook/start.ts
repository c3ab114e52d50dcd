/**
 * `tidemark hook run <event> <git directory>`: started by `run.sh` once a migration changed. Says what differs, in a few lines on stderr.
 * Never fails, and never takes longer to look than its limit.
 */
import { realpathSync, writeSync } from 'node:fs';
import path from 'node:path';
import { type HookMemory, type HookMode, hookLimit, hookMode } from '../domain/hook.ts';
import { ProblemError } from '../domain/problem.ts';
import { faultLines, problemLines, tooSlow } from '../messages/hooks.ts';
import { lookForHook, planWithoutAsking } from '../operations/hook-look.ts';
import type { InspectedProject } from '../operations/inspect.ts';
import type { PlannedProject } from '../operations/make-plan.ts';
import type { Listening, Outside, Repository } from '../operations/outside.ts';
import { wire } from '../wiring.ts';
import { type Seen, tell } from './tell.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The whole of a hook's look. Returns the exit code for `run.sh`: 0, or OPEN_SCREEN. */
export async function runHook(args: readonly string[], env: Env, cwd: string): Promise<number> {
  const [event = '', gitDir = '', mode, limit] = args;
  const call = { event, gitDir: path.resolve(cwd, gitDir), cwd, mode: hookMode(mode), limitMs: hookLimit(limit) };
  try {
    return await lookAndSay(wire(env), call);
  } catch (error) {
    return fail(error);
  }
}

/** All in one piece, and before anything else: what is not written when the process ends would be lost. */
function say(lines: readonly string[]): void {
  if (lines.length > 0) writeSync(2, `${lines.join('\n')}\n`);
}

function fail(error: unknown): number {
  if (error instanceof ProblemError) say(problemLines(error.code, error.facts));
  else say(faultLines(error instanceof Error ? error.message : String(error)));
  return 0;
}

interface Call {
  readonly event: string;
  readonly gitDir: string;
  readonly cwd: string;
  readonly mode: HookMode;
  readonly limitMs: number;
}

async function lookAndSay(outside: Outside, call: Call): Promise<number> {
  const repository = await openIfSame(outside, call);
  const memory = repository?.hookMemory() ?? null;
  if (repository === null || memory === null) return 0;
  // With git in the middle of something, the hook only tells. A merge runs its hook before it has tidied up.
  const middle = repository.inTheMiddleOf;
  const mayAct = middle === null || (middle === 'merge' && call.event === 'post-merge');
  const mode = mayAct ? call.mode : 'report';
  const looking = repository.looking(memory.pathspecs);
  looking.catch(() => undefined);
  let code = 0;
  try {
    const seen = await withinLimit(call.limitMs, listening => look(outside, repository, memory, mode, listening));
    const told = seen === null ? { lines: tooSlow(call.limitMs), code } : await tell(outside, seen, mode);
    say(told.lines);
    code = told.code;
    // What was read is recorded meanwhile (provenance), and the process ends with this function.
    if (seen !== null) await withinLimit(call.limitMs, () => seen.inspection.repository.close());
  } catch (error) {
    code = fail(error);
  }
  // What was told once is not told by every hook that follows, unless that cannot be written down.
  await looking.then(told => told()).catch(() => undefined);
  return code;
}

/** The repository around the folder, if it is the one whose hook runs: git may have been pointed at another one. */
async function openIfSame(outside: Outside, { cwd, gitDir }: Call): Promise<Repository | null> {
  try {
    const repository = await outside.git.open(cwd);
    return realpathSync(repository.gitDir) === realpathSync(gitDir) ? repository : null;
  } catch (error) {
    if (error instanceof ProblemError && ['not-a-repository', 'bare-repository'].includes(error.code)) return null;
    throw error;
  }
}

async function look(
  outside: Outside,
  repository: Repository,
  memory: HookMemory,
  mode: HookMode,
  listening: Listening,
): Promise<Seen> {
  const previous = repository.lastLook();
  const harmless = new Map<InspectedProject, PlannedProject>();
  const inspection = await lookForHook(outside, repository, memory, listening);
  for (const inspected of mode === 'reconcile' ? inspection.projects : []) {
    const orphaned = inspected.diagnosis.findings.some(finding => finding.kind === 'orphaned');
    const planned = orphaned ? await planWithoutAsking(outside, repository, inspected, previous) : null;
    if (planned !== null) harmless.set(inspected, planned);
  }
  return { inspection, harmless };
}

/** Waits no longer than the limit; null when it passed. What is still under way is told to stop, and ends with the process. */
async function withinLimit<T>(limitMs: number, work: (listening: Listening) => Promise<T>): Promise<T | null> {
  const over = new AbortController();
  const never = new AbortController();
  const passed = Promise.withResolvers<null>();
  const timer = setTimeout(() => {
    passed.resolve(null);
    over.abort();
  }, limitMs);
  try {
    const done = work({ onProgress: () => undefined, signal: over.signal, force: never.signal });
    done.catch(() => undefined);
    return await Promise.race([done, passed.promise]);
  } finally {
    clearTimeout(timer);
  }
}
