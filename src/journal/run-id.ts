/** Names of runs: they sort by time and are safe as file names. */
import type { RunId } from '../domain/run.ts';

/**
 * A new run id, `20261121T080000Z-4f2a91`. `clock` gives milliseconds since 1970, `randomBytes` as many bytes as asked
 * (`node:crypto`): two runs of one second differ by 24 random bits.
 */
export function newRunId(clock: () => number, randomBytes: (size: number) => Uint8Array): RunId {
  const second = new Date(clock()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${second}Z-${Buffer.from(randomBytes(3)).toString('hex')}`;
}

/** Whether a text is a run id. Ids come from command lines and become file names, so nothing else may pass. */
export const isRunId = (text: string): boolean => /^\d{8}T\d{6}Z-[0-9a-f]{6}$/.test(text);
