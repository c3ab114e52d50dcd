/** Parked rows of SQLite as lines: the same whether values come decoded or as bytes, also where that changes on the way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { readLines } from '../../src/databases/sqlite/parked-lines.ts';
import { openBetter } from '../../src/databases/sqlite/session.ts';

const SOUND = [
  ["(1, 9223372036854775807, -0.0, 'plain')", 'i1\ti9223372036854775807\tr-0\ttplain'],
  ["(2, 0.1, NULL, char(9) || char(10) || char(13) || '\\' || '\\N')", 'i2\tr0.1\t\\N\tt\\t\\n\\r\\\\\\\\N'],
  ["(3, 9e999, x'00ff5c09', 'ä€😀' || char(0) || 'x' || char(65279))", 'i3\trInfinity\tb00ff5c09\ttä€😀\0x\ufeff'],
  ["(4, '0.1', '', x'')", 'i4\tt0.1\tt\tb'],
] as const;
const REPLACEMENT = ['(5, 2.5, 1, char(65533))', 'i5\tr2.5\ti1\tt\ufffd'] as const;
const BROKEN = ["(6, 1e300, CAST(x'80eda080fe' AS TEXT), '')", 'i6\tr1e+300\tt\x80\xed\xa0\x80\xfe\tt'] as const;

const bytes = (text: string): string => Buffer.from(text, text.includes('\x80') ? 'latin1' : 'utf8').toString('latin1');

async function linesOf(
  encoding: string,
  rows: readonly (readonly [string, string])[],
  index = '',
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-lines-'));
  const file = join(folder, 'lines.db');
  const made = new Database(file);
  made.exec(`PRAGMA encoding = '${encoding}'; CREATE TABLE t (id INTEGER PRIMARY KEY, "a b", c, d); ${index}`);
  for (const [sql] of rows) made.exec(`INSERT INTO t VALUES ${sql}`);
  made.close();
  const session = await openBetter(file, { readonly: true });
  try {
    const lines: string[] = [];
    const columns = ['id', 'a b', 'c', 'd'].map(name => ({ name, type: '', as: null }));
    readLines(
      session,
      { schema: null, name: 't' },
      columns,
      encoding,
      line => void lines.push(line.toString('latin1')),
    );
    return lines;
  } finally {
    session.close();
    rmSync(folder, { recursive: true });
  }
}

it('writes every value exactly', async () => {
  expect(await linesOf('UTF-8', SOUND)).toEqual(SOUND.map(([, line]) => bytes(line)));
});

it('goes on in the order of the table where a text is no UTF-8, whatever indexes there are', async () => {
  const covering = 'CREATE INDEX covering ON t (d DESC, c, "a b", id)';
  for (const odd of [BROKEN, REPLACEMENT]) {
    const rows = [...SOUND.slice(0, 2), odd, ...SOUND.slice(2)];
    const inOrder = rows.toSorted(([a], [b]) => a.localeCompare(b));
    expect(await linesOf('UTF-8', rows, covering)).toEqual(inOrder.map(([, line]) => bytes(line)));
  }
  const first = ["(0, 1, 2, CAST(x'ff' AS TEXT))", 'i0\ti1\ti2\tt\xff'] as const;
  const [line, ...rest] = await linesOf('UTF-8', [...SOUND, first]);
  expect(line).toBe(first[1]);
  expect(rest).toEqual(SOUND.map(([, each]) => bytes(each)));
});

it('keeps the bytes of UTF-16', async () => {
  const [line] = await linesOf('UTF-16le', [["(1, 'ä', 0.5, x'00')", '']]);
  expect(line).toBe('i1\tt\xe4\0\tr0.5\tb00');
});

it('reads an empty table', async () => {
  expect(await linesOf('UTF-8', [])).toEqual([]);
});
