/** Sparkles and Rainbows with the real MikroORM, which applies 4 and 5 without a word about 3. */
import { playSparkles } from './sparkles-story.ts';

const [first, second, third, fourth, fifth] = [
  'Migration20240301000001_unicorns',
  'Migration20240301000002_meadows',
  'Migration20240302000003_glitter',
  'Migration20240303000004_races',
  'Migration20240304000005_prizes',
];

await playSparkles({
  framework: 'mikro-orm',
  ids: [first, second, third, fourth, fifth],
  third: `apps/site/src/orm/changes/${third}.ts`,
  ours: () => true,
  column: 'name',
  rowsAfter: [first, second, fourth, fifth],
  needsThird: false,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: 'Migration20240305000006_songs',
    path: 'apps/site/src/orm/changes/Migration20240305000006_songs.ts',
    text: `import { Migration } from '@mikro-orm/migrations';
import { id } from '../id.ts';

export class Songs extends Migration {
  override async up(): Promise<void> {
    this.addSql(\`create table songs (\${id})\`);
  }

  override async down(): Promise<void> {
    this.addSql('drop table songs');
  }
}
`,
  },
});
