/**
 * Parks a table and puts it back, for `parking-memory.test.ts` and the bench. Prints its own peak memory in kB, how many rows it was, and
 * how many milliseconds putting back took.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabases } from '../../../src/databases/databases.ts';

const [url = '', from = '', into = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tidemark-park-'));
const databases = createDatabases({ env: process.env, stateHome: folder, clock: Date.now });
const connection = await databases.openToChange(databases.parse(url, '/'), 'memory');
try {
  const parts = await connection.park({ tables: [{ schema: null, name: from }], columns: [] }, folder);
  const files = parts.map(part => ({
    part: { ...part, table: { schema: null, name: into } },
    path: join(folder, part.file),
  }));
  const began = performance.now();
  const done = await connection.putBack(files, { overwrite: false });
  const putBackMs = performance.now() - began;
  const rows = done.reduce((sum, { restored }) => sum + restored, 0);
  process.stdout.write(JSON.stringify({ peak: process.resourceUsage().maxRSS, rows, putBackMs }));
} finally {
  await connection.close();
  rmSync(folder, { recursive: true, force: true });
}
