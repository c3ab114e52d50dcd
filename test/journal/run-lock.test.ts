/** The run lock has one holder at most, and none for good: real processes race for it, and are killed while they do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProblemError } from '../../src/domain/problem.ts';
import type { Journals } from '../../src/journal/contract.ts';
import { createJournalRoom } from '../../src/journal/journals.ts';
import { ownSelf } from '../../src/journal/lock-owner.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-lock-'));
const noon = Date.UTC(2026, 10, 21, 12);
const ours = '20261121T120000Z-000001';
const theirs = '20261121T110000Z-000002';
const children = new Set<ChildProcess>();
let commonDir = '';
let folder = '';
let journals: Journals;

beforeEach(() => {
  commonDir = mkdtempSync(join(scratch, 'repository-'));
  folder = join(commonDir, 'tidemark');
  mkdirSync(folder);
  journals = createJournalRoom().of(commonDir, () => noon);
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
});
afterAll(() => rmSync(scratch, { recursive: true }));

function start(program: string, ...rest: string[]): ChildProcess {
  const path = join(import.meta.dirname, 'programs', program);
  const child = spawn(process.execPath, [path, ...rest], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

/** A process that takes and releases the lock as told. */
function contender(run: string): { readonly child: ChildProcess; tell(command: string): Promise<string> } {
  const child = start('lock-on-command.ts', commonDir, run);
  const answers = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return {
    child,
    async tell(command) {
      child.stdin?.write(`${command}\n`);
      return String((await answers.next()).value);
    },
  };
}

function refusal(): unknown {
  try {
    journals.lock(ours);
  } catch (error) {
    if (error instanceof ProblemError) return { code: error.code, facts: error.facts };
    throw error;
  }
  return 'taken';
}

/** Leaves a lock as another process would have. */
function leaveLock(changes: {
  readonly process?: object;
  readonly host?: string;
  readonly namespace?: string | null;
}): void {
  const self = ownSelf();
  const owner = {
    run: theirs,
    process: { ...self.process, ...changes.process },
    host: changes.host ?? self.host,
    since: '2026-11-21T11:00:00.000Z',
    namespace: changes.namespace === undefined ? self.namespace : changes.namespace,
    token: String(randomInt(2 ** 40)),
  };
  writeFileSync(join(folder, 'run.lock'), `${JSON.stringify(owner)}\n`);
}

/** The id of a process that has just ended and was waited for. */
async function goneProcess(): Promise<number> {
  const child = spawn('true');
  await once(child, 'close');
  return child.pid ?? 0;
}

describe('the run lock', () => {
  it('says who holds it, in a private file, and goes with its release', () => {
    const lock = journals.lock(ours);
    const file = join(folder, 'run.lock');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      run: ours,
      process: { pid: process.pid },
      host: hostname(),
      since: '2026-11-21T12:00:00.000Z',
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['run.lock']);
    lock.release();
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused while its holder lives, naming him', async () => {
    const other = contender(theirs);
    expect(await other.tell('take')).toBe('won');
    expect(refusal()).toMatchObject({
      code: 'locked-by-run',
      facts: { run: theirs, process: other.child.pid, host: hostname() },
    });
    expect(await other.tell('release')).toBe('free');
    expect(refusal()).toBe('taken');
  });

  it('is refused a second time in one process', () => {
    const lock = journals.lock(ours);
    expect(refusal()).toMatchObject({ code: 'locked-by-run', facts: { run: ours, process: process.pid } });
    lock.release();
  });

  it('is taken over from a killed holder', async () => {
    const other = contender(theirs);
    expect(await other.tell('take')).toBe('won');
    await kill(other.child);
    expect(existsSync(join(folder, 'run.lock'))).toBe(true);
    expect(refusal()).toBe('taken');
    expect(readdirSync(folder)).toEqual(['run.lock']);
  });

  it('is released only by its holder', () => {
    const lock = journals.lock(ours);
    leaveLock({});
    lock.release();
    expect(JSON.parse(readFileSync(join(folder, 'run.lock'), 'utf8'))).toMatchObject({ run: theirs });
  });

  it.each([
    ['was booted since', () => ({ process: { boot: 'another boot' } })],
    ['gave his number to another process', () => ({ process: { startTicks: '1' } })],
    ['has no such process', async () => ({ process: { pid: await goneProcess() } })],
    [
      'bears another name and has no such process',
      async () => ({ host: 'renamed', process: { pid: await goneProcess() } }),
    ],
  ])('is taken over when the holder’s host %s', async (_, changes) => {
    leaveLock(await changes());
    expect(refusal()).toBe('taken');
  });

  it.each([
    ['on another host', { host: 'elsewhere', process: { pid: 2 ** 22 - 1, boot: 'another boot' } }],
    ['in another container', { namespace: 'pid:[1]', process: { pid: 2 ** 22 - 1 } }],
    ['where start times are not told', { process: { startTicks: null } }],
  ])('is not taken from a holder who may live %s', (_, changes) => {
    leaveLock(changes);
    expect(refusal()).toMatchObject({ code: 'locked-by-run', facts: { run: theirs } });
  });

  it('that names nobody is not taken', () => {
    writeFileSync(join(folder, 'run.lock'), '{"run":');
    expect(refusal()).toMatchObject({ code: 'journal-damaged', facts: { file: join(folder, 'run.lock') } });
  });
});

describe('a dead owner’s lock', () => {
  it('goes to exactly one of those who race for it', async () => {
    const racers = Array.from({ length: 6 }, (_, index) => contender(`20261121T120000Z-00001${index}`));
    await Promise.all(racers.map(racer => racer.tell('release')));
    for (let round = 0; round < 60; round += 1) {
      leaveLock({ process: { startTicks: '1' } });
      const answers = await Promise.all(racers.map(racer => racer.tell('take')));
      expect({ round, answers: answers.toSorted() }).toEqual({
        round,
        answers: [...Array(5).fill('locked-by-run'), 'won'],
      });
      await Promise.all(racers.map(racer => racer.tell('release')));
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('has never two holders though processes are killed while they take, hold and release it', async () => {
    writeFileSync(join(commonDir, 'inside'), '0');
    writeFileSync(join(commonDir, 'turns'), '');
    const begin = (): ChildProcess => start('lock-in-a-loop.ts', commonDir, theirs);
    const loops = Array.from({ length: 5 }, begin);
    const turns = (): number => statSync(join(commonDir, 'turns')).size;
    for (let kills = 0; kills < 60; kills += 1) {
      const wanted = turns() + randomInt(1, 20);
      await expect.poll(turns, { timeout: 20_000, interval: 1 }).toBeGreaterThan(wanted);
      const victim = randomInt(loops.length);
      await kill(loops[victim] as ChildProcess);
      loops[victim] = begin();
    }
    await Promise.all(loops.map(kill));
    const violation = join(commonDir, 'two-at-once');
    expect(existsSync(violation) ? readFileSync(violation, 'utf8') : 'none').toBe('none');
    journals.lock(ours).release();
    expect(readdirSync(folder).filter(name => !name.startsWith('run.lock.new-'))).toEqual([]);
  });
});
