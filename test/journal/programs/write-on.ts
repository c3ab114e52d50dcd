/** Goes on with a journal as fast as it can, and says on stdout each number whose append has returned. Killed by its test. */
import { writeSync } from 'node:fs';
import { createJournalRoom } from '../../../src/journal/journals.ts';
import { done } from '../entries.ts';

const [, , commonDir = '', run = ''] = process.argv;
const journal = createJournalRoom().of(commonDir, Date.now).reopen(run);
for (let step = 0; ; step += 1) {
  const { seq } = journal.append(done(step, 'x'.repeat((step * 997) % 20_000)));
  writeSync(1, `${seq}\n`);
}
