/** What is drawn with instead of slow parts of packages and of Node gives the same answers as they do. */
import fc from 'fast-check';
import packaged from 'string-width';
import { describe, expect, it } from 'vitest';
import { isInSingles, isPlain } from '../../src/tui/look/plain.ts';
import { fetch as noFetch, 'Intl.Segmenter' as Segmenter } from '../../src/tui/look/stand-ins.ts';
import stringWidth from '../../src/tui/look/string-width.ts';

const everyCharacter = Array.from({ length: 0x11_0000 }, (_, code) => String.fromCodePoint(code));
const plain = everyCharacter.filter(isPlain);

/** Plain and other text, mixed: letters that combine, wide ones, flags, joined emoji, lone surrogates, line breaks, styles. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...plain),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\u0301',
        '\u200d',
        '\ufe0f',
        '\u20e3',
        '1',
        '👩‍🚀',
        '🇩🇪',
        'ｶﾞ',
        '각',
        '\u00ad',
        '\ud83d',
        '\r',
        '\n',
        '\t',
      ),
      fc.constantFrom(
        '\u001b[1m',
        '\u001b[38;5;9m',
        '\u001b[m',
        '\u001b[2K',
        '\u001b]8;;a\u0007',
        '\u009b31m',
        '\u001b',
      ),
    ),
  )
  .map(parts => parts.join(''));

const graphemesOf = (segmenter: { segment(text: string): Iterable<Intl.SegmentData> }, text: string) =>
  [...segmenter.segment(text)].map(({ segment, index }) => [segment, index]);

const graphemesAt = (segmenter: Intl.Segmenter, text: string) => {
  const segments = segmenter.segment(text);
  return Array.from({ length: text.length + 1 }, (_, index) => segments.containing(index)?.segment);
};

describe('plain text', () => {
  it('has what frames and sentences are drawn with', () => {
    for (const character of 'aZ09~ äßéøł…–—’“─│━╸╺▸●○✓✗→←·×') expect(isPlain(character), character).toBe(true);
  });

  it('has only characters of one column', () => {
    expect(plain.filter(character => packaged(character) !== 1)).toEqual([]);
  });

  it('is as wide as it is long, and its characters stay by themselves', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...plain, '\n', '\t', '\u001b')), characters => {
        const text = characters.join('');
        expect(isInSingles(text)).toBe(true);
        expect(graphemesOf(new Intl.Segmenter(), text)).toEqual([...text].map((each, index) => [each, index]));
        if (isPlain(text)) expect(packaged(text)).toBe(text.length);
      }),
    );
  });
});

describe('what stands in', () => {
  it('measures as string-width does', () => {
    fc.assert(
      fc.property(
        texts,
        fc.constantFrom(undefined, { countAnsiEscapeCodes: true }, { ambiguousIsNarrow: false }),
        (text, options) => {
          expect(stringWidth(text, options)).toBe(packaged(text, options));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('finds the graphemes that Intl.Segmenter finds', () => {
    const ours = new (Segmenter as unknown as typeof Intl.Segmenter)();
    const real = new Intl.Segmenter();
    fc.assert(
      fc.property(texts, text => {
        expect(graphemesOf(ours, text)).toEqual(graphemesOf(real, text));
        expect(graphemesAt(ours, text)).toEqual(graphemesAt(real, text));
      }),
      { numRuns: 1000 },
    );
  });

  it('has no fetch', () => {
    expect(noFetch).toBeUndefined();
  });
});
