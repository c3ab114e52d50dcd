/** dbmate-style files without any tool: applied by Tidemark's own runner. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createDatabases } from '../../src/databases/databases.ts';
import type { Project } from '../../src/domain/migration.ts';
import { dbmate } from '../../src/frameworks/dbmate/index.ts';
import type { FrameworkRunner } from './fixture-run.ts';

/** dbmate-style files without any tool: applied by Tidemark's own runner. */
export const EMBEDDED: FrameworkRunner = {
  version: 'none',
  path: null,
  install: () => undefined,
  async apply(project, folder, database) {
    const migrations = project.command[project.command.indexOf('--migrations-dir') + 1] ?? 'db/migrations';
    const table = { schema: null, name: project.historyTable };
    const known: Project = {
      framework: 'dbmate',
      root: '.',
      historyTable: table,
      settings: { migrations: [migrations] },
    };
    const databases = createDatabases({ env: process.env, stateHome: dirname(folder), clock: Date.now });
    if (database.file !== null && !existsSync(database.file)) {
      await database.query(`CREATE TABLE ${table.name} (version varchar(128) PRIMARY KEY)`);
    }
    const connection = await databases.openToChange(databases.parse(database.url, folder), 'fixture');
    try {
      const read = await connection.readHistory(table);
      const applied = new Set(read.table === 'present' ? read.rows.map(({ version }) => version) : []);
      for (const name of readdirSync(join(folder, migrations)).sort()) {
        const path = `${migrations}/${name}`;
        const id = dbmate.identify(known, path);
        if (id === null || applied.has(id)) continue;
        const forward = dbmate.forward(known, { path, text: readFileSync(join(folder, path), 'utf8') });
        if (forward.how !== 'sql') throw new Error(`${path} cannot be applied`);
        const outcome = await connection.runScript({ ...forward, table });
        if (!outcome.done) throw new Error(`${path}: ${outcome.said}`);
      }
    } finally {
      await connection.close();
    }
  },
  status: () => Promise.resolve({ clean: true, said: 'the embedded runner has no status of its own' }),
};
