/**
 * Random stories on every engine, a third of them killed at a random step. A batch a run; `STORIES=500 STORY_SEED=1 npm run stories` plays
 * more, and says the seeds.
 */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { playStories, toldWrong } from './play-stories.ts';

const COUNT = Number(process.env['STORIES'] ?? '6');
const FIRST = Number(process.env['STORY_SEED'] ?? '1');

for (const [name, engine] of fixtureEngines()) {
  describeWith(`random stories on ${name}`, engine, on => {
    it(
      `are all put right (seeds ${FIRST} to ${FIRST + COUNT - 1})`,
      async () => {
        const ends = await playStories(
          Array.from({ length: COUNT }, (_, index) => FIRST + index),
          on,
        );
        const wrong = ends.filter(end => end.wrong.length > 0);
        const killed = ends.filter(end => end.killed).length;
        const worked = ends.filter(end => end.worked).length;
        process.stdout.write(
          `${ends.length} stories on ${name} from seed ${FIRST}: ${worked} with work to do, ${killed} killed on the way, ${wrong.length} went wrong\n`,
        );
        expect(wrong.map(toldWrong).join('\n')).toBe('');
        expect(worked).toBeGreaterThan(0);
      },
      60_000 + COUNT * 20_000,
    );
  });
}
