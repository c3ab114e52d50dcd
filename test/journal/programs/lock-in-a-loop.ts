/**
 * Takes and releases the run lock without pause until it is killed. While it holds it, it signs the file `inside`; finding the
 * signature of a living process there, it writes `two-at-once` and ends. Every turn is one byte more in `turns`.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isProblem } from '../../../src/domain/problem.ts';
import { createJournalRoom } from '../../../src/journal/journals.ts';

const [, , folder = '', run = ''] = process.argv;
const journals = createJournalRoom().of(folder, Date.now);
const inside = join(folder, 'inside');

function turn(): void {
  const lock = journals.lock(run);
  const signed = Number(readFileSync(inside, 'utf8'));
  if (signed !== 0 && runs(signed)) {
    writeFileSync(join(folder, 'two-at-once'), `${signed} and ${process.pid}`);
    process.exit(1);
  }
  writeFileSync(inside, String(process.pid));
  appendFileSync(join(folder, 'turns'), '.');
  writeFileSync(inside, '0');
  lock.release();
}

function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

for (;;) {
  try {
    turn();
  } catch (error) {
    if (!isProblem(error, 'locked-by-run')) {
      writeFileSync(join(folder, 'two-at-once'), String(error));
      throw error;
    }
  }
}
