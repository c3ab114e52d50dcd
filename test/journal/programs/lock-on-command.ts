/** Takes and releases the run lock as told on stdin: `take` is answered with `won` or with the problem's code, `release` with `free`. */
import { createInterface } from 'node:readline';
import { ProblemError } from '../../../src/domain/problem.ts';
import type { RunLock } from '../../../src/journal/contract.ts';
import { createJournalRoom } from '../../../src/journal/journals.ts';

const [, , commonDir = '', run = ''] = process.argv;
const journals = createJournalRoom().of(commonDir, Date.now);
let lock: RunLock | null = null;

function obey(command: string): string {
  if (command === 'release') {
    lock?.release();
    lock = null;
    return 'free';
  }
  try {
    lock = journals.lock(run);
    return 'won';
  } catch (error) {
    return error instanceof ProblemError ? error.code : String(error);
  }
}

for await (const command of createInterface({ input: process.stdin })) process.stdout.write(`${obey(command)}\n`);
