/** A real pseudo-terminal with a real terminal emulator on it: what a program draws is read as a person would read it. */
import { spawn } from '@lydell/node-pty';
import unicode from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import { BIN, type CliPlace } from './cli.ts';

/** How long a screen may take to show what is waited for. */
const PATIENCE_MS = 20_000;

/** Synchronized output, on and off. */
const [HOLD, RELEASE] = ['\u001b[?2026h', '\u001b[?2026l'];

/** How a terminal is set up. */
export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** On top of the place's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is started instead of the built command. */
  readonly command?: readonly [string, ...string[]];
}

/** One cell's look, for pictures. */
export interface Cell {
  readonly text: string;
  /** Colour of the terminal's palette (0 to 15); null for its default. */
  readonly colour: number | null;
  readonly bold: boolean;
  readonly faint: boolean;
  readonly inverse: boolean;
  /** Columns it takes: 1 or 2. */
  readonly width: number;
}

/** What a screen is waited to show: text, a pattern over its lines joined, or anything that can be told from them. */
export type Shows = RegExp | string | ((screen: readonly string[]) => boolean);

/** A program on a terminal. */
export interface Terminal extends AsyncDisposable {
  readonly pid: number;
  /** The screen as lines, without the spaces at their ends. */
  screen(): readonly string[];
  /** The screen cell by cell. */
  cells(): readonly (readonly Cell[])[];
  /** What was written so far, byte for byte. */
  written(): string;
  /** Rows that go on from the row above because a line ran over the right margin. */
  overflowing(): readonly number[];
  /** Is the alternate screen shown? */
  alternate(): boolean;
  /** Presses keys, as the bytes a terminal sends for them. */
  press(bytes: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: string): void;
  /** Closes the terminal under the program, as closing its window does. */
  close(): void;
  /**
   * Waits until the screen shows something; looks as soon as anything that was written has been drawn. Returns the screen. Throws with
   * the screen when it ends, or takes too long.
   */
  until(shows: Shows): Promise<readonly string[]>;
  /** Exit code once it has ended; a signal is told as 128 and its number. */
  readonly ended: Promise<number>;
}

/** What terminals send for keys without a character. */
export const KEY = {
  enter: '\r',
  escape: '\u001b',
  down: '\u001b[B',
  up: '\u001b[A',
  tab: '\t',
  backspace: '\u007f',
  interrupt: '\u0003',
  suspend: '\u001a',
} as const;

/** Starts the built command (or another) on a terminal of its own. */
export function startTerminal(place: CliPlace, args: readonly string[], options: TerminalOptions = {}): Terminal {
  const { columns = 80, rows = 24 } = options;
  const [program, ...leading] = options.command ?? [process.execPath, BIN];
  const env = { ...place.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', ...options.env };
  const child = spawn(program, [...leading, ...args], { name: env.TERM, cols: columns, rows, cwd: place.cwd, env });
  const emulator = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
  emulator.loadAddon(new unicode.Unicode11Addon() as never);
  emulator.unicode.activeVersion = '11';
  let written = '';
  // Programs that hold the screen while they draw (mode 2026) are read between two drawings only.
  let shownTo = 0;
  const isDrawing = () => written.lastIndexOf(HOLD, shownTo) > written.lastIndexOf(RELEASE, shownTo);
  const waiting = new Set<() => void>();
  const wakeAll = () => {
    for (const wake of waiting) wake();
  };
  child.onData(data => {
    written += data;
    const end = written.length;
    emulator.write(data, () => {
      shownTo = end;
      wakeAll();
    });
  });
  // The emulator answers what programs ask a terminal (colours, cursor position).
  emulator.onData(answer => child.write(answer));
  const ended = new Promise<number>(resolve =>
    child.onExit(({ exitCode, signal }) => emulator.write('', () => resolve(signal ? 128 + signal : exitCode))),
  );
  let over = false;
  void ended.then(() => {
    over = true;
    wakeAll();
  });
  const line = (row: number) => emulator.buffer.active.getLine(emulator.buffer.active.baseY + row);
  const screen = () => Array.from({ length: emulator.rows }, (_, row) => line(row)?.translateToString(true) ?? '');
  return {
    pid: child.pid,
    screen,
    cells: () => Array.from({ length: emulator.rows }, (_, row) => cellsOf(line(row), emulator.cols)),
    written: () => written,
    overflowing: () =>
      Array.from({ length: emulator.rows }, (_, row) => row).filter(row => line(row)?.isWrapped === true),
    alternate: () => emulator.buffer.active.type === 'alternate',
    press: bytes => child.write(bytes),
    resize(wide, high) {
      emulator.resize(wide, high);
      child.resize(wide, high);
    },
    kill: signal => child.kill(signal),
    close: () => (child as typeof child & { destroy(): void }).destroy(),
    async until(shows) {
      let late = false;
      const patience = setTimeout(() => {
        late = true;
        wakeAll();
      }, PATIENCE_MS);
      try {
        while (isDrawing() || !isShown(screen(), shows)) {
          if (over || late)
            throw new Error(`${over ? 'it ended' : 'waited'} without ${shows}:\n${screen().join('\n')}`);
          const woken = Promise.withResolvers<void>();
          waiting.add(woken.resolve);
          await woken.promise;
          waiting.delete(woken.resolve);
        }
        return screen();
      } finally {
        clearTimeout(patience);
      }
    },
    ended,
    async [Symbol.asyncDispose]() {
      if (!over) child.kill('SIGKILL');
      await ended;
      emulator.dispose();
    },
  };
}

function isShown(screen: readonly string[], shows: Shows): boolean {
  if (typeof shows === 'function') return shows(screen);
  const all = screen.join('\n');
  return typeof shows === 'string' ? all.includes(shows) : shows.test(all);
}

type BufferLine = NonNullable<ReturnType<headless.Terminal['buffer']['active']['getLine']>>;

function cellsOf(line: BufferLine | undefined, columns: number): readonly Cell[] {
  return Array.from({ length: columns }, (_, column) => line?.getCell(column)).flatMap(cell =>
    cell === undefined || cell.getWidth() === 0
      ? []
      : [
          {
            text: cell.getChars() || ' ',
            colour: cell.isFgPalette() ? cell.getFgColor() : null,
            bold: cell.isBold() !== 0,
            faint: cell.isDim() !== 0,
            inverse: cell.isInverse() !== 0,
            width: cell.getWidth(),
          },
        ],
  );
}
