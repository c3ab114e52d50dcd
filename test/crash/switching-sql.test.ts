/** Switching with the database, with SQL of ours, killed at every point: the same command again always arrives. */
import { it } from 'vitest';
import { twoBranches } from '../cli/two-branches.ts';
import { describeWith } from '../kit/available.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { killSwitchEverywhere } from './kill-switch.ts';

const MINUTES = 60_000;

describeWith('a switch with SQL, killed', { here: true, it: SQLITE }, () => {
  it(
    'always arrives',
    async () => {
      await using fixture = await twoBranches();
      await killSwitchEverywhere(fixture, 'each');
    },
    10 * MINUTES,
  );
});
