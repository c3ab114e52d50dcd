/**
 * What the built terminal UI uses instead of two globals (esbuild's `--inject`, in package.json), in the packages it is drawn with
 * too, for they cost more to start than all else before the first frame (Node 24.21, 2 cores):
 * `fetch`, which Yoga only asks for to read its own code out of a `data:` address, loads an HTTP client: 40 ms;
 * `Intl.Segmenter`, made for every package at once and asked for every text drawn, loads tables of ICU: 7 ms, and then a
 * microsecond for each character.
 */
import { isInSingles } from './plain.ts';

const noFetch = undefined;

type Segments = Pick<Intl.Segments, 'containing'> & Iterable<Intl.SegmentData>;

/** As `Intl.Segmenter` by graphemes; the tables are only loaded for text that needs them. */
function Segmenter(...options: ConstructorParameters<typeof Intl.Segmenter>) {
  const made: Intl.Segmenter[] = [];
  return {
    segment(input: string): Segments {
      if (isInSingles(input)) return singles(input);
      const real = made[0] ?? new globalThis.Intl.Segmenter(...options);
      made[0] = real;
      return real.segment(input);
    },
  };
}

function singles(input: string): Segments {
  const all = Array.from(input, (segment, index) => ({ segment, index, input }));
  return Object.assign(all, { containing: (index = 0) => all[index] });
}

export { noFetch as fetch, Segmenter as 'Intl.Segmenter' };
