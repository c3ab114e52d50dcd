/** Pictures of a screen: every cell at its column, in its look, and nothing but text. */
import { expect, it } from 'vitest';
import { svgOf } from './svg.ts';
import type { Cell } from './terminal.ts';

const cell = (text: string, look: Partial<Cell> = {}): Cell => ({
  ...{ text, colour: null, bold: false, faint: false, inverse: false, width: 1 },
  ...look,
});

const texts = (svg: string) => svg.match(/<text[^>]*>[^<]*<\/text>|<rect[^>]*height="18"[^>]*>/g);

it('writes neighbours of one look as one text, and gaps not at all', () => {
  const row = [...'ab c  d'].map(text => cell(text));
  expect(texts(svgOf([row], 'x'))).toEqual([
    '<text x="16" y="29" textLength="33.6" lengthAdjust="spacingAndGlyphs">ab c</text>',
    '<text x="66.4" y="29" textLength="8.4" lengthAdjust="spacingAndGlyphs">d</text>',
  ]);
});

it('keeps colours, weight, faintness and inversion', () => {
  const row = [
    cell('a', { colour: 1, bold: true }),
    cell('b', { faint: true }),
    cell(' ', { inverse: true }),
    cell('c', { inverse: true }),
  ];
  expect(texts(svgOf([row], 'x'))).toEqual([
    '<text x="16" y="29" textLength="8.4" lengthAdjust="spacingAndGlyphs" fill="#f07178" font-weight="bold">a</text>',
    '<text x="24.4" y="29" textLength="8.4" lengthAdjust="spacingAndGlyphs" fill-opacity="0.6">b</text>',
    '<rect x="32.8" y="16" width="16.8" height="18" fill="#d6d9e0"/>',
    '<text x="41.2" y="29" textLength="8.4" lengthAdjust="spacingAndGlyphs" fill="#16181d">c</text>',
  ]);
});

it('gives wide characters their two columns, and the second row its place', () => {
  expect(texts(svgOf([[cell('表', { width: 2 }), cell('a', { bold: true })], [cell('b')]], 'x'))).toEqual([
    '<text x="16" y="29" textLength="16.8" lengthAdjust="spacingAndGlyphs">表</text>',
    '<text x="32.8" y="29" textLength="8.4" lengthAdjust="spacingAndGlyphs" font-weight="bold">a</text>',
    '<text x="16" y="47" textLength="8.4" lengthAdjust="spacingAndGlyphs">b</text>',
  ]);
});

it('lets no text be markup', () => {
  const svg = svgOf([[...'<a href="&">'].map(text => cell(text))], '<script>');
  expect(svg).toContain('<title>&lt;script&gt;</title>');
  expect(svg).toContain('>&lt;a href=&quot;&amp;&quot;&gt;<');
});
