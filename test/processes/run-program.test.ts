/** A program runs with exactly what it was given, is ended when its time is up, and cannot make us wait for ever. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readProcessStat } from '../../src/domain/process-stat.ts';
import type { ProcessMark } from '../../src/domain/run.ts';
import type { ProgramEnd, ProgramRun } from '../../src/processes/contract.ts';
import { createProcesses } from '../../src/processes/processes.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'tidemark-run-')));
const processes = createProcesses({ graceMs: 300, drainMs: 300 });
const PATH = process.env['PATH'] ?? '';

afterAll(() => rmSync(scratch, { recursive: true }));

/** Runs a program and gives its end, its lines by stream and its mark. */
async function runTold(
  argv: readonly [string, ...string[]],
  more: Partial<Omit<ProgramRun, 'onStart'>> & { onStart?: ProgramRun['onStart'] | undefined } = {},
): Promise<ProgramEnd & { stdout: string[]; stderr: string[]; mark: ProcessMark }> {
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  let mark: ProcessMark | null = null;
  const told = (started: ProcessMark): void => {
    mark = started;
  };
  const { onStart = 'onStart' in more ? undefined : told, ...rest } = more;
  const end = await processes.run({
    argv,
    cwd: scratch,
    env: { PATH },
    timeLimitMs: 30_000,
    secrets: [],
    ...(onStart === undefined ? {} : { onStart }),
    onLine: (line, stream) => lines[stream].push(line),
    ...rest,
  });
  return { ...end, ...lines, mark: mark ?? processes.mark(0) };
}

const node = (program: string): readonly [string, ...string[]] => [process.execPath, '-e', program];
const shell = (script: string): readonly [string, ...string[]] => ['sh', '-c', script];

/** A program that writes its number and goes on whatever SIGTERM says, like the child it starts. */
const STUBBORN = `trap "" TERM; (trap "" TERM; while :; do sleep 1; done) & echo ready; while :; do sleep 1; done`;

describe.each([
  ['started at once', { onStart: undefined }],
  ['told of before it begins', {}],
])('a program %s', (_, how) => {
  const run = (argv: readonly [string, ...string[]], more: Partial<ProgramRun> = {}): ReturnType<typeof runTold> =>
    runTold(argv, { ...more, ...how });

  it('gets its arguments as they are, its folder, and its environment and no more', async () => {
    const argument = '$(touch made-by-a-shell); "a b" *';
    const report = 'console.log(JSON.stringify([process.argv[1], process.cwd(), process.env]))';
    const env = { PATH, 'with.dot': '1', EMPTY: '', NODE_NO_WARNINGS: '1', KEPT: 'Zürich\n→' };
    const { stdout, code, endedBy } = await run([process.execPath, '-e', report, argument], { env });
    expect(JSON.parse(stdout[0] ?? '')).toEqual([argument, scratch, env]);
    expect({ code, endedBy }).toEqual({ code: 0, endedBy: 'itself' });
    expect(existsSync(join(scratch, 'made-by-a-shell'))).toBe(false);
  });

  it('has no input to wait for, and leads a session of its own', async () => {
    const { stdout } = await run(shell('cat; echo $$; cat /proc/$$/stat'));
    const pid = Number(stdout[0]);
    expect(readProcessStat(stdout[1] ?? '')).toMatchObject({ group: pid, session: pid });
  });

  it('has the signals and open files it has when a shell starts it', async () => {
    // No pipe in the script: the shell itself would have one open while the next program looks.
    const look = 'grep "^Sig[BI]" /proc/self/status; for file in 0 1 2 3 4; do readlink /proc/$$/fd/$file; done';
    const { stdout } = await run(shell(look));
    const none = '0000000000000000';
    const kinds = stdout.map(line => line.replace(/:\[.*/, ''));
    expect(kinds).toEqual([`SigBlk:\t${none}`, `SigIgn:\t${none}`, '/dev/null', 'socket', 'socket']);
  });

  it('that fails is a value, with what it said last', async () => {
    const end = await run(shell('echo first; echo "it broke" >&2; exit 3'));
    expect(end).toMatchObject({ code: 3, endedBy: 'itself', stdout: ['first'], stderr: ['it broke'] });
    expect(end.tail.toSorted()).toEqual(['first', 'it broke']);
  });

  it('that something else killed says so', async () => {
    expect(await run(shell('kill -9 $$'))).toMatchObject({ code: null, endedBy: 'signal' });
  });

  it('keeps the last 200 lines', async () => {
    const { tail, stdout } = await run(node('for (let i = 1; i <= 1000; i++) console.log(i)'));
    expect(stdout).toHaveLength(1000);
    expect(tail).toEqual(Array.from({ length: 200 }, (_, index) => String(801 + index)));
  });

  it('that cannot be started is a problem that names where it was looked for', async () => {
    writeFileSync(join(scratch, 'not-executable'), '');
    await expect(run(['no-such-program'], { env: { PATH: '/nowhere:relative:/usr/bin' } })).rejects.toMatchObject({
      code: 'program-missing',
      facts: { program: 'no-such-program', looked: ['/nowhere', '/usr/bin'] },
    });
    await expect(run(['./not-executable'])).rejects.toMatchObject({ code: 'program-missing' });
    writeFileSync(join(scratch, 'no-interpreter'), '#!/no/such/interpreter\n', { mode: 0o755 });
    await expect(run(['./no-interpreter'])).rejects.toMatchObject({ code: 'program-missing' });
    await expect(run(['true'], { cwd: join(scratch, 'no-folder') })).rejects.toMatchObject({
      code: 'disk',
      facts: { path: join(scratch, 'no-folder') },
    });
  });
});

describe('before a program has done anything', () => {
  const touch = (name: string): readonly [string, ...string[]] => shell(`: > ${name}`);

  it('its mark is told, while it waits', async () => {
    let seen: unknown;
    let ticks: string | null = null;
    const { milliseconds } = await runTold(shell(': > after-start; cat /proc/$$/stat'), {
      onStart: mark => {
        const waits = (): boolean => /pipe|sock|unix|stream/.test(readFileSync(`/proc/${mark.pid}/wchan`, 'utf8'));
        // Where the kernel does not tell what it waits for, a second is long enough for a shell.
        const until = Date.now() + 1000;
        while (!waits() && Date.now() < until);
        ticks = mark.startTicks;
        seen = { done: existsSync(join(scratch, 'after-start')), alive: processes.alive(mark) };
      },
      onLine: line => expect(readProcessStat(line)?.startTicks).toBe(ticks),
    });
    expect(seen).toEqual({ done: false, alive: true });
    expect(existsSync(join(scratch, 'after-start'))).toBe(true);
    expect(milliseconds).toBeLessThan(5000);
  });

  it('it is killed when that fails', async () => {
    let mark: ProcessMark | null = null;
    const failing = runTold(touch('never'), {
      onStart: started => {
        mark = started;
        throw new Error('the journal could not be written');
      },
    });
    await expect(failing).rejects.toThrow('the journal could not be written');
    expect(existsSync(join(scratch, 'never'))).toBe(false);
    expect(processes.alive(mark ?? processes.mark(process.pid))).toBe(false);
  });
});

describe('a program that must not go on', () => {
  it('may clean up when its time is up', async () => {
    const polite = `process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); console.log('ready'); setInterval(() => {}, 1000)`;
    const stop = new AbortController();
    const end = await runTold(node(polite), { signal: stop.signal, onLine: () => stop.abort() });
    expect(end).toMatchObject({ code: 0, endedBy: 'abort', tail: ['ready', 'bye'] });
  });

  it('is killed with all of its group when it does not end', async () => {
    const end = await runTold(shell(STUBBORN), { timeLimitMs: 2000 });
    expect(end).toMatchObject({ code: null, endedBy: 'time-limit' });
    expect(end.milliseconds).toBeGreaterThanOrEqual(2300);
    expect(processes.alive(end.mark)).toBe(false);
  });

  it('is ended with what it leaves behind when it obeys and its child does not', async () => {
    const stop = new AbortController();
    const script = '(trap "" TERM; echo ready; while :; do sleep 1; done) & wait';
    const end = await runTold(shell(script), { signal: stop.signal, onLine: () => stop.abort() });
    expect(end).toMatchObject({ code: null, endedBy: 'abort' });
    expect(processes.alive(end.mark)).toBe(false);
  });

  it('is not even started when that is known before', async () => {
    const end = await runTold(shell(': > started'), { signal: AbortSignal.abort() });
    expect(end).toMatchObject({ code: null, endedBy: 'abort' });
    expect(existsSync(join(scratch, 'started'))).toBe(false);
  });

  it('is killed when its listener fails, and the listener’s error is thrown', async () => {
    let mark: ProcessMark | null = null;
    const failing = runTold(shell(STUBBORN), {
      onStart: started => {
        mark = started;
      },
      onLine: () => {
        throw new Error('nobody listens');
      },
    });
    await expect(failing).rejects.toThrow('nobody listens');
    expect(processes.alive(mark ?? processes.mark(process.pid))).toBe(false);
  });
});

describe('a program that has ended', () => {
  it('is not waited for when what it started keeps its pipes open', async () => {
    const end = await runTold(shell('sleep 1000 & echo done'));
    expect(end).toMatchObject({ code: 0, endedBy: 'itself', tail: ['done'] });
    expect(end.milliseconds).toBeLessThan(10_000);
    expect(processes.alive(end.mark)).toBe(true);
    await processes.end(end.mark, 1000);
    expect(processes.alive(end.mark)).toBe(false);
  });

  it('is waited for until all that it said is read', async () => {
    const { stdout, tail } = await runTold(node(`process.stdout.write('x'.repeat(99) + '\\n' + 'y'.repeat(60000))`));
    expect(stdout.map(line => line.length)).toEqual([99, 60_000]);
    expect(tail).toHaveLength(2);
  });
});
