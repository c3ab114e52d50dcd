/** Git settings of this repository (`git config --local`): choices that belong to this machine only. */
import type { Place } from './place.ts';
import { gitFailed } from './run-git.ts';

/** See `Repository.localSetting`. */
export async function localSetting(place: Place, key: string): Promise<readonly string[]> {
  const args = ['config', '--local', '--no-includes', '-z', '--get-all', key];
  const answer = await place.git.ask(args);
  // 1: the key is not set, see git-config(1).
  if (answer.code === 1) return [];
  if (answer.code !== 0) throw gitFailed(args, answer.code, answer.stderr);
  return answer.stdout.toString('utf8').split('\0').slice(0, -1);
}

/** See `Repository.setLocalSetting`. Values that stand already are not written again. */
export async function setLocalSetting(place: Place, key: string, values: readonly string[]): Promise<void> {
  const before = await localSetting(place, key);
  if (before.length === values.length && before.every((value, index) => value === values[index])) return;
  if (before.length > 0) await place.ordinary(['config', '--local', '--unset-all', key]);
  for (const value of values) await place.ordinary(['config', '--local', '--add', key, value]);
}
