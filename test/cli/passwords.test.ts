/** A password full of special characters: no run leaves a trace of it in a file, an argument list, an output, a log or JSON. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, type CliEnd, type CliPlace, consentTo, tidemark } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { lose, sql } from './shop.ts';

const PASSWORD = `p@ss:w/or'd"$%&#? ü\\`;
/** PyMySQL sends passwords as Latin-1 (pymysql/connections.py), so that the same Django could not sign in either. */
const ASCII = PASSWORD.replace('ü', 'u');
/** As it is, as URLs, JSON and shells may write it, and its longest plain part with the sign before it. */
const TRACES = [
  ...[PASSWORD, ASCII].flatMap(text => [
    text,
    encodeURIComponent(text),
    encodeURI(text),
    encodeURIComponent(text).replaceAll('%20', '+'),
    encodeURIComponent(text).toLowerCase(),
    JSON.stringify(text).slice(1, -1),
    Buffer.from(text).toString('base64'),
  ]),
  ...['p@ss:w', 'p%40ss', 'ss%3Aw'],
];

/** A user of the server with every right and this password; the fixture's database by their name. */
async function userOf(fixture: Fixture, role: string, password: string): Promise<string> {
  const { url, query } = fixture.database();
  if (url.startsWith('postgres')) {
    await query(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD '${password.replaceAll("'", "''")}'`);
  } else {
    const text = password.replaceAll('\\', '\\\\').replaceAll("'", "''");
    await query(`CREATE USER ${role}@'%' IDENTIFIED BY '${text}'`);
    await query(`GRANT ALL ON *.* TO ${role}@'%' WITH GRANT OPTION`);
  }
  return url.replace(/\/\/[^@/]*@/, () => `//${role}:${encodeURIComponent(password)}@`);
}

const traceIn = (bytes: Buffer): string | null => TRACES.find(trace => bytes.includes(trace)) ?? null;

/** Every file below a folder that has a trace, with the trace. */
function filesWithTrace(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap(entry => {
    if (!entry.isFile()) return [];
    const file = join(entry.parentPath, entry.name);
    const trace = traceIn(readFileSync(file));
    return trace === null ? [] : [`${file}: ${trace}`];
  });
}

/** Looks at the argument lists of all processes, over and over. */
function watchArguments(): {
  readonly seen: () => { readonly looks: number; readonly found: readonly string[] };
} & Disposable {
  const found = new Set<string>();
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`);
        if (traceIn(line) !== null) found.add(line.toString().replaceAll('\0', ' '));
      } catch {
        // It has ended.
      }
    }
  }, 10);
  return { seen: () => ({ looks, found: [...found] }), [Symbol.dispose]: () => clearInterval(timer) };
}

const FIXTURES = ['dbmate/sparkles-and-rainbows', 'django/sparkles-and-rainbows'] as const;

describeWith('the built command line', builtCli(), () => {
  for (const name of FIXTURES) {
    for (const [label, engine] of fixtureEngines().slice(1)) {
      describeWith(`${name} on ${label}`, engine, on => {
        it('leaves no trace of the password', async () => {
          const tools = await fixtureTools(name);
          if (!tools.here) throw new Error(tools.because);
          await using fixture = await buildFixture(name, on, tools.it);
          const role = `secretive_${Date.now().toString(36)}`;
          const signsInAsLatin = name.startsWith('django') && on.engine === 'mysql';
          const url = await userOf(fixture, role, signsInAsLatin ? ASCII : PASSWORD);
          const temporary = join(fixture.story.outside, 'tmp');
          mkdirSync(temporary);
          const env = { ...fixture.env, DATABASE_URL: url, TIDEMARK_DATABASE_URL: url, TMPDIR: temporary };
          const place: CliPlace = { cwd: fixture.story.root, env };
          const wrong = {
            ...place,
            env: { ...env, TIDEMARK_DATABASE_URL: `${url.replace('//secretive', '//nobody')}` },
          };
          const ends: (readonly [string, CliEnd])[] = [];
          using watch = watchArguments();
          const run = async (at: CliPlace, ...words: readonly string[]): Promise<CliEnd> => {
            const end = await tidemark(at, ...words);
            ends.push([words.join(' '), end]);
            return end;
          };
          try {
            for (const words of [
              ['status', '--json'],
              ['doctor'],
              ['hook', 'install'],
              ['plan', '--rehearse'],
              ['reconcile', '--yes'],
            ])
              await run(place, ...words);
            await run(wrong, 'status');
            if (name.startsWith('dbmate')) {
              await lose(fixture, {
                name: '0009_bad.sql',
                text: sql('CREATE TABLE bad (id INTEGER);', 'DROP TABLE no_such;'),
              });
              expect(
                await run(
                  place,
                  'reconcile',
                  '0009',
                  '--verbose',
                  '--rehearse=off',
                  ...(await consentTo(place, '0009', '--rehearse=off')),
                ),
              ).toMatchObject({ code: 4 });
              const asked = await run(place, 'abort', '--yes', '--verbose');
              const named = /--target (\S+)/.exec(asked.stderr)?.[1];
              const ended = named === undefined ? asked : await run(place, 'abort', '--target', named, '--verbose');
              expect(ended).toMatchObject({ code: 0 });
              await fixture.database().query("DELETE FROM shop_changes WHERE version = '0009'");
              await fixture.database().query('DROP TABLE IF EXISTS bad');
            }
            const done = await run(place, 'reconcile', '--verbose', '--json', ...(await consentTo(place)));
            expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 });
            for (const words of [['runs', '--json'], ['log'], ['status', '-v']]) await run(place, ...words);
            const git = spawnSync('git', ['switch', '--quiet', '--detach', 'HEAD~2'], {
              cwd: place.cwd,
              env,
              encoding: 'utf8',
            });
            ends.push(['git switch', { code: git.status, signal: null, stdout: git.stdout, stderr: git.stderr }]);
          } finally {
            const drop = url.startsWith('postgres') ? `DROP ROLE ${role}` : `DROP USER ${role}@'%'`;
            await fixture.database().query(drop);
          }
          for (const [words, end] of ends)
            expect(traceIn(Buffer.from(end.stdout + end.stderr)), `${words}\n${end.stdout}${end.stderr}`).toBeNull();
          expect(filesWithTrace(fixture.story.outside)).toEqual([]);
          expect(filesWithTrace(fixture.story.root)).toEqual([]);
          const { looks, found } = watch.seen();
          expect(found).toEqual([]);
          expect(looks).toBeGreaterThan(50);
        }, 180_000);
      });
    }
  }
});
