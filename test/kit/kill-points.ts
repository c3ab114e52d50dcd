/** Plays a plan again and again, killed at another point each time, and says where resume and abort led. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import pg from 'pg';
import { createDatabases } from '../../src/databases/databases.ts';
import type { Fixture } from './fixture.ts';

const TOP = path.join(import.meta.dirname, '../..');

/** `test/crash/child.ts` as one file, which starts seven times as fast: it is started hundreds of times. */
const CHILD = path.join(TOP, `node_modules/.cache/tidemark/crash-${process.pid}.js`);

function childBuilt(): string {
  if (existsSync(CHILD)) return CHILD;
  buildSync({
    entryPoints: [path.join(import.meta.dirname, '../crash/child.ts')],
    outfile: CHILD,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['better-sqlite3', 'pg', 'pg-copy-streams', 'mysql2', '#tui'],
    banner: {
      js: "import{createRequire as _createRequire}from'node:module';const require=_createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  process.on('exit', () => rmSync(CHILD, { force: true }));
  return CHILD;
}

/** A database that can be had in its first state again and again. */
export interface FreshCopies {
  /** Puts the first state in place and returns its address. */
  again(): Promise<string>;
}

/** For SQLite: the saved bytes are put back. */
export function sqliteCopies(file: string): FreshCopies {
  const saved = path.join(mkdtempSync(path.join(tmpdir(), 'tidemark-saved-')), 'first.db');
  copyFileSync(file, saved);
  return {
    again: async () => {
      for (const end of ['-journal', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
      copyFileSync(saved, file);
      return `sqlite:${file}`;
    },
  };
}

/** For PostgreSQL: a new database each time, made from the first as its template. A killed run's session may still hold the old one. */
export function postgresCopies(url: string): FreshCopies {
  let number = 0;
  return {
    again: async () => {
      const address = new URL(url);
      const template = address.pathname.slice(1);
      number += 1;
      const name = `${template}_${number}`;
      address.pathname = '/postgres';
      const client = new pg.Client({ connectionString: address.href });
      await client.connect();
      try {
        await client.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
      } finally {
        await client.end();
      }
      address.pathname = `/${name}`;
      return address.href;
    },
  };
}

/** How a child ended. */
interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** Plays one command of `test/crash/child.ts`, killed at one point; at none with 0. */
export function play(
  fixture: Pick<Fixture, 'env' | 'story'>,
  command: string,
  url: string,
  killAt: number,
  report?: string,
): Promise<ChildEnd> {
  const env = {
    ...fixture.env,
    NODE_NO_WARNINGS: '1',
    TIDEMARK_DATABASE_URL: url,
    KILL_AT: String(killAt),
    ...(report === undefined ? {} : { KILL_REPORT: report }),
  };
  const child = spawn(process.execPath, [childBuilt(), command, fixture.story.root], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', chunk => (said += String(chunk)));
  child.stderr.on('data', chunk => (said += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, said }));
  });
}

/** What a database holds: history rows, schema, and how many rows each table has. */
export async function holds(url: string, historyTable: string): Promise<string> {
  const databases = createDatabases({ env: process.env, stateHome: '/nonexistent', clock: Date.now });
  const address = databases.parse(url, '/');
  // Opened for changing first: a killed writer's hot journal is rolled back then, as the next user of the database would.
  await (await databases.openToChange(address, 'look')).close();
  const connection = await databases.openToRead(address);
  try {
    const table = { schema: null, name: historyTable };
    const history = await connection.readHistory(table);
    const counts: Record<string, number | null> = {};
    for (const each of await connection.tables()) counts[each.name] = await connection.count(each, null);
    const ids =
      history.table === 'present'
        ? history.rows.map(row => ({ ...row, id: null, applied: null, migration_time: null, batch: null }))
        : null;
    return JSON.stringify({ ids, schema: await connection.describeSchema([table]), counts });
  } finally {
    await connection.close();
  }
}

/** What came of one kill point. */
export interface KillPoint {
  readonly number: number;
  readonly name: string;
  /** Complaints; empty when both ways led to a consistent end. */
  readonly wrong: readonly string[];
}

/** Kills a reconcile at every point, and after each kill goes both ways: resume on one copy, abort on another. */
export async function killEverywhere(
  fixture: Fixture,
  copies: FreshCopies,
  historyTable: string,
): Promise<readonly KillPoint[]> {
  const report = path.join(mkdtempSync(path.join(tmpdir(), 'tidemark-points-')), 'points.json');
  const start = await holds(await copies.again(), historyTable);
  const untouched = await copies.again();
  const whole = await play(fixture, 'reconcile', untouched, 0, report);
  if (whole.code !== 0) throw new Error(`the run that nobody kills ended with ${whole.code}: ${whole.said}`);
  const end = await holds(untouched, historyTable);
  const parked = parkedRows(fixture).rows;
  if (end === start) throw new Error('the run changed nothing, so killing it proves nothing');
  const names = JSON.parse(readFileSync(report, 'utf8')) as string[];
  const points: KillPoint[] = [];
  for (const [index, name] of names.entries()) {
    const wrong = [
      ...(await afterKill(fixture, copies, historyTable, index + 1, 'resume', { start, end, parked })),
      ...(await afterKill(fixture, copies, historyTable, index + 1, 'abort', { start, end, parked })),
    ];
    points.push({ number: index + 1, name, wrong });
  }
  return points;
}

async function afterKill(
  fixture: Fixture,
  copies: FreshCopies,
  historyTable: string,
  point: number,
  way: 'resume' | 'abort',
  states: { readonly start: string; readonly end: string; readonly parked: readonly string[] },
): Promise<readonly string[]> {
  forget(fixture);
  const url = await copies.again();
  const killed = await play(fixture, 'reconcile', url, point);
  if (killed.signal !== 'SIGKILL') return [`${way}: was not killed but ended with ${killed.code}: ${killed.said}`];
  const went = await play(fixture, way, url, 0);
  const now = await holds(url, historyTable);
  const left = worktreesLeft(fixture);
  const wrong = [
    ...(left === 0 ? [] : [`${way}: ${left} worktrees are left`]),
    ...parkedComplaints(fixture, way, states),
  ];
  // Nothing to take up: the run was killed before its first word (nothing changed) or after its last (all done).
  if (went.code === 2) {
    return now === states.start || now === states.end
      ? wrong
      : [...wrong, `${way}: no run was found, and the database is in between`];
  }
  if (went.code !== 0) return [...wrong, `${way} ended with ${went.code}: ${went.said}`];
  const wanted = way === 'resume' ? states.end : states.start;
  return now === wanted ? wrong : [...wrong, `${way} led elsewhere: ${went.said}\nwanted ${wanted}\nfound  ${now}`];
}

/** What lies parked: one text for each file's rows, and what is wrong with any. */
function parkedRows(fixture: Fixture): { readonly rows: readonly string[]; readonly wrong: readonly string[] } {
  const databases = createDatabases({ env: process.env, stateHome: '/nonexistent', clock: Date.now });
  const sets = databases.parked(path.join(fixture.story.root, '.git'));
  const rows: string[] = [];
  const wrong: string[] = [];
  for (const stored of sets.list()) {
    try {
      sets.verify(stored);
    } catch {
      wrong.push(`${stored.id}: ${stored.damage ?? 'its files are damaged'}`);
    }
    for (const part of stored.set?.parts ?? []) rows.push(`${part.table.name} ${part.rows} ${part.sha256}`);
  }
  return { rows: rows.toSorted(), wrong };
}

/** After a resume all of it is parked, byte for byte; after an abort what is parked is sound. */
function parkedComplaints(
  fixture: Fixture,
  way: 'resume' | 'abort',
  { parked }: { readonly parked: readonly string[] },
): readonly string[] {
  const { rows, wrong } = parkedRows(fixture);
  const lost = way === 'resume' && rows.length > 0 && rows.join() !== parked.join();
  return [
    ...wrong.map(each => `${way}: ${each}`),
    ...(lost ? [`${way}: parked ${rows.join()}, wanted ${parked.join()}`] : []),
  ];
}

/** Takes away what earlier runs left: the next one begins as the first did. */
export function forget(fixture: Fixture): void {
  rmSync(path.join(fixture.story.root, '.git/tidemark/runs'), { recursive: true, force: true });
  rmSync(path.join(fixture.story.root, '.git/tidemark/run.lock'), { force: true });
  rmSync(path.join(fixture.story.root, '.git/tidemark/parked'), { recursive: true, force: true });
}

/** Worktrees of ours that git still lists beside the user's own. */
export function worktreesLeft(fixture: Fixture): number {
  const folder = path.join(fixture.story.root, '.git/worktrees');
  return existsSync(folder) ? readdirSync(folder).length : 0;
}
