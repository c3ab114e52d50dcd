/** Sparkles and Rainbows with the real kysely-ctl, which refuses to move while any applied file is missing. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'kysely',
  ids: ['001_unicorns', '002_meadows', '003_glitter', '004_races', '005_prizes'],
  third: 'apps/site/db/changes/003_glitter.ts',
  ours: () => true,
  column: 'name',
  rowsAfter: ['001_unicorns', '002_meadows', '004_races', '005_prizes'],
  needsThird: true,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '006_songs',
    path: 'apps/site/db/changes/006_songs.ts',
    text: `import type { Kysely } from 'kysely';
import { id, idType } from '../id';

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable('songs').addColumn('id', idType, id).execute();
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('songs').execute();
}
`,
  },
});
