/** Processes are known by more than their number, found again after their parent was killed, and never mistaken for others. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { ProcessMark } from '../../src/domain/run.ts';
import { createProcesses } from '../../src/processes/processes.ts';
import { type Available, describeWith } from '../kit/available.ts';
import { eventually } from '../kit/cli.ts';

const processes = createProcesses();
const children = new Set<ChildProcess>();

afterEach(async () => {
  await Promise.all([...children].map(kill));
});

function start(argv: readonly [string, ...string[]]): ChildProcess & { readonly pid: number } {
  const [program, ...rest] = argv;
  const child = spawn(program, rest, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  if (child.pid === undefined) throw new Error(`${program} was not started`);
  return child as ChildProcess & { readonly pid: number };
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe('a marked process', () => {
  it('is alive until it has ended', async () => {
    const child = start(['sleep', '1000']);
    const mark = processes.mark(child.pid);
    expect(mark).toMatchObject({
      pid: child.pid,
      startTicks: expect.stringMatching(/^\d+$/),
      boot: expect.any(String),
    });
    expect(processes.alive(mark)).toBe(true);
    await kill(child);
    expect(processes.alive(mark)).toBe(false);
    expect(processes.alive(processes.mark(child.pid))).toBe(false);
    expect(processes.alive(processes.mark(process.pid))).toBe(true);
  });

  it('is alive while one of its group is', async () => {
    const leader = start(['sh', '-c', 'sleep 1000 & echo started']);
    const mark = processes.mark(leader.pid);
    await once(leader, 'exit');
    expect(processes.alive(mark)).toBe(true);
    await processes.end(mark, 1000);
    expect(processes.alive(mark)).toBe(false);
  });

  it('is ended even when it is stopped or does not obey', async () => {
    for (const script of ['kill -STOP $$; sleep 1000', 'trap "" TERM; echo ready; while :; do sleep 1; done']) {
      const child = start(['sh', '-c', script]);
      const mark = processes.mark(child.pid);
      await processes.end(mark, 100);
      expect(processes.alive(mark)).toBe(false);
    }
  });

  it('is ended alone when it leads no group', async () => {
    const leader = start(['sh', '-c', 'sleep 1000 & echo $!; wait; echo waited; exec sleep 1000']);
    const lines = createInterface({ input: leader.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    const member = processes.mark(Number((await lines.next()).value));
    await processes.end(member, 1000);
    expect((await lines.next()).value).toBe('waited');
    expect(processes.alive(processes.mark(leader.pid))).toBe(true);
  });

  it('is neither alive nor ended when its start time or boot is another’s', async () => {
    const child = start(['sleep', '1000']);
    const mark = processes.mark(child.pid);
    for (const other of [
      { ...mark, startTicks: '1' },
      { ...mark, boot: 'another' },
      { ...mark, startTicks: null },
    ]) {
      expect(processes.alive(other)).toBe(false);
      await processes.end(other, 0);
    }
    expect(processes.alive(mark)).toBe(true);
    expect(child.signalCode).toBeNull();
  });
});

/** Root can say which number the next process gets (`/proc/sys/kernel/ns_last_pid`, pid_namespaces(7)). */
function chosenNumbers(): Available<string> {
  const file = '/proc/sys/kernel/ns_last_pid';
  try {
    accessSync(file, constants.W_OK);
    return { here: true, it: file };
  } catch {
    return { here: false, because: `${file} cannot be written` };
  }
}

describeWith('a number given to another process', chosenNumbers(), lastPid => {
  it('is not taken for the process that had it', async () => {
    for (let tries = 0; tries < 50; tries += 1) {
      const first = start(['sleep', '1000']);
      const mark = processes.mark(first.pid);
      await kill(first);
      writeFileSync(lastPid, String(first.pid - 1));
      const second = start(['sleep', '1000']);
      // Another process of this machine may have been quicker.
      if (second.pid !== first.pid) continue;
      // Start times are in hundredths of a second: two processes within one cannot be told apart, and nobody waits that little.
      if (processes.mark(second.pid).startTicks === mark.startTicks) continue;
      expect(processes.alive(mark)).toBe(false);
      await processes.end(mark, 0);
      expect(processes.alive(processes.mark(second.pid))).toBe(true);
      expect(second.signalCode).toBeNull();
      return;
    }
    throw new Error('the number was never given again');
  });
});

describe('what a killed run leaves', () => {
  const program = join(import.meta.dirname, 'programs', 'run-and-die.ts');

  it('is found by its mark and ended', async () => {
    const marker = randomUUID();
    const parent = start([process.execPath, program, 'running', marker]);
    const [line] = (await once(createInterface({ input: parent.stdout as NodeJS.ReadableStream }), 'line')) as [string];
    const mark = JSON.parse(line) as ProcessMark;
    // The mark is told before the program may begin; killed in between, the parent leaves nothing.
    await eventually('the program has begun', () => readFileSync(`/proc/${mark.pid}/comm`, 'utf8') === 'sleep\n');
    await kill(parent);
    expect(processes.alive(mark)).toBe(true);
    expect(processes.leftWith('TIDEMARK_TEST', marker)).toEqual([mark]);
    await processes.end(mark, 1000);
    expect(processes.alive(mark)).toBe(false);
    expect(processes.leftWith('TIDEMARK_TEST', marker)).toEqual([]);
  });

  it('is nothing when it was killed before the program began', async () => {
    const marker = randomUUID();
    const parent = start([process.execPath, program, 'starting', marker]);
    await once(parent, 'exit');
    await expect.poll(() => processes.leftWith('TIDEMARK_TEST', marker), { timeout: 10_000 }).toEqual([]);
    expect(parent.signalCode).toBe('SIGKILL');
  });
});

describe('finding a program', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tidemark-find-'));
  afterAll(() => rmSync(scratch, { recursive: true }));

  const put = (path: string, mode: number): string => {
    const file = join(scratch, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, mode);
    return file;
  };

  it('takes the first executable file of the path, in its order', () => {
    put('one/tool', 0o644);
    mkdirSync(join(scratch, 'two', 'tool'), { recursive: true });
    const third = put('three/tool', 0o755);
    put('four/tool', 0o755);
    writeFileSync(put('moved/tool', 0o755), `#!${scratch}/gone/bin/python3\nprint()\n`);
    const path = ['one', 'moved', 'two', 'three', 'four'].map(folder => join(scratch, folder)).join(':');
    expect(processes.find(['tool'], [], path)).toBe(third);
    expect(processes.find(['tool'], [], `:.:relative:${path}`)).toBe(third);
    expect(processes.find(['missing', 'tool'], [], path)).toBe(third);
    expect(processes.find(['tool'], [], '')).toBeNull();
  });

  it('looks for names with a slash in the folders, and only there', () => {
    const inRoot = put('root/bin/rails', 0o755);
    const inProject = put('root/apps/shop/bin/rails', 0o755);
    const [root, project] = [join(scratch, 'root'), join(scratch, 'root', 'apps', 'shop')];
    expect(processes.find(['bin/rails'], [project, root], '')).toBe(inProject);
    expect(processes.find(['./bin/rails'], [root], '')).toBe(inRoot);
    expect(processes.find(['bin/rails'], [], root)).toBeNull();
    expect(processes.find([inRoot], [], '')).toBe(inRoot);
  });
});
