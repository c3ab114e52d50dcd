/** What all measurements share: clocks, medians, and how a figure is printed beside its aim. */

/** Rounds that count, of every measurement. */
export const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? '7');

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Prints one figure beside its aim; without an aim it is only told. */
export const line = (what: string, figure: string, aim: string | null): void =>
  console.log(`${what.padEnd(58)} ${figure.padStart(12)}${aim === null ? '' : `   aim: ${aim}`}`);

/** Milliseconds an act takes. */
export async function timed(act: () => unknown): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

/** Medians of two acts, run in turn so that a drift of the machine hits both. One round of each first, not counted. */
export async function compare(
  one: () => unknown,
  other: () => unknown,
  rounds = ROUNDS,
): Promise<readonly [number, number]> {
  await one();
  await other();
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    times[0].push(await timed(one));
    times[1].push(await timed(other));
  }
  return [median(times[0]), median(times[1])];
}
