/** A journal keeps every entry whose append returned, and never takes damage for data. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { isProblem, ProblemError } from '../../src/domain/problem.ts';
import type { Journals } from '../../src/journal/contract.ts';
import { createJournalRoom } from '../../src/journal/journals.ts';
import { isRunId } from '../../src/journal/run-id.ts';
import { type Available, describeWith } from '../kit/available.ts';
import { began, done } from './entries.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-journal-'));
const noon = Date.UTC(2026, 10, 21, 12);
const run = '20261121T120000Z-0a1b2c';
let commonDir = '';
let journals: Journals;

beforeEach(() => {
  commonDir = mkdtempSync(join(scratch, 'repository-'));
  journals = createJournalRoom().of(commonDir, () => noon);
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** A journal of three entries, closed. */
function threeEntries(): { readonly file: string; readonly bytes: Buffer } {
  const journal = journals.create(run);
  for (const entry of [began, done(0), done(1, 'Zürich')]) journal.append(entry);
  journal.close();
  return { file: journal.file, bytes: readFileSync(journal.file) };
}

function problemOf(act: () => unknown): ProblemError {
  try {
    act();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a journal', () => {
  it('gives back what was appended, in numbered and chained lines', () => {
    const { file, bytes } = threeEntries();
    const { entries, tornLastLine } = journals.read(run);
    expect(tornLastLine).toBe(false);
    expect(entries.map(entry => entry.seq)).toEqual([1, 2, 3]);
    expect(entries[0]).toEqual({ ...began, seq: 1, at: '2026-11-21T12:00:00.000Z', previous: '0'.repeat(64) });
    const lines = bytes.toString().split('\n');
    for (const [index, entry] of entries.entries()) {
      if (index === 0) continue;
      const before = createHash('sha256').update(lines[index - 1] ?? '');
      expect(entry.previous).toBe(before.digest('hex'));
    }
    expect(file).toBe(join(commonDir, 'tidemark', 'runs', `${run}.jsonl`));
  });

  it('is private: folders 0700, file 0600', () => {
    const { file } = threeEntries();
    const modes = [join(commonDir, 'tidemark'), join(commonDir, 'tidemark', 'runs'), file].map(
      path => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o700, 0o600]);
  });

  it('goes on where it stopped when it is opened again', () => {
    threeEntries();
    const journal = journals.reopen(run);
    expect(journal.append(done(2)).seq).toBe(4);
    journal.close();
    expect(journals.read(run).entries).toHaveLength(4);
  });

  it('loses only the last line when that is cut anywhere, and goes on after it', () => {
    const { file, bytes } = threeEntries();
    const lastLine = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    for (let cut = lastLine; cut < bytes.length; cut += 1) {
      writeFileSync(file, bytes.subarray(0, cut));
      const { entries, tornLastLine } = journals.read(run);
      expect({ cut, entries: entries.length, tornLastLine }).toEqual({ cut, entries: 2, tornLastLine: cut > lastLine });
      expect(readFileSync(file)).toEqual(bytes.subarray(0, cut));
      const journal = journals.reopen(run);
      journal.append(done(1, 'Zürich'));
      journal.close();
      expect(readFileSync(file).equals(bytes)).toBe(true);
    }
  });

  it('cut anywhere at all, holds the entries before the cut', () => {
    const { file, bytes } = threeEntries();
    for (let cut = 0; cut < bytes.length; cut += 1) {
      writeFileSync(file, bytes.subarray(0, cut));
      const whole = bytes.subarray(0, cut).filter(byte => byte === 0x0a).length;
      expect(journals.read(run).entries).toHaveLength(whole);
    }
  });

  it('leaves out a last line whose middle never reached the disk', () => {
    const { file, bytes } = threeEntries();
    const lastLine = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    const holed = Buffer.from(bytes);
    holed.fill(0, lastLine + 10, lastLine + 40);
    writeFileSync(file, holed);
    expect(journals.read(run)).toMatchObject({ tornLastLine: true, entries: { length: 2 } });
  });

  it('never takes a flipped bit before the last line for data', () => {
    const { file, bytes } = threeEntries();
    const lastLine = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    for (let at = 0; at < lastLine; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(file, flipped);
      const problem = problemOf(() => journals.reopen(run));
      if (isProblem(problem, 'journal-too-new')) continue;
      expect({ at, code: problem.code }).toEqual({ at, code: 'journal-damaged' });
      expect(problem.facts).toMatchObject({ file });
      expect(readFileSync(file).equals(flipped)).toBe(true);
    }
  });

  it('names the damaged line and what is wrong with it', () => {
    const { file, bytes } = threeEntries();
    const [first = '', second = '', third = ''] = bytes.toString().split('\n');
    const damage = (...lines: string[]): unknown => {
      writeFileSync(file, `${lines.join('\n')}\n`);
      return problemOf(() => journals.read(run)).facts;
    };
    const swapped = 'it does not follow the line before it: one of the two was changed';
    expect(damage(first, second.replace('as planned', 'as it came'), third)).toEqual({
      file,
      line: 3,
      reason: swapped,
    });
    expect(damage(first, third)).toEqual({ file, line: 2, reason: 'its number is 3 where 2 belongs' });
    expect(damage(first, '', third)).toEqual({ file, line: 2, reason: 'it is not JSON' });
    expect(damage(first, second, '{"seq":3,')).toEqual({ file, line: 3, reason: 'it is not JSON' });
    expect(damage('[]')).toEqual({ file, line: 1, reason: 'its number is missing where 1 belongs' });
    expect(damage(first.replace('run-began', 'run-begun'))).toMatchObject({
      reason: 'it is an entry of an unknown kind',
    });
    expect(damage(first.replace('"run-began"', '"stopped"'))).toMatchObject({
      reason: 'it is the first and does not begin a run',
    });
  });

  it('of a later format is refused, whatever else its lines say', () => {
    const { file } = threeEntries();
    writeFileSync(file, '{"what":"run-began","format":2,"all":"different"}\nand not even JSON\n');
    expect(problemOf(() => journals.read(run))).toMatchObject({ code: 'journal-too-new', facts: { file, format: 2 } });
  });

  it('notices that something else writes to it', () => {
    const journal = journals.create(run);
    journal.append(began);
    appendFileSync(journal.file, 'x');
    expect(problemOf(() => journal.append(done(0))).code).toBe('journal-damaged');
    journal.close();
  });

  it('is not begun twice, nor found under a name that is no run id', () => {
    threeEntries();
    expect(problemOf(() => journals.create(run)).code).toBe('file-in-the-way');
    for (const asked of ['../../config', '20261121T120000Z-ffffff', '']) {
      expect(problemOf(() => journals.read(asked)).facts).toEqual({ run: asked, known: [run] });
    }
  });
});

describe('the runs of a repository', () => {
  it('are listed newest first, without what is not a journal', () => {
    expect(journals.list()).toEqual([]);
    const ids = ['20251231T235959Z-ffffff', '20261121T120000Z-000000', '20261121T115959Z-ffffff'];
    for (const id of ids) journals.create(id).close();
    writeFileSync(join(commonDir, 'tidemark', 'runs', 'notes.txt'), '');
    expect(journals.list()).toEqual([ids[1], ids[2], ids[0]]);
    journals.drop('20261121T115959Z-ffffff');
    expect(journals.list()).toEqual([ids[1], ids[0]]);
  });

  it('are named by nothing that could be another file', () => {
    expect(isRunId(run)).toBe(true);
    for (const text of [`${run}\n`, `../${run}`, run.toUpperCase(), `${run}0`, run.slice(1), '']) {
      expect({ text, is: isRunId(text) }).toEqual({ text, is: false });
    }
  });
});

describe('a writer killed at any instant', () => {
  it('leaves every entry whose append had returned, and a journal to go on with', async () => {
    journals.create(run).close();
    const begin = journals.reopen(run);
    begin.append(began);
    begin.close();
    for (let round = 0; round < 25; round += 1) {
      const before = journals.read(run).entries.length;
      const { acknowledged, child } = await writeUntil(before + randomInt(1, 60));
      await killed(child);
      const { entries } = journals.read(run);
      expect(entries.length).toBeGreaterThanOrEqual(acknowledged());
      // The one that was on its way may be there or not.
      expect(entries.length).toBeLessThanOrEqual(acknowledged() + 1);
      expect(entries.length).toBeGreaterThan(before);
    }
  });

  async function writeUntil(seq: number): Promise<{ acknowledged: () => number; child: ChildProcess }> {
    const program = join(import.meta.dirname, 'programs', 'write-on.ts');
    const child = spawn(process.execPath, [program, commonDir, run], { stdio: ['ignore', 'pipe', 'inherit'] });
    let last = 0;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the writer ended by itself')));
      createInterface({ input: child.stdout }).on('line', line => {
        last = Number(line);
        if (last >= seq) resolve();
      });
    });
    return { acknowledged: () => last, child };
  }
});

async function killed(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

/** A file system of 64 KiB; only root may mount one. */
function smallDisk(): Available<string> {
  const folder = mkdtempSync(join(scratch, 'small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'pipe' });
    return { here: true, it: folder };
  } catch (error) {
    return { here: false, because: `a tmpfs cannot be mounted: ${String(error).split('\n')[1] ?? error}` };
  }
}

describeWith('a full disk', smallDisk(), folder => {
  afterAll(() => {
    execFileSync('umount', [folder]);
  });

  it('refuses an entry whole, and takes it when there is room again', () => {
    const small = createJournalRoom().of(folder, () => noon);
    const filler = join(folder, 'filler');
    const journal = small.create(run);
    journal.append(began);
    writeFileSync(filler, Buffer.alloc(30_000));
    let entries = 1;
    const problem = problemOf(() => {
      for (; ; entries += 1) journal.append(done(entries, 'x'.repeat(700)));
    });
    expect(problem).toMatchObject({ code: 'disk', facts: { path: journal.file, doing: 'write to the journal' } });
    expect((problem.cause as NodeJS.ErrnoException).code).toBe('ENOSPC');
    expect(small.read(run)).toMatchObject({ tornLastLine: false, entries: { length: entries } });

    rmSync(filler);
    expect(journal.append(done(entries, 'there is room again')).seq).toBe(entries + 1);
    journal.close();
    expect(small.read(run).entries).toHaveLength(entries + 1);
  });

  it('refuses the run lock and leaves nothing of it', () => {
    const full = createJournalRoom().of(mkdtempSync(join(folder, 'full-')), () => noon);
    full.list();
    const filler = join(folder, 'filler');
    problemOfSystem(() => writeFileSync(filler, Buffer.alloc(70_000)));
    expect(problemOf(() => full.lock(run)).code).toBe('disk');
    rmSync(filler);
    full.lock(run).release();
  });
});

function problemOfSystem(act: () => unknown): void {
  expect(act).toThrow(/ENOSPC/);
}
