/** Plays the undoing of a run again and again, killed at another point each time: resume ends where the run began, abort where it ended. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDatabases } from '../../src/databases/databases.ts';
import type { Row } from '../../src/domain/migration.ts';
import type { Fixture } from '../kit/fixture.ts';
import { type FreshCopies, forget, holds, play, sqliteCopies } from '../kit/kill-points.ts';

/** What a database holds, every row of every table included. */
async function everything(url: string, historyTable: string): Promise<string> {
  const databases = createDatabases({ env: process.env, stateHome: '/nonexistent', clock: Date.now });
  const shape = await holds(url, historyTable);
  const connection = await databases.openToRead(databases.parse(url, '/'));
  try {
    const rows: Record<string, unknown> = {};
    for (const table of await connection.tables()) {
      const read = await connection.readHistory(table);
      // A column that was dropped and added again stands last.
      const sorted = (row: Row) => Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1));
      rows[table.name] = read.table === 'present' ? read.rows.map(sorted) : null;
    }
    return JSON.stringify({ shape, rows });
  } finally {
    await connection.close();
  }
}

/** A finished run to be undone, in a database that can be had again and again. */
interface FinishedRun {
  again(): Promise<string>;
}

/** For SQLite: database file and Tidemark's own files are put back as the run left them. */
async function finishedOnSqlite(fixture: Fixture, file: string): Promise<FinishedRun> {
  await played(fixture, 'reconcile', `sqlite:${file}`);
  const copies = sqliteCopies(file);
  const own = path.join(fixture.story.root, '.git/tidemark');
  const saved = path.join(mkdtempSync(path.join(tmpdir(), 'tidemark-saved-')), 'tidemark');
  cpSync(own, saved, { recursive: true });
  return {
    again: () => {
      rmSync(own, { recursive: true, force: true });
      cpSync(saved, own, { recursive: true });
      return copies.again();
    },
  };
}

/** Elsewhere the run is made anew on each copy: a journal names its own database. */
function finishedAnew(fixture: Fixture, copies: FreshCopies): FinishedRun {
  return {
    async again() {
      forget(fixture);
      const url = await copies.again();
      await played(fixture, 'reconcile', url);
      return url;
    },
  };
}

async function played(fixture: Fixture, command: string, url: string): Promise<void> {
  const end = await play(fixture, command, url, 0);
  if (end.code !== 0) throw new Error(`${command}, which nobody killed, ended with ${end.code}: ${end.said}`);
}

/** Every `each`-th point, beginning with the point of this index. */
export interface Points {
  readonly each: number;
  readonly from: number;
}

/** What came of it: how many points were tried of how many there are, and complaints. */
export interface KilledUndo {
  readonly points: number;
  readonly tried: number;
  readonly wrong: readonly string[];
}

/** Kills it at these points, and goes both ways after each kill. */
export async function killUndo(
  fixture: Fixture,
  copies: FreshCopies | null,
  historyTable: string,
  at: Points,
): Promise<KilledUndo> {
  const { file, url: first } = fixture.database();
  const begin = await everything(copies === null ? `sqlite:${file}` : first, historyTable);
  const run = copies === null ? await finishedOnSqlite(fixture, file ?? '') : finishedAnew(fixture, copies);
  const report = path.join(mkdtempSync(path.join(tmpdir(), 'tidemark-points-')), 'points.json');
  const whole = await run.again();
  const ended = await everything(whole, historyTable);
  const end = await play(fixture, 'undo', whole, 0, report);
  if (end.code !== 0) throw new Error(`the undo that nobody kills ended with ${end.code}: ${end.said}`);
  const wrong: string[] = [];
  if ((await everything(whole, historyTable)) !== begin) wrong.push(`undo led elsewhere: ${end.said}`);
  const names = JSON.parse(readFileSync(report, 'utf8')) as string[];
  let tried = 0;
  for (const [index, name] of names.entries()) {
    if (index % at.each !== at.from) continue;
    tried += 1;
    for (const way of ['resume', 'abort'] as const) {
      const url = await run.again();
      const killed = await play(fixture, 'undo', url, index + 1);
      if (killed.signal !== 'SIGKILL')
        wrong.push(`${name}: was not killed but ended with ${killed.code}: ${killed.said}`);
      const went = await play(fixture, way, url, 0);
      const now = await everything(url, historyTable);
      // Nothing to take up: killed before its first word, or after its last.
      if (went.code === 2 && (now === begin || now === ended)) continue;
      const wanted = way === 'resume' ? begin : ended;
      if (went.code !== 0 || now !== wanted)
        wrong.push(`${name}, ${way} ended with ${went.code}: ${went.said}\nwanted ${wanted}\nfound  ${now}`);
    }
  }
  return { points: names.length, tried, wrong };
}
