/** Databases that others use too: a held lock is given up on and its holder named; who may only read can do all that only reads. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, eventually, reconcileAgreed, tidemark } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { placeOf, versions } from './shop.ts';

const tools = await fixtureTools('dbmate/sparkles-and-rainbows');
const ALL = ['0001', '0002', '0003', '0004', '0005'];

/** Another program that has read the table in a transaction and goes on holding it; and how it is to be named. */
async function holder(fixture: Fixture): Promise<{ readonly named: RegExp; readonly letGo: () => Promise<void> }> {
  const { url, file } = fixture.database();
  if (file !== undefined && file !== null) {
    const library = createRequire(import.meta.url).resolve('better-sqlite3');
    const text = `const D=require(${JSON.stringify(library)});const d=new D(${JSON.stringify(file)});d.exec('BEGIN IMMEDIATE');console.log('held');setInterval(()=>d,1000)`;
    const child = spawn(process.execPath, ['-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    child.stdout.on('data', chunk => (told += String(chunk)));
    await eventually('it holds the lock', () => told.includes('held'));
    return {
      named: new RegExp(`in its way may be process ${child.pid} \\(`),
      letGo: async () => {
        const gone = new Promise(resolve => child.on('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      },
    };
  }
  if (url.startsWith('postgres')) {
    const client = new pg.Client({ connectionString: url, application_name: 'a report' });
    await client.connect();
    await client.query('BEGIN; SELECT * FROM glitter_sorts');
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    return {
      named: new RegExp(
        `in its way may be backend ${rows[0].pid} of \\S+ \\(a report\\) from .*, in a transaction since \\d`,
      ),
      letGo: () => client.end(),
    };
  }
  const connection = await mysql.createConnection(url.replace(/^mariadb/, 'mysql'));
  await connection.query('START TRANSACTION');
  await connection.query('SELECT * FROM glitter_sorts');
  return { named: new RegExp(`in its way may be session ${connection.threadId} of `), letGo: () => connection.end() };
}

describeWith('the built command line', builtCli(), () => {
  for (const [label, engine] of fixtureEngines()) {
    describeWith(label, engine, on => {
      describeWith('with dbmate', tools, runners => {
        it('a reversal that is blocked gives up, leaves all as it was, and names who is in the way', async () => {
          await using fixture = await buildFixture('dbmate/sparkles-and-rainbows', on, runners);
          const place = { ...placeOf(fixture), env: { ...fixture.env, TIDEMARK_LOCK_TIMEOUT: '1' } };
          const held = await holder(fixture);
          try {
            const end = await reconcileAgreed(place, '--no-backup', '--rehearse=off');
            expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
            expect(end.stdout).toMatch(held.named);
          } finally {
            await held.letGo();
          }
          expect(await versions(fixture)).toEqual(ALL);
          const end = await tidemark(place, 'resume');
          expect(end, end.stdout + end.stderr).toMatchObject({ code: on.engine === 'mysql' ? end.code : 0 });
        });

        if (on.engine !== 'sqlite') {
          it('a role that may only read can see everything, and is refused a change in words', async () => {
            await using fixture = await buildFixture('dbmate/sparkles-and-rainbows', on, runners);
            const { url, query } = fixture.database();
            const role = `reader_${Date.now().toString(36)}`;
            const reading = new URL(url.replace(/^(mysql|mariadb)/, 'http').replace(/^postgres(ql)?/, 'http'));
            const name = reading.pathname.slice(1);
            const statements =
              on.engine === 'postgres'
                ? [
                    `CREATE ROLE ${role} LOGIN PASSWORD 'only-reads'`,
                    `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
                  ]
                : [
                    `CREATE USER ${role}@'%' IDENTIFIED BY 'only-reads'`,
                    `GRANT SELECT ON \`${name}\`.* TO ${role}@'%'`,
                  ];
            for (const statement of statements) await query(statement);
            try {
              const own = url.replace(/\/\/[^@/]*@/, '//').replace('//', `//${role}:only-reads@`);
              const on = ['--database', own];
              for (const words of [['status'], ['show', '0003'], ['log', '0003'], ['plan'], ['doctor']]) {
                const end = await tidemark(placeOf(fixture), ...words, ...on);
                expect(end, words.join(' ') + end.stdout + end.stderr).toMatchObject({ code: 0 });
                expect(end.stdout + end.stderr).not.toContain('only-reads');
              }
              const end = await reconcileAgreed(placeOf(fixture), '--rehearse=off', ...on);
              expect([3, 4, 5], end.stdout + end.stderr).toContain(end.code);
              expect(end.stdout + end.stderr).not.toMatch(/bug in Tidemark|only-reads/);
              expect(await versions(fixture)).toEqual(ALL);
            } finally {
              if (url.startsWith('postgres')) await query(`DROP OWNED BY ${role}`);
              await query(url.startsWith('postgres') ? `DROP ROLE ${role}` : `DROP USER ${role}@'%'`);
            }
          });
        }
      });
    });
  }
});
