/** Opens the terminal UI and stays until it is left. What draws is loaded while git and the databases are being read already. */
import type { SuspendTerminal } from 'ink';
import type { ProblemCode, ProblemFacts } from '../domain/problem.ts';
import { ProblemError } from '../domain/problem.ts';
import type { RunReport } from '../domain/report.ts';
import type { Outside, Where } from '../operations/outside.ts';
import { toAscii, wantsAscii } from './look/ascii.ts';
import { begin } from './state/start.ts';
import type { Opening } from './state/state.ts';
import { createStore, type Store } from './store.ts';
import { createWork } from './work/work.ts';

/** The world it runs in. Both streams are terminals: the caller has looked. */
export interface Surroundings {
  readonly outside: Outside;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Loads what draws (`draw.tsx`). */
  readonly loadDrawing: () => Promise<typeof import('./draw.tsx')>;
}

/** How it was left. `problem` is for the caller to print: the screen is gone. */
export interface TuiEnd {
  readonly code: number;
  readonly reports: readonly RunReport[];
  readonly problem: { readonly code: ProblemCode; readonly facts: ProblemFacts[ProblemCode] } | null;
}

/**
 * DECAWM. A line that a terminal draws wider than it was counted (new emoji, scripts with joined letters) is cut at the margin instead
 * of pushing every line below it down. Set around the alternate screen, whose way in saves it and whose way out brings that back.
 */
const AUTOWRAP_OFF = '\u001b[?7l';
const AUTOWRAP_ON = '\u001b[?7h';

const SIGNALS = ['SIGTERM', 'SIGHUP'] as const;

/** A terminal that was closed has no more keys, also where no SIGHUP tells (another session). */
const CLOSED = ['end', 'error'] as const;

export async function openTui(around: Surroundings, where: Where, opening: Opening): Promise<TuiEnd> {
  const { outside, stdin } = around;
  const stdout = wantsAscii(outside.env) ? asciiOnly(around.stdout) : around.stdout;
  const size = { columns: stdout.columns, rows: stdout.rows };
  const leaving = Promise.withResolvers<void>();
  let code = 0;
  let failure: unknown = null;
  let suspend: SuspendTerminal | null = null;
  const store: Store = createStore(
    begin(where.directory, size, outside.clock(), opening, homeOf(outside.env)),
    effect => work.perform(effect),
  );
  const work = createWork(
    { outside, where, dispatch: event => store.dispatch(event) },
    {
      lend: async callback =>
        suspend?.(async () => {
          await stopReading(stdin);
          await wrapping(callback);
        }),
      stopHere: async () => suspend?.(() => wrapping(stoppedByShell)),
      quit: with_ => {
        code = with_;
        leaving.resolve();
      },
      fail: error => {
        failure = error;
        leaving.resolve();
      },
    },
  );
  const onSuspender = (given: SuspendTerminal) => {
    suspend = given;
  };
  const wrapping = async (work: () => Promise<void>): Promise<void> => {
    stdout.write(AUTOWRAP_ON);
    try {
      await work();
    } finally {
      stdout.write(AUTOWRAP_OFF);
    }
  };
  const wrapAgain = () => void stdout.write(AUTOWRAP_ON);
  const resized = () => store.dispatch({ type: 'resized', columns: stdout.columns, rows: stdout.rows });
  const asked = () => store.dispatch({ type: 'asked-to-end', code: 143 });
  const interrupted = () => store.dispatch({ type: 'asked-to-end', code: 130 });
  stdout.on('resize', resized);
  for (const event of CLOSED) stdin.on(event, asked);
  for (const signal of SIGNALS) process.on(signal, asked);
  process.on('SIGINT', interrupted);
  try {
    // Git works while the code that draws is loaded.
    work.perform({ do: 'load' });
    const { draw } = await around.loadDrawing();
    process.once('exit', wrapAgain);
    stdout.write(AUTOWRAP_OFF);
    try {
      const drawing = draw(store, { stdin, stdout }, onSuspender);
      void leaving.promise.then(drawing.end);
      await drawing.ended;
    } finally {
      process.off('exit', wrapAgain);
      wrapAgain();
    }
  } finally {
    stdout.off('resize', resized);
    for (const event of CLOSED) stdin.off(event, asked);
    for (const signal of SIGNALS) process.off(signal, asked);
    process.off('SIGINT', interrupted);
    await work.close();
  }
  if (failure !== null && !(failure instanceof ProblemError)) throw failure;
  const problem = failure instanceof ProblemError ? { code: failure.code, facts: failure.facts } : null;
  return { code, reports: store.state().reports, problem };
}

/** `HOME`, which a shell calls `~`, as far as it can be one. */
const homeOf = ({ HOME: home }: Outside['env']): string | null =>
  home?.startsWith('/') ? home.replace(/(?<=.)\/+$/, '') : null;

/** The same terminal, to which nothing but ASCII is ever written. */
function asciiOnly(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = (chunk: string | Uint8Array, ...rest: []) =>
    stdout.write(typeof chunk === 'string' ? toAscii(chunk) : chunk, ...rest);
  return new Proxy(stdout, {
    get(target, key) {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/**
 * Stops reading the terminal, which Ink 8.0.0 goes on with while it is suspended: what is typed for the program that has the terminal
 * would be taken from it, and done as keys later. Ink's own way back reads again.
 */
async function stopReading(stdin: NodeJS.ReadStream): Promise<void> {
  // A stream notices a tick later that nobody listens any more, and only then it can be paused.
  await new Promise(resolve => setImmediate(resolve));
  stdin.pause();
  await new Promise(resolve => setImmediate(resolve));
}

/** Stops this process and all of its job, as Ctrl-Z does where no raw mode takes it; resolves when the shell continues it. */
async function stoppedByShell(): Promise<void> {
  const continued = new Promise<void>(resolve => process.once('SIGCONT', () => resolve()));
  process.kill(0, 'SIGTSTP');
  await continued;
}
