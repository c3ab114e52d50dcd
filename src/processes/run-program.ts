/** Running one program to its end: in a session of its own, with a time limit, its output line by line. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as passed } from 'node:timers/promises';
import { ProblemError } from '../domain/problem.ts';
import type { ProcessMark } from '../domain/run.ts';
import type { ProgramEnd, ProgramRun } from './contract.ts';
import { endLeftOf } from './end-processes.ts';
import { programToStart } from './find-program.ts';
import { type Behind, gateCommand, openGate } from './gate.ts';
import { type OutputLines, outputLines } from './output-lines.ts';
import { markOf } from './process-table.ts';

const TAIL_LINES = 200;
/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How long is waited for what; in milliseconds. */
export interface Patience {
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** For output that comes after the program has ended, when something it started keeps its pipes open. */
  readonly drainMs: number;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Runs a program as `Processes.run` promises. */
export async function runProgram(program: ProgramRun, patience: Patience): Promise<ProgramEnd> {
  if (program.signal?.aborted === true) return { code: null, endedBy: 'abort', tail: [], milliseconds: 0 };
  const began = performance.now();
  const wanted = behindOf(program);
  const child = await start(program, wanted);
  const mark = markOf(child.pid ?? 0);
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve));
  const closed = new Promise<void>(resolve => child.once('close', () => resolve()));
  const guard = guardOf(mark, program, patience.graceMs);
  const output = collect(child, program, guard);
  try {
    if (program.onStart !== undefined) announce(child, mark, program.onStart, wanted, guard);
    const code = await Promise.race([exited, guard.cannotEnd]);
    const endedBy = await guard.endedBy(code);
    await closedWithin(closed, patience.drainMs);
    const tail = output.finish();
    guard.check();
    return { code, endedBy, tail, milliseconds: Math.round(performance.now() - began) };
  } finally {
    guard.dismiss();
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Runs a program on our own terminal, as `Processes.handTerminalTo` promises. */
export async function handTerminalTo(program: Pick<ProgramRun, 'argv' | 'cwd' | 'env'>): Promise<number | null> {
  const { file, argv, env } = behindOf(program);
  const child = spawn(file, argv.slice(1), { cwd: program.cwd, env, argv0: program.argv[0], stdio: 'inherit' });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  } catch (error) {
    throw new ProblemError('program-missing', { program: program.argv[0], looked: [file] }, { cause: error });
  }
}

/** What is to be run. Throws `program-missing`, and `disk` when there is no such folder to run it in. */
function behindOf(program: Pick<ProgramRun, 'argv' | 'cwd' | 'env'>): Behind {
  const { argv, cwd, env } = program;
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ProblemError('disk', { path: cwd, doing: 'enter the folder', said: 'it is not a folder' });
  }
  return { file: programToStart(argv[0], cwd, env['PATH'] ?? ''), argv, env };
}

/** Starts the child: the wanted program, or the gate before it when somebody must know of the child first. */
async function start({ cwd, onStart }: ProgramRun, wanted: Behind): Promise<Child> {
  const gated = onStart !== undefined;
  const { file, argv, env } = gated ? gateCommand(wanted.env) : wanted;
  const [name = file, ...rest] = argv;
  try {
    const child = spawn(file, rest, {
      cwd,
      env,
      argv0: name,
      // A session of its own: the terminal's Ctrl-C and hang-up do not reach it, and it cannot ask questions there.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...(gated ? ['pipe' as const] : [])],
    });
    if (child.pid === undefined) throw (await once(child, 'error'))[0];
    return child as Child;
  } catch (error) {
    throw new ProblemError(
      'program-missing',
      { program: wanted.argv[0] ?? file, looked: [wanted.file] },
      { cause: error },
    );
  }
}

/** Tells of the child while it waits, then lets it go on. */
function announce(
  child: Child,
  mark: ProcessMark,
  onStart: (mark: ProcessMark) => void,
  wanted: Behind,
  guard: Guard,
): void {
  try {
    onStart(mark);
    openGate(child, wanted);
  } catch (error) {
    guard.fail(error);
  }
}

/** Ends a program that must not go on, and knows why it did. */
interface Guard {
  /** Something of ours failed: the program is killed, and the error is thrown by `endedBy` or `check`. */
  fail(error: unknown): void;
  check(): void;
  /** Rejects when the program cannot be ended. */
  readonly cannotEnd: Promise<never>;
  /** To be asked when the program has ended. Waits until nothing is left of one that was made to. */
  endedBy(code: number | null): Promise<ProgramEnd['endedBy']>;
  dismiss(): void;
}

function guardOf(mark: ProcessMark, program: ProgramRun, graceMs: number): Guard {
  let why: 'time-limit' | 'abort' | null = null;
  let failure: { readonly error: unknown } | null = null;
  let ending: Promise<void> | null = null;
  const { promise: cannotEnd, reject } = Promise.withResolvers<never>();
  cannotEnd.catch(() => undefined);

  const end = (grace: number): void => {
    ending ??= endLeftOf(mark, grace);
    ending.catch(reject);
  };
  const stop = (reason: 'time-limit' | 'abort') => (): void => {
    why ??= reason;
    end(graceMs);
  };
  const check = (): void => {
    if (failure !== null) throw failure.error;
  };
  const onAbort = stop('abort');
  program.signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(stop('time-limit'), Math.min(program.timeLimitMs, LONGEST_TIMER_MS));
  const dismiss = (): void => {
    clearTimeout(timer);
    program.signal?.removeEventListener('abort', onAbort);
  };

  return {
    fail(error) {
      failure ??= { error };
      end(0);
    },
    check,
    cannotEnd,
    async endedBy(code) {
      dismiss();
      await ending;
      check();
      return why ?? (code === null ? 'signal' : 'itself');
    },
    dismiss,
  };
}

/** Hands on both streams' lines and keeps the last of them. */
function collect(child: Child, program: ProgramRun, guard: Guard): { finish(): readonly string[] } {
  const tail: string[] = [];
  const linesOf = (stream: 'stdout' | 'stderr'): OutputLines => {
    const lines = outputLines(program.secrets, line => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      try {
        program.onLine?.(line, stream);
      } catch (error) {
        guard.fail(error);
      }
    });
    child[stream].on('data', lines.take);
    return lines;
  };
  const both = [linesOf('stdout'), linesOf('stderr')];
  return {
    finish() {
      child.stdout.removeAllListeners('data');
      child.stderr.removeAllListeners('data');
      for (const lines of both) lines.end();
      return tail;
    },
  };
}

/** Something the program started may keep its pipes open for as long as it likes. */
async function closedWithin(closed: Promise<void>, milliseconds: number): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([closed, passed(milliseconds, undefined, { signal: waiting.signal }).catch(() => undefined)]);
  waiting.abort();
}
