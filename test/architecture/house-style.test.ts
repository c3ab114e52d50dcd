/** Every file of `src` is in house style, and the check that says so finds what is not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { blemishesIn } from './house-style.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-style-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('the house style', () => {
  it('is kept by every file', () => {
    expect(blemishesIn(join(import.meta.dirname, '../..'))).toEqual([]);
  });
});

describe('the check of the house style', () => {
  it('finds what is not in it', () => {
    const opening = '/** Holds what the test needs. */\n';
    const files = {
      'src/domain/good.ts': `// Says what it\n// is for.\nexport const a = 1;\nfor (let b = 0; b < 1; b += 1) console.log(b);\n`,
      'src/domain/long-enough.ts': `${opening}${'// line\n'.repeat(349)}`,
      'src/domain/bare.ts': 'export const a = 1;\n',
      'src/domain/says-nothing.ts': '/** TODO */\nexport const a = 1; /** Says it too late to count. */\n',
      'src/domain/default.ts': `${opening}export default 1;\n`,
      'src/domain/as-default.ts': `${opening}const a = 1;\nexport { a as default };\n`,
      'src/domain/helpers/a.ts': opening,
      'src/git/utils.ts': opening,
      'src/git/long.ts': `${opening}${'// line\n'.repeat(350)}`,
      'src/tui/state.tsx': `${opening}let count = 0;\nexport const a = () => <b>{count++}</b>;\n`,
      'src/tui/shared.ts': `${opening}export let count = 0;\n`,
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(scratch, path)), { recursive: true });
      writeFileSync(join(scratch, path), text);
    }
    expect(blemishesIn(scratch)).toMatchInlineSnapshot(`
      [
        "src/domain/as-default.ts has a default export. Give it a name.",
        "src/domain/bare.ts does not open with a comment that says what it is for.",
        "src/domain/default.ts has a default export. Give it a name.",
        "src/domain/helpers/a.ts is called "helpers", which says nothing. What one room uses lies in that room.",
        "src/domain/says-nothing.ts does not open with a comment that says what it is for.",
        "src/git/long.ts has 351 lines; 350 is the most a file may have.",
        "src/git/utils.ts is called "utils", which says nothing. What one room uses lies in that room.",
        "src/tui/shared.ts keeps state in a variable of the module. Pass it on instead.",
        "src/tui/state.tsx keeps state in a variable of the module. Pass it on instead.",
      ]
    `);
  });
});
