/**
 * Runs `sleep 1000` with TIDEMARK_TEST set as told, prints its mark and then is killed: by its test (`running`), or by itself while
 * it is being told of the child (`starting`).
 */
import { writeSync } from 'node:fs';
import { createProcesses } from '../../../src/processes/processes.ts';

const [, , when = '', marker = ''] = process.argv;
await createProcesses().run({
  argv: ['sleep', '1000'],
  cwd: '/',
  env: { PATH: process.env['PATH'] ?? '', TIDEMARK_TEST: marker },
  timeLimitMs: 600_000,
  secrets: [],
  onStart: mark => {
    if (when === 'starting') process.kill(process.pid, 'SIGKILL');
    writeSync(1, `${JSON.stringify(mark)}\n`);
  },
});
