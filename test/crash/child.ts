/**
 * One Tidemark command that kills itself at the n-th kill point: before and after every journal entry, inside every transaction,
 * around backups, row changes and worktrees. `KILL_AT=0` (or none) runs to the end and prints how many points it passed.
 */
import { writeFileSync } from 'node:fs';
import { abortCommand } from '../../src/cli/commands/abort.ts';
import { reconcileCommand } from '../../src/cli/commands/reconcile.ts';
import { resumeCommand } from '../../src/cli/commands/resume.ts';
import { undoCommand } from '../../src/cli/commands/undo.ts';
import { planAll } from '../../src/cli/commands/wish.ts';
import { openSession } from '../../src/cli/session.ts';
import type { Connection } from '../../src/databases/contract.ts';
import { ProblemError } from '../../src/domain/problem.ts';
import { targetName } from '../../src/domain/production.ts';
import type { Repository } from '../../src/git/contract.ts';
import type { OpenJournal } from '../../src/journal/contract.ts';
import { exitCodeOf } from '../../src/messages/problems.ts';
import { inspect } from '../../src/operations/inspect.ts';
import type { Outside } from '../../src/operations/outside.ts';
import { projectOfRun, whereOfRun } from '../../src/operations/run-project.ts';
import { planUndo, runToUndo } from '../../src/operations/undo.ts';
import { wire } from '../../src/wiring.ts';

const killAt = Number(process.env['KILL_AT'] ?? '0');
const passed: string[] = [];

/** One kill point. SIGKILL cannot be caught: nothing is tidied up. */
function point(name: string): void {
  passed.push(name);
  if (passed.length === killAt) process.kill(process.pid, 'SIGKILL');
}

async function around<T>(name: string, act: () => Promise<T>): Promise<T> {
  point(`before ${name}`);
  const result = await act();
  point(`after ${name}`);
  return result;
}

const journal = (open: OpenJournal): OpenJournal => ({
  ...open,
  append(entry) {
    point(`before ${entry.what}`);
    const written = open.append(entry);
    point(`after ${entry.what}`);
    return written;
  },
});

const connection = (open: Connection): Connection =>
  Object.assign(Object.create(open) as Connection, {
    park: (...given: Parameters<Connection['park']>) => around('parking', () => open.park(...given)),
    putBack: (...given: Parameters<Connection['putBack']>) => around('putting back', () => open.putBack(...given)),
    changeRows: (...given: Parameters<Connection['changeRows']>) =>
      around('row changes', () => open.changeRows(...given)),
    runScript: (run: Parameters<Connection['runScript']>[0]) =>
      open.runScript({
        ...run,
        check: schema => {
          point('inside the script');
          return run.check?.(schema) ?? null;
        },
      }),
  });

const repository = (open: Repository): Repository =>
  Object.assign(Object.create(open) as Repository, {
    switchTo: (...given: Parameters<Repository['switchTo']>) => around('switch', () => open.switchTo(...given)),
    addWorktree: (...given: Parameters<Repository['addWorktree']>) =>
      around('worktree', () => open.addWorktree(...given)),
  });

function withKillPoints(outside: Outside): Outside {
  return {
    ...outside,
    git: { ...outside.git, open: async directory => repository(await outside.git.open(directory)) },
    journals: {
      of: (commonDir, clock) => {
        const journals = outside.journals.of(commonDir, clock);
        return Object.assign(Object.create(journals) as typeof journals, {
          create: (run: string) => journal(journals.create(run)),
          reopen: (run: string) => journal(journals.reopen(run)),
        });
      },
    },
    databases: {
      ...outside.databases,
      openToChange: async (address, run) => connection(await outside.databases.openToChange(address, run)),
      parked: commonDir => {
        const sets = outside.databases.parked(commonDir);
        return {
          ...sets,
          finish: set => {
            point('before a manifest');
            sets.finish(set);
            point('after a manifest');
          },
          notePutBack: (...given) => {
            point('before noting what was put back');
            sets.notePutBack(...given);
          },
        };
      },
      backUp: (...given) => around('backup', () => outside.databases.backUp(...given)),
      restore: (...given) => around('restore', () => outside.databases.restore(...given)),
    },
  };
}

const [command = '', folder = ''] = process.argv.slice(2);
const session = openSession(withKillPoints(wire(process.env)), { C: folder }, folder);

/** Agrees to what is planned, whatever that is; looked at before, so that no point of that look is counted. */
async function reconcile(wish: Parameters<typeof reconcileCommand>[2]): Promise<number> {
  const before = openSession(wire(process.env), { C: folder }, folder);
  const inspection = await inspect(before.outside, { ...before.where, to: wish.to ?? null }, before.listening);
  const planned = await planAll(before, inspection, [], wish).finally(() => inspection.repository.close());
  before.end();
  const plans = planned.flatMap(({ plan }) => plan ?? []);
  // Each kill has a copy of the database, which is another target than the one before.
  const named = { confirm: plans.map(({ id }) => id), target: plans.map(({ database }) => targetName(database)) };
  return reconcileCommand(session, [], { ...wish, ...named });
}

/** Agrees to the undoing of the newest run. */
async function undo(): Promise<number> {
  const before = openSession(wire(process.env), { C: folder }, folder);
  const inspection = await inspect(before.outside, before.where, before.listening);
  try {
    const state = runToUndo(before.outside, inspection.repository, null);
    const wish = { fromBackup: false, fromParked: false };
    const planned = await planUndo(before.outside, inspection.repository, projectOfRun(inspection, state), state, wish);
    return await undoCommand(session, undefined, { confirm: [planned.plan?.id ?? ''] });
  } finally {
    await inspection.repository.close();
    before.end();
  }
}

/** Agrees to what is put back, whatever the database is called. */
async function abort(): Promise<number> {
  const before = openSession(wire(process.env), { C: folder }, folder);
  const { state } = await whereOfRun(before.outside, before.where, null);
  before.end();
  return abortCommand(session, undefined, { yes: true, target: [targetName(state.plan.database)] });
}

const work = {
  undo,
  reconcile: () => reconcile({}),
  'switch-to-main': () => reconcile({ to: 'main', switch: true }),
  resume: () => resumeCommand(session, undefined),
  abort,
}[command];
if (work === undefined) throw new Error(`no command ${command}`);
try {
  process.exitCode = await work();
} catch (error) {
  if (!(error instanceof ProblemError)) throw error;
  process.stderr.write(`${JSON.stringify({ code: error.code, facts: error.facts })}\n`);
  process.exitCode = exitCodeOf(error.code);
}
const report = process.env['KILL_REPORT'];
if (report !== undefined) writeFileSync(report, JSON.stringify(passed));
