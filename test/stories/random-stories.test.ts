/**
 * Random stories on every engine, a third of them killed at a random step. A run plays what can be begun in 40 s on each engine, other stories
 * each minute, and says the first seed; `STORIES=500 STORY_SEED=1 npm run stories` plays as many, from that seed on.
 */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { type HowMany, playStories, toldWrong } from './play-stories.ts';

const SECONDS = 40;
const COUNT = process.env['STORIES'];
const MANY: HowMany = COUNT === undefined ? { seconds: SECONDS } : { count: Number(COUNT) };
const FIRST = Number(process.env['STORY_SEED'] ?? Math.floor(Date.now() / 60_000) * 100);

for (const [name, engine] of fixtureEngines()) {
  describeWith(`random stories on ${name}`, engine, on => {
    it(
      'are all put right',
      async () => {
        const ends = await playStories(FIRST, MANY, on);
        const wrong = ends.filter(end => end.wrong.length > 0);
        const killed = ends.filter(end => end.killed).length;
        const worked = ends.filter(end => end.worked).length;
        process.stdout.write(
          `${ends.length} stories on ${name} from seed ${FIRST}: ${worked} with work to do, ${killed} killed on the way, ${wrong.length} went wrong\n`,
        );
        expect(wrong.map(toldWrong).join('\n')).toBe('');
        expect(worked).toBeGreaterThan(0);
      },
      120_000 + Number(COUNT ?? SECONDS) * 20_000,
    );
  });
}
