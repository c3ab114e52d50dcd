/** `.env` files are read as their libraries read them, and nothing in them is run. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createConfig } from '../../src/config/config.ts';
import { parseDotEnv } from '../../src/config/dot-env.ts';

describe('a line of a .env', () => {
  it.each([
    ['A=1', '1'],
    ['  export A = 1  ', '1'],
    ['A=', ''],
    ['A=""', ''],
    ['A=one two # three', 'one two'],
    ['A=# nothing', ''],
    ['A=pass#word', 'pass#word'],
    ['A=postgres://u:p%40ss@h:5432/d?sslmode=require', 'postgres://u:p%40ss@h:5432/d?sslmode=require'],
    ['A=pa$$word$1', 'pa$$word$1'],
    ['A=\\$B', '$B'],
    ['A=\'$B \\n # "x"\' # said', '$B \\n # "x"'],
    ['A=`it\'s "so"`', 'it\'s "so"'],
    ['A="one\\ntwo\\t\\"three\\" \\\\ \\$B \\x"', 'one\ntwo\t"three" \\ $B \\x'],
    ['A="one\ntwo"', 'one\ntwo'],
    ["A='one\n# two'", 'one\n# two'],
    ['A="not closed', '"not closed'],
    ["A='a' and more", "'a' and more"],
    ['A=$(touch made-by-a-shell) `touch it`', '$(touch made-by-a-shell) `touch it`'],
    ['A=1\r\nB=2\r\n', '1'],
    ['A=1\nA=2', '2'],
    ['# A=0\n\nnonsense\n1A=3\nA=1', '1'],
  ])('%j sets it', (text, value) => {
    expect(parseDotEnv(text)['A']).toBe(value);
  });

  it('may name keys further up, in every spelling, and no others', () => {
    const text = 'H=db\nU=x\nA=mysql://${U}:$P@$H/${H}_$HOME-${C:-d}\nB="$H"\nC=\'$H\'\nP=late\nH2=$H2';
    expect(parseDotEnv(text)).toEqual({
      H: 'db',
      U: 'x',
      A: 'mysql://x:$P@db/db_$HOME-${C:-d}',
      B: 'db',
      C: '$H',
      P: 'late',
      H2: '$H2',
    });
  });

  it('may have any key without harm', () => {
    const read = parseDotEnv('__proto__=x\nconstructor=y\nA=$constructor$toString');
    expect(Object.entries(read)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['A', 'y$toString'],
    ]);
  });

  it('means what it means to Node and to a shell, where those agree', () => {
    const text = [
      'PLAIN=text',
      'export EXPORTED=text',
      "SINGLE='a b # c'",
      'DOUBLE="a b # c"',
      'LINES="one\ntwo"',
      'URL=postgres://app:secret@localhost:5432/shop',
      'EMPTY=',
      '# COMMENTED=1',
      'COMMENT=text # not this',
    ].join('\n');
    const script = `set -a; ${text}\nexec "$0" -p 'JSON.stringify(process.env)'`;
    const shell = JSON.parse(String(execFileSync('sh', ['-c', script, process.execPath], { env: {} })));
    const read = parseDotEnv(text);
    expect(read).toEqual(parseEnv(text));
    expect(shell).toMatchObject(read);
  });
});

describe('a .env file', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tidemark-dotenv-'));
  const config = createConfig();
  let root = '';

  beforeEach(() => {
    root = mkdtempSync(join(scratch, 'repository-'));
    mkdirSync(join(root, '.git'));
    mkdirSync(join(root, 'apps/shop'), { recursive: true });
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('that is not there, or is a folder or a pipe, sets nothing', () => {
    expect(config.dotEnv(join(root, '.env'))).toEqual({});
    mkdirSync(join(root, '.env'));
    expect(config.dotEnv(join(root, '.env'))).toEqual({});
    execFileSync('mkfifo', [join(root, 'apps/shop/.env')]);
    expect(config.dotEnv(join(root, 'apps/shop/.env'))).toEqual({});
  });

  it('may be a link within the repository, and not out of it', () => {
    writeFileSync(join(root, '.env'), 'A=1');
    const link = join(root, 'apps/shop/.env');
    symlinkSync('../../.env', link);
    expect(config.dotEnv(link)).toEqual({ A: '1' });
    rmSync(link);
    const outside = join(scratch, 'outside.env');
    writeFileSync(outside, 'A=2');
    symlinkSync(outside, link);
    expect(() => config.dotEnv(link)).toThrow(
      expect.objectContaining({
        code: 'bad-settings',
        facts: {
          file: link,
          complaints: ['apps/shop/.env: it is a link that leads out of the repository, so it was not read.'],
        },
      }),
    );
  });

  it('runs nothing', () => {
    const mark = join(root, 'made');
    writeFileSync(join(root, '.env'), `A=$(touch ${mark})\nB=\`touch ${mark}\`\nC="$(touch ${mark})"`);
    config.dotEnv(join(root, '.env'));
    expect(existsSync(mark)).toBe(false);
  });
});
