/** `reconcile --to main --switch`, killed at every point: before, in and after the reversal, the switch and the applying. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Fixture } from '../kit/fixture.ts';
import { type FreshCopies, forget, holds, play, sqliteCopies, worktreesLeft } from '../kit/kill-points.ts';

const standsOn = ({ story }: Fixture) => story.git('symbolic-ref', '--short', 'HEAD');

/** Where a kill led, by one way of going on. Empty when all is as after a run nobody killed. */
async function goesOn(
  fixture: Fixture,
  copies: FreshCopies,
  table: string,
  point: number,
  way: 'resume' | 'abort',
  end: string,
): Promise<readonly string[]> {
  const { story } = fixture;
  forget(fixture);
  await story.git('switch', '--quiet', 'topic');
  const url = await copies.again();
  const killed = await play(fixture, 'switch-to-main', url, point);
  if (killed.signal !== 'SIGKILL') return [`was not killed but ended with ${killed.code}: ${killed.said}`];
  const went = await play(fixture, way, url, 0);
  // 2: there was no run to take up.
  if (went.code !== 0 && went.code !== 2) return [`${way} ended with ${went.code}: ${went.said}`];
  const again = await play(fixture, 'switch-to-main', url, 0);
  if (again.code !== 0) return [`${way}, then the command again, ended with ${again.code}: ${again.said}`];
  const wrong: string[] = [];
  // A run on main that is aborted has put back what main's own table held: the same command has no pending migration to agree on then.
  if ((await holds(url, table)) !== end) {
    const last = await play(fixture, 'reconcile', url, 0);
    if (last.code !== 0) wrong.push(`reconcile on main ended with ${last.code}: ${last.said}`);
  }
  if ((await standsOn(fixture)) !== 'main') wrong.push(`${way} led to ${await standsOn(fixture)}`);
  if ((await holds(url, table)) !== end) wrong.push(`${way} led to another database: ${await holds(url, table)}`);
  if (worktreesLeft(fixture) > 0) wrong.push(`${way} left worktrees`);
  return wrong;
}

const PHASES = ['after step-done', 'before switch', 'after switch', 'after finished'];

function waysAt(index: number, each: boolean, phase: boolean): readonly ('resume' | 'abort')[] {
  if (!each) return ['resume'];
  return phase ? ['resume', 'abort'] : index % 2 === 0 ? ['resume'] : ['abort'];
}

/** `each`: every point, one way after the other, and the phases of a switch both ways; `phases`: one point of each name, taken up only. */
export async function killSwitchEverywhere(fixture: Fixture, which: 'each' | 'phases'): Promise<void> {
  const { story } = fixture;
  const table = fixture.projects[0]?.historyTable ?? '';
  const copies = sqliteCopies(fixture.database().file ?? '');
  const report = join(mkdtempSync(join(tmpdir(), 'tidemark-points-')), 'points.json');
  const url = await copies.again();
  const start = await holds(url, table);
  const whole = await play(fixture, 'switch-to-main', url, 0, report);
  expect(whole, whole.said).toMatchObject({ code: 0 });
  expect(await standsOn(fixture)).toBe('main');
  const end = await holds(url, table);
  expect(end).not.toBe(start);
  const names: readonly string[] = JSON.parse(readFileSync(report, 'utf8'));
  for (const phase of PHASES) expect(names).toContain(phase);
  const wrong: string[] = [];
  let tried = 0;
  for (const [index, name] of names.entries()) {
    if (which === 'phases' && names.indexOf(name) !== index) continue;
    tried += 1;
    for (const way of waysAt(index, which === 'each', PHASES.includes(name))) {
      const complaints = await goesOn(fixture, copies, table, index + 1, way, end);
      wrong.push(...complaints.map(complaint => `${index + 1} ${name}: ${complaint}`));
    }
  }
  await story.git('switch', '--quiet', 'topic');
  process.stdout.write(`switching, killed at ${tried} of ${names.length} points; ${wrong.length} went wrong\n`);
  expect(wrong).toEqual([]);
}
