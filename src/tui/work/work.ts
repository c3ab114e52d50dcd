/** Does what the reducer asks for and tells the outcome as events. Holds the open inspection, which the state only has a view of. */
import { isProblem, ProblemError } from '../../domain/problem.ts';
import { exitCodeOf } from '../../messages/problems.ts';
import { count } from '../../messages/words.ts';
import { configurationOf, followOnly } from '../../operations/hook-memory.ts';
import { type Inspection, inspect } from '../../operations/inspect.ts';
import type { Listening } from '../../operations/outside.ts';
import type { ProgressEvent } from '../../operations/progress.ts';
import { listRuns } from '../../operations/runs.ts';
import { type Footprint, footprint, footprintRead } from '../../operations/watch.ts';
import type { Effect } from '../state/effects.ts';
import { viewOf } from '../state/view.ts';
import { type Desk, messageOf, projectCalled } from './desk.ts';
import { planFor, planUndoOf, type Shown } from './planning.ts';
import { proveRun } from './proving.ts';
import { createRehearsals } from './rehearsing.ts';
import { abortRun, type RunEnd, resumeRun, runPlan, shellOfRun, weighAbort } from './running.ts';
import { gatherStory } from './story.ts';
import { writeReversal } from './writing.ts';

/** How often it is looked whether something changed underneath. */
const WATCH_MS = 5000;
/** How often the clock of a run moves, and how often the progress of a reading is told. */
const TICK_MS = 500;
const TELL_MS = 200;

/** What only the terminal itself can do. */
export interface TerminalDeeds {
  /** Gives the terminal back to the user until the work is done, then takes it again. */
  readonly lend: (work: () => Promise<void>) => Promise<void>;
  /** Stops this process until the shell continues it. */
  readonly stopHere: () => Promise<void>;
  readonly quit: (code: number) => void;
  /** Leaves because of something that the terminal UI cannot show: usage errors at the very beginning, and bugs. */
  readonly fail: (error: unknown) => void;
}

export interface Work {
  readonly perform: (effect: Effect) => void;
  /** Ends what goes on; resolves when all of it has ended. */
  readonly close: () => Promise<void>;
}

export function createWork(desk: Desk, terminal: TerminalDeeds): Work {
  const { outside, where, dispatch } = desk;
  const reading = new AbortController();
  const going = new Set<Promise<void>>();
  const shown = new Map<string, Shown>();
  const behind = inTurn();
  const rehearsals = createRehearsals(desk, shown, behind, reading.signal);
  let proving = new AbortController();
  let inspection: Inspection | null = null;
  let runs: { readonly soft: AbortController; readonly hard: AbortController } | null = null;
  let loading: Promise<void> = Promise.resolve();
  let waitingLoads = 0;
  let askedFor = false;
  let isReading = false;
  let seen: Footprint | null = null;

  const quietly: Listening = { onProgress: () => undefined, signal: reading.signal, force: reading.signal };

  /** Keeps track of work, so that nothing it needs is closed under it. */
  const start = (work: () => Promise<void>): void => {
    const started = work()
      .catch(error => {
        if (!reading.signal.aborted) terminal.fail(error);
      })
      .finally(() => going.delete(started));
    going.add(started);
  };

  const current = (): Inspection => {
    if (inspection !== null) return inspection;
    throw new ProblemError('refused', { reason: 'Nothing has been read yet.', next: 'tidemark status' });
  };

  async function load(): Promise<void> {
    waitingLoads -= 1;
    // Another reading is asked for already: that one is enough.
    if (waitingLoads > 0) return;
    const asked = askedFor || inspection === null;
    askedFor = false;
    isReading = true;
    dispatch({ type: 'loading', what: 'Reading git’s history and the database' });
    try {
      const next = await inspect(outside, asked ? where : { ...where, follow: asBefore(current()) }, {
        ...quietly,
        onProgress: readingTeller(desk),
      });
      const before = inspection;
      inspection = next;
      shown.clear();
      if (asked) rehearsals.forget();
      dispatch({ type: 'loaded', view: viewOf(next, listRuns(outside, next.repository)), now: outside.clock() });
      // First what was read is drawn; what it rested on is only compared seconds later.
      await new Promise(drawn => setImmediate(drawn));
      seen = await footprintRead(outside, next);
      if (before !== null) closeLater(before);
    } catch (error) {
      if (reading.signal.aborted) return;
      // Nothing more happens by itself until a person has asked for the new configuration.
      if (isProblem(error, 'configuration-changed')) seen = null;
      if (inspection === null && error instanceof ProblemError && exitCodeOf(error.code) === 2) terminal.fail(error);
      else dispatch({ type: 'load-failed', problem: messageOf(error) });
    } finally {
      isReading = false;
    }
  }

  /** A story may still be reading from it. */
  const closeLater = (old: Inspection): void =>
    void Promise.allSettled([...going]).then(() => old.repository.close(), terminal.fail);

  function loadSoon({ byItself }: Extract<Effect, { do: 'load' }>): void {
    waitingLoads += 1;
    askedFor ||= byItself !== true;
    loading = loading.then(load).catch(terminal.fail);
  }

  async function watch(): Promise<void> {
    // What is being read just now is compared once it is there: the end of a run is not told as a change from outside.
    const isBusy = () => runs !== null || isReading || waitingLoads > 0;
    if (inspection === null || seen === null || isBusy() || going.size > 0) return;
    const of = inspection;
    const before = seen;
    const now = await footprint(outside, of).catch(() => null);
    if (now === null || inspection !== of || isBusy() || seen !== before) return;
    if (now.repository !== before.repository)
      dispatch({ type: 'moved', what: 'The repository has changed: read again.' });
    else if (now.databases !== before.databases)
      dispatch({ type: 'moved', what: 'The database has changed: read again.' });
  }

  async function plan(effect: Extract<Effect, { do: 'plan' }>): Promise<void> {
    try {
      const { undo, wish, project, named } = effect;
      const found =
        undo === undefined
          ? await planFor(outside, current(), wish, project, named)
          : await planUndoOf(outside, current(), undo, wish);
      if (found === null) return;
      const known = rehearsals.asKnown(found);
      shown.set(known.planned.plan?.id ?? `nothing for ${known.planned.inspected.key}`, known);
      dispatch(known.event);
    } catch (error) {
      dispatch({ type: 'plan-failed', asked: effect.wish, problem: messageOf(error) });
    }
  }

  /** Something that changes the database: one at a time, with a clock, and a way to stop it. */
  async function run(doing: (listening: Listening) => Promise<RunEnd>): Promise<void> {
    const [soft, hard] = [new AbortController(), new AbortController()];
    runs = { soft, hard };
    const onProgress = (progress: ProgressEvent) => dispatch({ type: 'progress', progress, now: outside.clock() });
    const clock = setInterval(() => dispatch({ type: 'ticked', now: outside.clock() }), TICK_MS);
    let end: RunEnd;
    try {
      // What copies the database, or compares it, is not in the way of what changes it.
      proving.abort();
      await rehearsals.want(null, null);
      end = await doing({ onProgress, signal: soft.signal, force: hard.signal });
    } catch (error) {
      end = { report: null, said: messageOf(error) };
    } finally {
      clearInterval(clock);
      runs = null;
    }
    const { toProve, ...told } = end;
    if (toProve === undefined) return dispatch({ type: 'run-ended', ...told });
    dispatch({ type: 'run-ended', ...told, proving: { is: 'under-way', began: outside.clock() } });
    proving = new AbortController();
    const signal = AbortSignal.any([proving.signal, reading.signal]);
    await behind(() => proveRun(desk, toProve, signal));
  }

  /** Work whose problems are one line at the bottom. */
  const told = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const { what, next } = messageOf(error);
      dispatch({ type: 'said', text: next === null ? what : `${what} (${next.split('\n')[0]})` });
    }
  };

  const watching = setInterval(() => start(watch), WATCH_MS);
  watching.unref();

  const deeds: { readonly [Do in Effect['do']]: (effect: Extract<Effect, { do: Do }>) => void } = {
    load: loadSoon,
    plan: effect => start(() => plan(effect)),
    rehearse: ({ plan: id }) => start(() => rehearsals.want(inspection, id)),
    write: ({ project, id }) => start(() => told(() => writeReversal(desk, current(), project, id, terminal.lend))),
    story: ({ project, id }) =>
      start(() =>
        told(async () => {
          const story = await gatherStory(current(), projectCalled(current(), project), id, outside.clock());
          dispatch({ type: 'story', id, story });
        }),
      ),
    run: effect =>
      start(() =>
        run(async listening => {
          const found = shown.get(effect.planId ?? `nothing for ${effect.project}`);
          const rehearsed = rehearsals.isOver(effect.planId ?? '');
          if (found !== undefined) return runPlan(desk, current(), found.planned, { ...effect, rehearsed }, listening);
          throw new ProblemError('plan-changed', { asked: effect.planId ?? '', now: 'not made again yet' });
        }),
      ),
    stop: ({ hard }) => {
      runs?.soft.abort();
      if (hard) runs?.hard.abort();
    },
    runs: () =>
      start(() => told(async () => dispatch({ type: 'runs', runs: listRuns(outside, current().repository) }))),
    resume: effect => start(() => run(listening => resumeRun(desk, effect.run, listening))),
    'weigh-abort': effect => start(() => told(() => weighAbort(desk, effect.run, quietly))),
    abort: effect => start(() => run(listening => abortRun(desk, effect.run, listening))),
    shell: effect => start(() => told(() => terminal.lend(() => shellOfRun(desk, effect.run, effect.step, quietly)))),
    suspend: () => start(terminal.stopHere),
    quit: ({ code }) => terminal.quit(code),
  };

  return {
    perform: effect => (deeds[effect.do] as (effect: Effect) => void)(effect),
    async close() {
      clearInterval(watching);
      reading.abort();
      await Promise.allSettled([loading, ...going]);
      await inspection?.repository.close();
    },
  };
}

/** One after the other: each begins when what came before has ended, however it ended. */
function inTurn(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return work => {
    const ended = last.then(work);
    last = ended.catch(() => undefined);
    return ended;
  };
}

/** A checkout by somebody else may have brought another configuration: it is not followed before a person has seen it. */
const asBefore = ({ repository, projects }: Inspection) =>
  followOnly({
    configurations: projects.map(({ found, address }) => configurationOf(repository.root, found, address)),
  });

/** Tells how far a reading is, a few times a second. */
function readingTeller({ outside, dispatch }: Desk): (event: ProgressEvent) => void {
  let last = outside.clock();
  return event => {
    if (event.event !== 'walking' || outside.clock() - last < TELL_MS) return;
    last = outside.clock();
    const commits = count(event.commits, 'commit');
    dispatch({ type: 'loading', what: `Walking git’s history: ${commits} with migrations so far` });
  };
}
