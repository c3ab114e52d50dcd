/** Sparkles and Rainbows with the real TypeORM and TypeScript, which applies 4 and 5 without a word about 3. */
import { playSparkles } from './sparkles-story.ts';

const [first, second, third, fourth, fifth] = [
  'Unicorns1709251200001',
  'Meadows1709251200002',
  'Glitter1709337600003',
  'Races1709424000004',
  'Prizes1709510400005',
];

await playSparkles({
  framework: 'typeorm',
  ids: [first, second, third, fourth, fifth],
  third: 'apps/site/src/db/changes/1709337600003-glitter.ts',
  ours: () => true,
  column: 'name',
  rowsAfter: [fifth, second, fourth, first].sort(),
  needsThird: false,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: 'Melodies1709596800006',
    path: 'apps/site/src/db/changes/1709596800006-melodies.ts',
    text: `import { MigrationInterface, QueryRunner } from 'typeorm';

export class Melodies1709596800006 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE songs (id integer PRIMARY KEY)');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE songs');
  }
}
`,
  },
});
