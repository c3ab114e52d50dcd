/** Addresses: the spellings of frameworks and drivers, and that a password is nowhere but in the secret. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/databases/address.ts';
import { withoutSecret } from '../../src/databases/secret.ts';
import { ProblemError } from '../../src/domain/problem.ts';

const parse = (text: string): ReturnType<typeof parseAddress> => parseAddress(text, '/nowhere');

describe('addresses of servers', () => {
  it.for([
    // text, display, password
    ['postgres://app:pw@127.0.0.1:5432/shop', 'postgres://app@127.0.0.1:5432/shop', 'pw'],
    ['postgresql://app@db/shop', 'postgres://app@db/shop', null],
    ['postgresql+psycopg2://app:p%40w%2F@db/shop?sslmode=require', 'postgres://app@db/shop', 'p@w/'],
    ['jdbc:postgresql://db:5433/shop?user=app&password=p%26w', 'postgres://app@db:5433/shop', 'p&w'],
    ['pg://app:pw@db/shop', 'postgres://app@db/shop', 'pw'],
    ['postgres://app:p@ss:w?rd#@db/shop', null, null],
    ['postgres://app:p@ss:w#rd@db/shop', 'postgres://app@db/shop', 'p@ss:w#rd'],
    ['postgres://app:100%@db/shop', 'postgres://app@db/shop', '100%'],
    ['postgres:///shop', 'postgres:///shop', null],
    ['postgres:///shop?host=/var/run/postgresql&user=app', 'postgres://app@%2Fvar%2Frun%2Fpostgresql/shop', null],
    ['postgres://app@%2Fvar%2Frun%2Fpostgresql:5433/shop', 'postgres://app@%2Fvar%2Frun%2Fpostgresql:5433/shop', null],
    ['postgres://app:pw@[::1]:5432/shop', 'postgres://app@[::1]:5432/shop', 'pw'],
    ['postgres://app@db', 'postgres://app@db/app', null],
    ['postgres://us%40er:pw@db/my%20shop', 'postgres://us%40er@db/my%20shop', 'pw'],
    ["host=db port=5433 dbname=shop user=app password='p w\\'s'", 'postgres://app@db:5433/shop', "p w's"],
    ['mysql://app:pw@db:3306/shop', 'mysql://app@db:3306/shop', 'pw'],
    ['mysql2://app:pw@db/shop', 'mysql://app@db/shop', 'pw'],
    ['mariadb+mariadbconnector://app:pw@db/shop', 'mysql://app@db/shop', 'pw'],
    ['jdbc:mariadb://db/shop?user=app&password=pw', 'mysql://app@db/shop', 'pw'],
    ['mysql://app:pw@localhost/shop?socket=/run/my.sock', 'mysql://app@localhost/shop?socket=%2Frun%2Fmy.sock', 'pw'],
    ['app:p:w@tcp(db:3307)/shop?parseTime=true', 'mysql://app@db:3307/shop', 'p:w'],
    ['app:pw@unix(/run/my.sock)/shop', 'mysql://app@/shop?socket=%2Frun%2Fmy.sock', 'pw'],
  ] as const)('%s', ([text, display, password]) => {
    if (display === null) {
      expect(() => parse(text)).toThrow(ProblemError);
      return;
    }
    const address = parse(text);
    expect(address.display).toBe(display);
    expect(address.secret.reveal()).toBe(password);
    expect(JSON.stringify(address.parameters)).not.toMatch(/pass|user|host/);
    // What is shown can be given again, and means the same place.
    const { engine, database, host, port, socket, user } = address;
    expect(parse(display)).toMatchObject({ engine, database, host, port, socket, user });
  });

  it.for([
    ['', /empty/],
    ['mysql://app:pw@db/', /names no database/],
    ['mssql://sa:pw@db/shop', /none of/],
    ['postgres://a:pw@one,two/shop', /several hosts/],
    ['postgres://app:pw@db:99999/shop', /port/],
    ['postgres:app:pw@db/shop', /missing/],
    ['sqlite::memory:', /memory/],
    [':memory:', /memory/],
    ['sqlite://', /memory/],
  ] as const)('refuses %s', ([text, reason]) => {
    expect(() => parse(text)).toThrowError(
      expect.objectContaining({
        code: 'bad-address',
        facts: expect.objectContaining({ reason: expect.stringMatching(reason) }),
      }),
    );
  });

  it('keeps parameters, and drops those that hold a password', () => {
    const address = parse(
      'postgres://app@db/shop?sslmode=require&sslpassword=x1&password=x2&auth_token=x3&search_path=a',
    );
    expect(address.parameters).toEqual({ sslmode: 'require', search_path: 'a' });
  });
});

describe('addresses of SQLite files', () => {
  let root: string;
  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'tidemark-test-')));
    mkdirSync(join(root, 'repo', '.git'), { recursive: true });
    mkdirSync(join(root, 'repo', 'db'));
    writeFileSync(join(root, 'repo', 'db', 'app.db'), '');
    writeFileSync(join(root, 'repo', 'a%20b?c#d.db'), '');
    symlinkSync(join(root, 'repo', 'db', 'app.db'), join(root, 'link.db'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.for([
    'db/app.db',
    './db/app.db',
    'sqlite:db/app.db',
    'sqlite3:db/app.db',
    'sqlite://db/app.db',
    'sqlite:///db/app.db',
    'sqlite+pysqlite:///db/app.db',
    'file:db/app.db',
    'file:./db/app.db?mode=rwc',
    'jdbc:sqlite:db/app.db',
    'sqlite:db/app.db?_fk=1',
    'ROOT/repo/db/app.db',
    'sqlite:ROOT/repo/db/app.db',
    'sqlite:///ROOT/repo/db/app.db',
    'sqlite:////ROOT/repo/db/app.db',
    'file:///ROOT/repo/db/app.db',
    'sqlite:ROOT/link.db',
  ])('%s', text => {
    const address = parseAddress(
      text.replace(/\/*ROOT/, slashes => slashes.replace(/\/?ROOT/, root)),
      join(root, 'repo'),
    );
    expect(address.database).toBe(join(root, 'repo', 'db', 'app.db'));
    expect(address.display).toBe('sqlite:db/app.db');
    expect(parseAddress(address.display, join(root, 'repo')).database).toBe(address.database);
  });

  it('shows a file outside the repository by its whole path, and one of a subfolder from the root', () => {
    expect(parseAddress('../other.db', join(root, 'repo')).display).toBe(`sqlite:${root}/other.db`);
    expect(parseAddress('app.db', join(root, 'repo', 'db')).display).toBe('sqlite:db/app.db');
  });

  it('reads a name with percent signs and question marks back from what it shows', () => {
    const address = parseAddress('a%20b?c#d.db', join(root, 'repo'));
    expect(address.database).toBe(join(root, 'repo', 'a%20b?c#d.db'));
    expect(parseAddress(address.display, join(root, 'repo')).database).toBe(address.database);
  });

  it('does not choose between two files that three slashes may mean', () => {
    const inside = join(root, 'repo', root, 'link.db');
    mkdirSync(join(inside, '..'), { recursive: true });
    writeFileSync(inside, '');
    expect(() => parseAddress(`sqlite://${root}/link.db`, join(root, 'repo'))).toThrow(ProblemError);
    rmSync(join(root, 'repo', root.split('/')[1] ?? ''), { recursive: true });
  });
});

describe('passwords', () => {
  // Distinctive enough not to appear by chance, with every character that means something in a URL.
  const password = fc
    .string({ unit: fc.constantFrom(...'aZ9@:/?#%&=+ \'"\\[]ä€'), maxLength: 12 })
    .map(text => `Qx7${text}7xQ`);
  const wrapped = fc.oneof(
    password.map(pw => ({ pw, text: `postgres://app:${encodeURIComponent(pw)}@db/shop` })),
    password.map(pw => ({ pw, text: `postgres://app:${pw}@db/shop` })),
    password.map(pw => ({ pw, text: `mysql://app:${pw}@db:1/shop?ssl=true` })),
    password.map(pw => ({ pw, text: `jdbc:postgresql://db/shop?user=app&password=${encodeURIComponent(pw)}` })),
    password.map(pw => ({ pw, text: `app:${pw}@tcp(db)/shop` })),
    password.map(pw => ({ pw, text: `host=db dbname=shop user=app password='${pw.replace(/['\\]/g, '\\$&')}'` })),
    password.map(pw => ({ pw, text: `host=db dbname=shop password=${pw.replace(/[ '\\]/g, '')}` })),
    password.map(pw => ({ pw, text: `oracle://app:${pw}@db/shop` })),
    password.map(pw => ({ pw, text: `postgres:app:${pw}@db` })),
    password.map(pw => ({ pw, text: `postgres://app:${pw.replaceAll('@', '')}` })),
  );

  it('are never shown, whether the address is understood or not', () => {
    fc.assert(
      fc.property(wrapped, ({ pw, text }) => {
        const shown: string[] = [];
        try {
          const address = parse(text);
          shown.push(
            address.display,
            JSON.stringify(address),
            inspect(address, { depth: 9, showHidden: true }),
            `${address.secret}`,
          );
          const known = address.secret.reveal() ?? '';
          const forms = [known, encodeURIComponent(known), JSON.stringify(known), known.replace(/['\\]/g, '\\$&')];
          shown.push(JSON.stringify({ ...address }), withoutSecret(`no route: ${forms.join(' ')}`, address));
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
          shown.push(inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), String(error));
        }
        // Neither whole nor in the recognisable parts before and after its special characters.
        for (const text of shown) expect(text).not.toMatch(/Qx7|7xQ/);
        expect(shown.join()).not.toContain(pw);
      }),
      { numRuns: 5000 },
    );
  });

  it('come out of the secret as they went in', () => {
    fc.assert(
      fc.property(password, pw => {
        const url = `postgres://app:${encodeURIComponent(pw)}@db/shop`;
        expect(parse(url).secret.reveal()).toBe(pw);
      }),
    );
  });
});
