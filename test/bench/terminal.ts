/**
 * What the terminal UI costs, on a real pseudo-terminal: from the start to the first frame and to all data, as ratios to a bare
 * `node -e 0` on the same kind of terminal in the same run; from a key to the changed screen, with 10,000 migrations; and the bytes
 * that a slow connection has to carry. The clock stops when a terminal emulator has drawn what arrived.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { startTerminal, type Terminal } from '../kit/terminal.ts';
import { makeLargeDatabase, makeLargeRepository } from './make-large-repository.ts';
import { line, median, ROUNDS } from './measure.ts';

/** The repository that is opened, and the one that is scrolled. */
const OPENED = { commits: 4_000, merges: 800, refs: 100, migrations: 1_000 };
const SCROLLED = { commits: 4_000, merges: 800, refs: 100, migrations: 10_000 };

/** Keys of each kind that count. */
const PRESSES = 60;

type Environment = Readonly<Record<string, string>>;

/** Measures and prints. Makes its repositories below `folder`. */
export async function measureTerminal(folder: string, env: Environment): Promise<void> {
  const opened = join(folder, 'opened');
  makeLargeDatabase(opened, await makeLargeRepository(opened, OPENED));
  await startUp(opened, env);
  const scrolled = join(folder, 'scrolled');
  makeLargeDatabase(scrolled, await makeLargeRepository(scrolled, SCROLLED));
  for (const [columns, rows] of [
    [80, 24],
    [200, 50],
  ] as const)
    await keys(scrolled, env, columns, rows);
}

const open = (cwd: string, env: Environment, columns = 80, rows = 24): Terminal =>
  startTerminal({ cwd, env }, ['--database', 'sqlite:app.db'], { columns, rows });

const hasHeader = (cwd: string) => (screen: readonly string[]) =>
  screen[0]?.includes(cwd.slice(cwd.lastIndexOf('/') + 1)) ?? false;

/** Counts and the list, with its cursor. */
const hasData = (screen: readonly string[]): boolean =>
  /\d+ applied, \d+ pending, \d+ orphaned/.test(screen[1] ?? '') && chosenId(screen) !== null;

async function startUp(cwd: string, env: Environment): Promise<void> {
  const bare: number[] = [];
  const paint: number[] = [];
  const data: number[] = [];
  const memory: number[] = [];
  // Two rounds that do not count: the first walks git's whole history and compiles, the second finds both kept.
  for (let round = -2; round < ROUNDS; round += 1) {
    const once = [await bareNode(cwd, env), await opening(cwd, env)] as const;
    if (round < 0) continue;
    bare.push(once[0]);
    paint.push(once[1].paint);
    data.push(once[1].data);
    memory.push(once[1].memory);
  }
  const told = (times: readonly number[]) =>
    `${median(times).toFixed(0)} ms (fastest ${Math.min(...times).toFixed(0)})`;
  console.log(
    `Terminal UI, 1,000 migrations: first paint ${told(paint)}, all data ${told(data)}, node -e 0 ${told(bare)}; load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores.`,
  );
  // On a busy machine the medians swing, the baseline's most of all: the fastest rounds tell then what it costs by itself.
  for (const [what, times, aim] of [
    ['first paint', paint, 'at most 5'],
    ['all data on the screen', data, 'at most 8'],
  ] as const) {
    line(`${what} / node -e 0`, (median(times) / median(bare)).toFixed(2), aim);
    line('  the same of the fastest rounds', (Math.min(...times) / Math.min(...bare)).toFixed(2), aim);
  }
  line('peak memory when all data is on the screen', `${median(memory).toFixed(0)} MB`, null);
}

async function bareNode(cwd: string, env: Environment): Promise<number> {
  const began = performance.now();
  await using terminal = startTerminal({ cwd, env }, ['-e', '0'], { command: [process.execPath] });
  await terminal.ended;
  return performance.now() - began;
}

async function opening(cwd: string, env: Environment): Promise<{ paint: number; data: number; memory: number }> {
  const began = performance.now();
  await using terminal = open(cwd, env);
  await terminal.until(hasHeader(cwd));
  const paint = performance.now() - began;
  await terminal.until(hasData);
  const data = performance.now() - began;
  const memory = peakMemory(terminal.pid);
  await quit(terminal);
  return { paint, data, memory };
}

/** Megabytes (`VmHWM` of proc(5)); not a number where there is no such file. */
function peakMemory(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

async function quit(terminal: Terminal): Promise<void> {
  terminal.press('q');
  await terminal.ended;
}

/** Id in the line with the cursor; null when there is none. */
const chosenId = (screen: readonly string[]): string | null =>
  screen.map(text => /^▸ \S+\s+(?:·.*\s)?(\d{14})/.exec(text)?.[1]).find(id => id !== undefined) ?? null;

/** The cursor is on another migration, and the text about it is there too: the whole frame has been drawn. */
const movedFrom = (before: string | null) => (screen: readonly string[]) => {
  const id = chosenId(screen);
  return id !== null && id !== before && screen.some(text => text.includes(`${id} is `));
};

async function keys(cwd: string, env: Environment, columns: number, rows: number): Promise<void> {
  await using terminal = open(cwd, env, columns, rows);
  await terminal.until(hasData);
  const press = async (key: string) => {
    const before = Buffer.byteLength(terminal.written());
    const moved = movedFrom(chosenId(terminal.screen()));
    const began = performance.now();
    terminal.press(key);
    await terminal.until(moved);
    return { took: performance.now() - began, bytes: Buffer.byteLength(terminal.written()) - before };
  };
  const all = async (
    name: string,
    aim: string | null,
    pressed: readonly string[],
    countsIf = (_at: number) => true,
  ) => {
    const every = [];
    for (const key of pressed) every.push(await press(key));
    const counted = every.filter((_, at) => countsIf(at));
    const times = counted.map(each => each.took);
    const what = `${columns}x${rows}, 10,000 migrations: ${name}`;
    line(what, `${median(times).toFixed(1)} ms`, aim);
    line(
      '  slowest, and bytes written',
      `${Math.max(...times).toFixed(0)} ms, ${median(counted.map(each => each.bytes))} B`,
      null,
    );
  };
  const many = (key: string, times = PRESSES) => Array.from({ length: times }, () => key);
  const aim = 'under 16 ms';
  // To the end and back, so that the list stands at its end whatever was chosen when it opened.
  await all('to the first and to the last', aim, [
    'g',
    ...Array.from({ length: PRESSES }, (_, at) => (at % 2 === 0 ? 'G' : 'g')),
  ]);
  await all(
    'cursor down and up in view',
    aim,
    Array.from({ length: PRESSES }, (_, at) => (at % 2 === 0 ? 'j' : 'k')),
  );
  await many('j', rows).reduce((before, key) => before.then(() => press(key)).then(() => undefined), Promise.resolve());
  await all('cursor down, the list scrolls', aim, many('j'));
  await all('a page down', aim, many('\u0006'));
  await all('next finding', aim, many('n', 20));
  await quit(terminal);
}
