/** Output reaches people in whole lines of bounded length, and no spelling of a secret does, however the stream was cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_LINE, outputLines } from '../../src/processes/output-lines.ts';

/** The lines of a stream that comes in pieces of the given sizes, over and over. */
function linesOf(output: string | Buffer, sizes: readonly number[], secrets: readonly string[] = []): string[] {
  const lines: string[] = [];
  const reader = outputLines(secrets, line => lines.push(line));
  const bytes = Buffer.from(output);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    reader.take(bytes.subarray(at, at + size));
    at += size;
  }
  reader.end();
  return lines;
}

const WHOLE = [Number.MAX_SAFE_INTEGER];
const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

describe('lines', () => {
  it.each([
    ['one\ntwo\n', ['one', 'two']],
    ['no end', ['no end']],
    ['one\r\n\r\ntwo\r\n', ['one', '', 'two']],
    ['10 %\r20 %\rdone\n', ['10 %', '20 %', 'done']],
    ['one\n\ntwo', ['one', '', 'two']],
    ['Zürich → 東京 🚂\n', ['Zürich → 東京 🚂']],
    ['', []],
  ])('of %j are the same however it is cut', (output, lines) => {
    for (let size = 1; size <= 8; size += 1) expect(linesOf(output, [size])).toEqual(lines);
  });

  it('that are not UTF-8 are shown as well as can be', () => {
    expect(linesOf(Buffer.from('caf\xe9\n', 'latin1'), WHOLE)).toEqual(['caf\ufffd']);
  });

  it('are cut when they are very long, and the next one is whole again', () => {
    const long = 'x'.repeat(3 * LONGEST_LINE);
    const fits = 'y'.repeat(LONGEST_LINE);
    expect(linesOf(`${long}\n${fits}\nshort\n`, [10_000])).toEqual([`${'x'.repeat(LONGEST_LINE)}…`, fits, 'short']);
    const halved = linesOf(`${'x'.repeat(LONGEST_LINE - 1)}🚂\n`, WHOLE)[0] ?? '';
    expect(halved.isWellFormed()).toBe(true);
  });
});

describe('secrets', () => {
  const secret = 'p@ss/w:rd "é" +1\\$x';

  it.each([
    ['as it is', secret],
    ['encodeURIComponent', encodeURIComponent(secret)],
    ['in lower-case hex', encodeURIComponent(secret).toLowerCase()],
    ['a form’s encoding', new URLSearchParams([['', secret]]).toString().slice(1)],
    ['a URL’s password', new URL(`x://u:${encodeURIComponent(secret)}@h`).password],
    ['JSON', JSON.stringify(secret)],
    ['JSON of PHP', JSON.stringify(secret).replaceAll('/', '\\/').replaceAll('é', '\\u00e9')],
    ['a shell’s quoting', secret.replaceAll(/[^a-zé0-9]/g, '\\$&')],
    ['a URL whose percent signs are doubled (Symfony, INI files)', encodeURIComponent(secret).replaceAll('%', '%%')],
  ])('are replaced when they are spelled as %s', (_, spelled) => {
    expect(linesOf(`postgres://app:${spelled}@localhost/shop\n`, [1], [secret])[0]).toMatch(
      /^postgres:\/\/app:"?\*\*\*"?@localhost\/shop$/,
    );
  });

  it('are replaced whole, the longest first, and line by line', () => {
    expect(linesOf('hunter hunter22 hunter2', WHOLE, ['hunter', 'hunter22'])).toEqual(['*** *** ***2']);
    expect(linesOf('-----\nMIIE\nabcd\n', WHOLE, ['MIIE\nabcd\n'])).toEqual(['-----', '***', '***']);
    expect(linesOf('nothing to hide', WHOLE, ['', '\n'])).toEqual(['nothing to hide']);
  });

  it('do not show where a long line is cut', () => {
    for (let before = LONGEST_LINE - 8; before <= LONGEST_LINE + 1; before += 1) {
      const line = linesOf(`${'x'.repeat(before)}hunter2${'x'.repeat(100)}\n`, WHOLE, ['hunter2'])[0] ?? '';
      expect(line.replaceAll('x', '')).toBe(before < LONGEST_LINE ? '***…' : '…');
    }
    const many = `${'hunter2 '.repeat(20_000)}\n`;
    expect(linesOf(many, [9999], ['hunter2'])[0]).toMatch(/^(\*\*\* )+…$/);
  });

  it('never show, whatever they are and however the stream is cut', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    const withoutBreaks = text.filter(word => !/[\r\n*…]/.test(word) && word.isWellFormed());
    fc.assert(
      fc.property(withoutBreaks, text, text, pieces, fc.boolean(), (word, before, after, sizes, encoded) => {
        const spelled = encoded ? encodeURIComponent(word) : word;
        for (const line of linesOf(`${before}${spelled}${after}`, sizes, [word])) {
          expect(line.includes(word)).toBe(false);
          expect(line.includes(spelled)).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
