/** The story Tidemark exists for, made in a folder: Sparkles and Rainbows, with real commits and a real SQLite database. */
import path from 'node:path';
import { migrationId } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import type { Framework } from '../frameworks/contract.ts';
import type { Chapter } from '../git/contract.ts';
import type { Outside } from './outside.ts';

const DATABASE = 'unicorns.db';

const migration = (table: string, columns: string, rows: string): string =>
  `-- migrate:up\nCREATE TABLE ${table} (${columns});\nINSERT INTO ${table} VALUES ${rows};\n\n-- migrate:down\nDROP TABLE ${table};\n`;

const FILES = {
  'db/migrations/20240601090000_create_unicorns.sql': migration(
    'unicorns',
    'id INTEGER PRIMARY KEY, name TEXT NOT NULL',
    "(1, 'Sparkles'), (2, 'Rainbows')",
  ),
  'db/migrations/20240602090000_create_meadows.sql': migration(
    'meadows',
    'id INTEGER PRIMARY KEY, name TEXT NOT NULL',
    "(1, 'North'), (2, 'South')",
  ),
  'db/migrations/20240603090000_create_glitter.sql': migration(
    'glitter',
    'id INTEGER PRIMARY KEY, colour TEXT NOT NULL',
    "(1, 'pink'), (2, 'gold'), (3, 'teal')",
  ),
  'db/migrations/20240604090000_create_races.sql': migration(
    'races',
    'id INTEGER PRIMARY KEY, meadow INTEGER NOT NULL',
    '(1, 1), (2, 2)',
  ),
  'db/migrations/20240605090000_create_prizes.sql': migration(
    'prizes',
    'id INTEGER PRIMARY KEY, what TEXT NOT NULL',
    "(1, 'apple'), (2, 'carrot')",
  ),
} as const;

const [FIRST, SECOND, THIRD, FOURTH, FIFTH] = Object.keys(FILES) as (keyof typeof FILES)[];
const write = (...files: (keyof typeof FILES | undefined)[]) =>
  Object.fromEntries(files.flatMap(file => (file === undefined ? [] : [[file, FILES[file]]])));

const STORY: readonly Chapter[] = [
  {
    author: 'Sparkles',
    date: '2024-06-01T10:00:00+00:00',
    subject: 'Begin with unicorns and meadows',
    write: { ...write(FIRST, SECOND), '.env': `DATABASE_URL=sqlite:${DATABASE}\n` },
    remove: [],
  },
  {
    author: 'Sparkles',
    date: '2024-06-03T10:00:00+00:00',
    subject: 'Store glitter in a table of its own',
    write: write(THIRD),
    remove: [],
  },
  {
    author: 'Sparkles',
    date: '2024-06-04T09:00:00+00:00',
    subject: 'Drop the glitter idea: it gets everywhere',
    write: {},
    remove: THIRD === undefined ? [] : [THIRD],
  },
  {
    author: 'Sparkles',
    date: '2024-06-04T10:00:00+00:00',
    subject: 'Let unicorns race',
    write: write(FOURTH),
    remove: [],
  },
  { author: 'Sparkles', date: '2024-06-05T10:00:00+00:00', subject: 'Give prizes', write: write(FIFTH), remove: [] },
];

/**
 * Makes the repository and Rainbows' database in an empty folder: Rainbows applied 1, 2 and 3, pulled, and applied 4 and 5, so the
 * database says 1-2-3-4-5 and the branch 1-2-4-5.
 */
export async function makeDemo(outside: Outside, folder: string): Promise<void> {
  const framework = outside.frameworks.find(each => each.name === 'dbmate');
  if (framework === undefined) throw new ProblemError('unknown-framework', { name: 'dbmate', known: [] });
  await outside.git.makeRepository(folder, STORY, { [DATABASE]: '' });
  const address = outside.databases.parse(`sqlite:${DATABASE}`, folder);
  const connection = await outside.databases.openToChange(address, 'demo');
  try {
    for (const [index, [file, text]] of Object.entries(FILES).entries()) {
      const forward = applying(framework, file, text);
      const table = index === 0 ? 'CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);\n' : '';
      const outcome = await connection.runScript({
        ...forward,
        script: table + forward.script,
        table: { schema: null, name: 'schema_migrations' },
      });
      if (!outcome.done)
        throw new ProblemError('database-failed', {
          database: address.display,
          doing: 'making the demo',
          said: outcome.said,
        });
    }
  } finally {
    await connection.close();
  }
}

/** How Tidemark itself applies one of the files: the embedded default, no other tool. */
function applying(framework: Framework, file: string, text: string) {
  const settings = { migrations: [path.posix.dirname(file)] };
  const project = {
    framework: framework.name,
    root: '.',
    historyTable: { schema: null, name: 'schema_migrations' },
    settings,
  };
  const forward = framework.forward(project, { path: file, text }, 'sqlite');
  if (forward.how === 'sql') return forward;
  throw new ProblemError('refused', {
    reason: `${migrationId(file)} cannot be applied by Tidemark itself.`,
    next: 'tidemark doctor',
  });
}
