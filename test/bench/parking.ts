/**
 * What parking a table of 1,000,000 rows and putting it back costs, as a ratio to the engine's own dump and restore of the same table in
 * the same run (the sqlite3 program's `.dump` and `.read`, pg_dump and psql, mariadb-dump and mariadb), with peak memory. Alone with
 * `npm run bench parking`, and `npm run bench parking sqlite` for one engine. Both sides start their own processes, read one table and
 * load another; ours also reads back every byte and row it wrote. The servers are private ones that do not sync to disk.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { findProgram } from '../kit/servers/keeper.ts';
import { mariadbPrograms, startMariadb } from '../kit/servers/mariadb.ts';
import { postgresPrograms, startPostgres } from '../kit/servers/postgres.ts';
import { line, median, ROUNDS } from './measure.ts';

const ROWS = 1_000_000;
/** A round takes half a minute. */
const MOST_ROUNDS = 3;

const PROGRAM = resolve(import.meta.dirname, '../databases/programs/park-table.ts');

/** What `many` and `many_more` hold, in types of all three engines. */
const COLUMNS =
  'id BIGINT PRIMARY KEY, name VARCHAR(40) NOT NULL, amount NUMERIC(12,2), many_words TEXT, seen TIMESTAMP NULL';

/** One engine with the filled table `many`; what is restored by its own programs goes to a place apart. */
interface Place {
  readonly url: string;
  /** An empty `many_more`, and nothing where the engine's own programs restore. Not measured. */
  readonly empty: () => Promise<void>;
  /** Dumps `many` to the file, by the engine's own program. */
  readonly dump: (file: string) => void;
  readonly restore: (file: string) => void;
  /** Rows that came back by `restore`. */
  readonly restored: () => Promise<number>;
  readonly remove: () => Promise<void>;
}

/** `null` where the engine or one of its programs is not installed. */
type Open = (folder: string) => Promise<Place | null>;

/** Measures each engine that is here, or those named, and prints. */
export async function measureParking(folder: string, only: readonly string[]): Promise<void> {
  for (const [name, open] of Object.entries({ SQLite: sqlite, PostgreSQL: postgres, MariaDB: mariadb })) {
    if (only.length > 0 && !only.includes(name.toLowerCase())) continue;
    const own = join(folder, `parking-${name}`);
    mkdirSync(own);
    const place = await open(own);
    if (place === null) {
      console.log(`Parking on ${name}: not measured, it is not installed here with its programs for dumping.`);
      continue;
    }
    try {
      await measure(name, place, join(own, 'dump.sql'));
    } finally {
      await place.remove();
      rmSync(own, { recursive: true, force: true });
    }
  }
}

/** Milliseconds of saving and of putting back, on either side, and kilobytes of our own process. */
interface Round {
  readonly ours: readonly [number, number];
  readonly theirs: readonly [number, number];
  readonly peak: number;
}

async function measure(name: string, place: Place, file: string): Promise<void> {
  const rounds: Round[] = [];
  for (let round = 0; round < Math.min(ROUNDS, MOST_ROUNDS); round += 1) {
    await place.empty();
    const began = performance.now();
    const told = JSON.parse(
      execFileSync(process.execPath, [PROGRAM, place.url, 'many', 'many_more'], { encoding: 'utf8' }),
    );
    const took = performance.now() - began;
    if (told.rows !== ROWS) throw new Error(`${told.rows} rows were put back`);
    const before = performance.now();
    place.dump(file);
    const between = performance.now();
    place.restore(file);
    const after = performance.now();
    if ((await place.restored()) !== ROWS) throw new Error('the dump was not restored');
    // The start of our process counts as part of saving, as those of their programs do.
    const [saved, back] = [took - told.putBackMs, told.putBackMs];
    rounds.push({ ours: [saved, back], theirs: [between - before, after - between], peak: told.peak });
  }
  report(name, rounds, statSync(file).size);
}

function report(name: string, rounds: readonly Round[], bytes: number): void {
  const seconds = (which: (round: Round) => number) => median(rounds.map(which)) / 1000;
  const ours = [seconds(round => round.ours[0]), seconds(round => round.ours[1])] as const;
  const theirs = [seconds(round => round.theirs[0]), seconds(round => round.theirs[1])] as const;
  console.log(
    `Parking ${ROWS.toLocaleString('en')} rows (a dump of ${(bytes / 1e6).toFixed(0)} MB) on ${name}: saved in ${ours[0].toFixed(1)} s, put back in ${ours[1].toFixed(1)} s; ` +
      `dumped in ${theirs[0].toFixed(1)} s, restored in ${theirs[1].toFixed(1)} s; ${rounds.length} rounds, load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores.`,
  );
  const ratio = median(rounds.map(({ ours, theirs }) => (ours[0] + ours[1]) / (theirs[0] + theirs[1])));
  line(`${name}: parked and put back / dumped and restored`, ratio.toFixed(2), 'at most 3');
  line('  saved / dumped', (ours[0] / theirs[0]).toFixed(2), null);
  line('  put back / restored', (ours[1] / theirs[1]).toFixed(2), null);
  line('  peak memory', `${(Math.max(...rounds.map(({ peak }) => peak)) / 1024).toFixed(0)} MB`, null);
}

/** Runs a program between two files. Throws when it fails. */
function run(argv: readonly string[], files: { from?: string; to?: string }, env: NodeJS.ProcessEnv = {}): void {
  const [from, to] = [openSync(files.from ?? '/dev/null', 'r'), openSync(files.to ?? '/dev/null', 'w', 0o600)];
  const [program = '', ...args] = argv;
  const end = spawnSync(program, args, { env: { ...process.env, ...env }, stdio: [from, to, 'inherit'] });
  closeSync(from);
  closeSync(to);
  if (end.status !== 0) throw new Error(`${program} ended with ${end.status}`);
}

const sqlite: Open = async folder => {
  const program = findProgram(['sqlite3'], []);
  if (program === null) return null;
  const [file, other] = [join(folder, 'app.db'), join(folder, 'other.db')];
  const database = new Database(file);
  database.exec(`CREATE TABLE many (${COLUMNS});
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
    INSERT INTO many SELECT i, 'name ' || i, i / 7.0, hex(randomblob(30)), datetime(1.6e9 + i, 'unixepoch') FROM n`);
  return {
    url: `sqlite:${file}`,
    async empty() {
      database.exec(`DROP TABLE IF EXISTS many_more; CREATE TABLE many_more (${COLUMNS})`);
      rmSync(other, { force: true });
    },
    dump: to => run([program, '-batch', file, '.dump many'], { to }),
    restore: from => run([program, '-batch', '-bail', other, `.read '${from}'`], {}),
    async restored() {
      const there = new Database(other, { readonly: true });
      const count = there.prepare('SELECT count(*) FROM many').pluck().get();
      there.close();
      return Number(count);
    },
    remove: async () => void database.close(),
  };
};

const postgres: Open = async () => {
  const programs = postgresPrograms();
  if (!programs.here) return null;
  const server = await startPostgres(programs.it);
  const { host, port, user, password } = server;
  const ask = async (database: string, sql: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new pg.Client({ host, port, user, password, database });
    await client.connect();
    return (await client.query(sql).finally(() => client.end())).rows;
  };
  await ask('postgres', 'CREATE DATABASE app');
  await ask('postgres', 'CREATE DATABASE other');
  await ask(
    'app',
    `CREATE TABLE many (${COLUMNS}); INSERT INTO many SELECT i, 'name ' || i, i / 7.0, md5(i::text) || md5('x' || i), to_timestamp(1.6e9 + i) FROM generate_series(1, ${ROWS}) i`,
  );
  const to = ['--host', host, '--port', String(port), '--username', user];
  const env = { PGPASSWORD: password };
  return {
    url: `postgres://${user}:${password}@${host}:${port}/app`,
    async empty() {
      await ask('app', `DROP TABLE IF EXISTS many_more; CREATE TABLE many_more (${COLUMNS})`);
      await ask('other', 'DROP TABLE IF EXISTS many');
    },
    dump: file => run([join(programs.it, 'pg_dump'), ...to, '--table=many', 'app'], { to: file }, env),
    restore: from =>
      run(
        [join(programs.it, 'psql'), ...to, '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', 'other'],
        { from },
        env,
      ),
    restored: async () => Number((await ask('other', 'SELECT count(*) AS n FROM many'))[0]?.['n']),
    remove: () => server.kept.remove(),
  };
};

const mariadb: Open = async () => {
  const programs = mariadbPrograms();
  const [dump, client] = [findProgram(['mariadb-dump', 'mysqldump'], []), findProgram(['mariadb', 'mysql'], [])];
  if (!programs.here || dump === null || client === null) return null;
  const server = await startMariadb(programs.it);
  const { host, port, user, password } = server;
  const ask = async (sql: string): Promise<unknown> => {
    const connection = await mysql.createConnection({ host, port, user, password, multipleStatements: true });
    return (await connection.query(sql).finally(() => connection.end()))[0];
  };
  await ask(
    `CREATE DATABASE app; CREATE DATABASE other; CREATE TABLE app.many (${COLUMNS}); INSERT INTO app.many SELECT seq, CONCAT('name ', seq), seq / 7, CONCAT(MD5(seq), MD5(-seq)), FROM_UNIXTIME(1600000000 + seq) FROM mysql.seq_1_to_${ROWS}`,
  );
  const to = ['--no-defaults', `--host=${host}`, `--port=${port}`, `--user=${user}`];
  const env = { MYSQL_PWD: password };
  return {
    url: `mysql://${user}:${password}@${host}:${port}/app`,
    empty: async () =>
      void (await ask(
        `DROP TABLE IF EXISTS app.many_more; CREATE TABLE app.many_more (${COLUMNS}); DROP TABLE IF EXISTS other.many`,
      )),
    dump: file => run([dump, ...to, '--single-transaction', 'app', 'many'], { to: file }, env),
    restore: from => run([client, ...to, 'other'], { from }, env),
    restored: async () =>
      Number(((await ask('SELECT count(*) AS n FROM other.many')) as readonly { n: number }[])[0]?.n),
    remove: () => server.kept.remove(),
  };
};
