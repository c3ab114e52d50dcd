/** Every situation of `fixtures-repos/` but the Sparkles story: what `status` says, what `plan` offers, and where it ends. */
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { SITUATIONS } from './situations-expected.ts';
import { play, situation } from './situations-play.ts';

describeWith('the built command line', builtCli(), () => {
  for (const [name, expected] of Object.entries(SITUATIONS)) {
    situation(
      name,
      fixture => play(fixture, expected),
      expected.code === 0 ? 'is explained and reconciled' : 'is refused',
    );
  }
});
