/** One run of the command line: where to look, whom to tell, how to ask, and how to be stopped. */
import { ProblemError } from '../domain/problem.ts';
import { clean } from '../messages/clean.ts';
import { count } from '../messages/words.ts';
import type { Listening, Outside, Where } from '../operations/outside.ts';
import type { ProgressEvent } from '../operations/progress.ts';
import { progressLine } from './print/progress-text.ts';
import { type Style, styleFor } from './style.ts';

/** Global options as commander gives them. */
export interface GlobalOptions {
  readonly C?: string;
  readonly database?: string;
  readonly framework?: string;
  readonly project?: string;
  readonly json?: boolean;
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly deep?: boolean;
}

export interface Session {
  readonly outside: Outside;
  readonly where: Where;
  /** Global options as they were typed. */
  readonly given: GlobalOptions;
  readonly listening: Listening;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  /** Does the user want colours, as far as flags and NO_COLOR say? */
  readonly colour: boolean;
  readonly style: Style;
  readonly now: number;
  /** A line of result, on stdout. */
  readonly out: (line: string) => void;
  /** A line for people beside the result, on stderr; nothing when quiet. */
  readonly tell: (line: string) => void;
  /** One JSON document, on stdout. */
  readonly document: (value: unknown) => void;
  /** Is there a terminal to ask at? */
  readonly canAsk: boolean;
  /** Asks for one line and returns it without blanks around it. Only where `canAsk`. */
  readonly ask: (question: string) => Promise<string>;
  /** Asks a yes-or-no question; no is the default. Throws `needs-answer` where nobody can answer. */
  readonly confirm: (question: string, flag: string) => Promise<boolean>;
  /** Takes the progress line away and stops listening. */
  readonly end: () => void;
}

/** Progress is shown once something has taken this long. */
const PATIENCE_MS = 1000;

export function openSession(outside: Outside, options: GlobalOptions, cwd: string): Session {
  const soft = new AbortController();
  const hard = new AbortController();
  const colour = options.color !== false && (outside.env['NO_COLOR'] ?? '') === '';
  const style = styleFor(process.stdout, outside.env, options.color !== false);
  const quiet = options.quiet === true;
  const line = progressOnTerminal(quiet || options.json === true);
  const tell = (text: string) => {
    line.clear();
    if (!quiet) process.stderr.write(`${text}\n`);
  };
  const onInterrupt = () => {
    if (soft.signal.aborted) {
      tell('Ending what runs now.');
      hard.abort();
    } else {
      tell('Stopping at the next safe point; press Ctrl-C again to end what runs now.');
      soft.abort();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onInterrupt);
  const onProgress = (event: ProgressEvent) => {
    const text = progressLine(event, options.verbose === true);
    if (text === null) line.show(waitingLine(event));
    else tell(text);
  };
  const canAsk = process.stdin.isTTY === true && process.stderr.isTTY === true;
  const ask = (question: string) => askLine(question, soft.signal, line);
  return {
    outside,
    where: {
      directory: options.C ?? cwd,
      database: options.database ?? null,
      framework: options.framework ?? null,
      project: options.project ?? null,
      deep: options.deep === true,
      recover: null,
    },
    given: options,
    listening: { onProgress, signal: soft.signal, force: hard.signal },
    json: options.json === true,
    verbose: options.verbose === true,
    quiet,
    colour,
    style,
    now: outside.clock(),
    out: text => {
      line.clear();
      process.stdout.write(`${text}\n`);
    },
    tell,
    document: value => process.stdout.write(`${harmlessJson(value)}\n`),
    canAsk,
    ask,
    confirm: async (question, flag) => {
      if (!canAsk) throw new ProblemError('needs-answer', { question, flag });
      return /^y(es)?$/i.test(await ask(`${question} [y/N] `));
    },
    end: () => {
      line.clear();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onInterrupt);
    },
  };
}

/** JSON in which every character that could steer or mislead a terminal is written as its number: the same value, safe to look at. */
const harmlessJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

async function askLine(question: string, signal: AbortSignal, line: ProgressOnTerminal): Promise<string> {
  line.clear();
  // Loaded for a question only: every other command would pay for it.
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes Ctrl-C for itself while it asks; an unanswered question is a no, and nothing has been changed.
  const interrupted = new AbortController();
  terminal.on('SIGINT', () => interrupted.abort());
  try {
    return (await terminal.question(question, { signal: AbortSignal.any([signal, interrupted.signal]) })).trim();
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw new Interrupted();
    throw error;
  } finally {
    terminal.close();
  }
}

/** The user pressed Ctrl-C before anything was begun. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const waitingLine = (event: ProgressEvent): string => {
  if (event.event === 'walking')
    return `Walking git's history: ${count(event.commits, 'commit')} with migrations so far`;
  return event.event === 'reading-database' ? `Reading ${clean(event.database)}` : '';
};

interface ProgressOnTerminal {
  readonly show: (text: string) => void;
  readonly clear: () => void;
}

/** One line on stderr that is rewritten; only on a terminal, and only once a second has passed. */
function progressOnTerminal(off: boolean): ProgressOnTerminal {
  const began = performance.now();
  let shown = false;
  return {
    show: text => {
      if (off || process.stderr.isTTY !== true || text === '' || performance.now() - began < PATIENCE_MS) return;
      process.stderr.write(`\r\u001b[K${text}`);
      shown = true;
    },
    clear: () => {
      if (shown) process.stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}
