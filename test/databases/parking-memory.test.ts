/** A table is parked and put back in the memory of a few rows, and not of its size. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { mariadbHere, postgresHere } from '../kit/servers.ts';

const PROGRAM = join(import.meta.dirname, 'programs/park-table.ts');
const ROWS = 50_000;
/** The rows are 100 MB; whoever held them once would need all of that beside what one row takes. */
const MOST_KB = 95_000;
/** Garbage is taken away early, so that what is measured is what is needed. */
const FLAGS = ['--max-semi-space-size=2'];

const TABLES =
  'CREATE TABLE one (id INTEGER PRIMARY KEY, t TEXT); CREATE TABLE many (id INTEGER PRIMARY KEY, t TEXT); CREATE TABLE one_more (id INTEGER PRIMARY KEY, t TEXT); CREATE TABLE many_more (id INTEGER PRIMARY KEY, t TEXT);';

const park = (url: string, from: string): { readonly peak: number; readonly rows: number } =>
  JSON.parse(execFileSync(process.execPath, [...FLAGS, PROGRAM, url, from, `${from}_more`], { encoding: 'utf8' }));

function boundedOn(url: string): void {
  const [one, many] = [park(url, 'one'), park(url, 'many')];
  expect([one.rows, many.rows]).toEqual([1, ROWS]);
  expect(many.peak - one.peak).toBeLessThan(MOST_KB);
}

describeWith('parking 100 MB', { here: true, it: null }, () => {
  it('on SQLite', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
    const file = join(folder, 'app.db');
    const database = new Database(file);
    database.exec(`${TABLES} INSERT INTO one VALUES (1, 'x');
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) INSERT INTO many SELECT i, hex(randomblob(1000)) FROM n;`);
    database.close();
    try {
      boundedOn(`sqlite:${file}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describeWith('parking 100 MB', postgresHere(), server => {
  it('on PostgreSQL', async () => {
    const fresh = await server.freshDatabase('parking');
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    await client.query(
      `${TABLES} INSERT INTO one VALUES (1, 'x'); INSERT INTO many SELECT i, repeat(md5(i::text), 62) FROM generate_series(1, ${ROWS}) i`,
    );
    await client.end();
    boundedOn(fresh.url);
    await fresh.drop();
  });
});

describeWith('parking 100 MB', mariadbHere(), server => {
  it('on MariaDB', async () => {
    const fresh = await server.freshDatabase('parking');
    const client = await mysql.createConnection({ uri: fresh.url, multipleStatements: true });
    await client.query(
      `${TABLES} INSERT INTO one VALUES (1, 'x'); INSERT INTO many SELECT seq, REPEAT(MD5(seq), 62) FROM seq_1_to_${ROWS}`,
    );
    await client.end();
    boundedOn(fresh.url);
    await fresh.drop();
  });
});
