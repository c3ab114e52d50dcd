/** Rehearses the plan on the screen, one at a time, behind everything else; and remembers how it went, so that it is not done again. */
import type { Problem } from '../../domain/problem.ts';
import { ProblemError } from '../../domain/problem.ts';
import type { Rehearsal } from '../../domain/rehearsal.ts';
import { explain } from '../../messages/problems.ts';
import type { Inspection } from '../../operations/inspect.ts';
import type { ProgressEvent } from '../../operations/progress.ts';
import { copyingWanted, rehearse, withRehearsal } from '../../operations/rehearse.ts';
import type { PlannedView, Rehearsing } from '../state/state.ts';
import { type Desk, messageOf } from './desk.ts';
import type { Shown } from './planning.ts';

/** How often the seconds of a rehearsal are told. */
const TICK_MS = 1000;

type Known = { readonly rehearsal: Rehearsal } | { readonly impossible: Problem };

export interface Rehearsals {
  /** Rehearses this plan instead of what is being rehearsed; null: nothing. Resolves when it has ended, and its copy is gone. */
  readonly want: (inspection: Inspection | null, plan: string | null) => Promise<void>;
  /** A plan with what came of its rehearsal, where it was rehearsed before. */
  readonly asKnown: (found: Shown) => Shown;
  /** Was this plan rehearsed, or could it not be? */
  readonly isOver: (plan: string) => boolean;
  /** What is known is not to be relied on any more. */
  readonly forget: () => void;
}

/** `shown`: the plans that were shown, by id; a plan whose rehearsal shows more is another one, and added. */
export function createRehearsals(
  desk: Desk,
  shown: Map<string, Shown>,
  inTurn: (work: () => Promise<void>) => Promise<void>,
  closing: AbortSignal,
): Rehearsals {
  const { outside, dispatch } = desk;
  const known = new Map<string, Known>();
  let running: AbortController | null = null;

  const asKnown = (found: Shown): Shown => {
    const { plan } = found.planned;
    const end = plan === null ? undefined : known.get(plan.id);
    if (end === undefined) return found;
    if ('impossible' in end) {
      const { what } = explain(end.impossible.code, end.impossible.facts);
      return withView(found, { rehearsing: { is: 'left-out', because: `It was not rehearsed. ${what}` } });
    }
    const planned = withRehearsal(found.planned, end.rehearsal);
    known.set(planned.plan?.id ?? '', end);
    return withView({ ...found, planned }, { plan: planned.plan });
  };

  async function rehearsed(inspection: Inspection, found: Shown, id: string, signal: AbortSignal): Promise<void> {
    const { plan, inspected } = found.planned;
    const copying = copyingWanted(outside, undefined);
    if (plan === null || copying === 'off' || signal.aborted) return;
    const began = outside.clock();
    const stands = (rehearsing: Rehearsing) =>
      dispatch({
        type: 'rehearsed',
        plan: id,
        planned: withView(shown.get(id) ?? found, { rehearsing }).event.planned,
      });
    const onProgress = (event: ProgressEvent): void => {
      const doing = doingOf(event);
      if (doing !== null) stands({ is: 'under-way', doing, began });
    };
    const clock = setInterval(() => dispatch({ type: 'ticked', now: outside.clock() }), TICK_MS);
    try {
      const options = { copying, timeLimitMs: inspection.settings.timeLimitSeconds * 1000 };
      const listening = { onProgress, signal, force: signal };
      known.set(id, await rehearse(outside, inspection.repository, inspected, plan, options, listening));
      const done = asKnown(shown.get(id) ?? found);
      shown.set(done.planned.plan?.id ?? id, done);
      dispatch({ type: 'rehearsed', plan: id, planned: done.event.planned });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ProblemError)) throw error;
      stands({ is: 'broken', problem: messageOf(error) });
    } finally {
      clearInterval(clock);
    }
  }

  return {
    want(inspection, plan) {
      running?.abort();
      running = new AbortController();
      const found = plan === null ? undefined : shown.get(plan);
      const signal = AbortSignal.any([running.signal, closing]);
      return inTurn(async () => {
        if (inspection !== null && plan !== null && found !== undefined)
          await rehearsed(inspection, found, plan, signal);
      });
    },
    asKnown,
    isOver: plan => known.has(plan),
    forget: () => known.clear(),
  };
}

/** The same with another view of it. A rehearsal that is done takes the place of how it stood. */
function withView(found: Shown, change: Pick<PlannedView, 'rehearsing'> | Pick<PlannedView, 'plan'>): Shown {
  const { rehearsing: _, ...view } = found.event.planned;
  return { ...found, event: { ...found.event, planned: { ...view, ...change } } };
}

function doingOf(event: ProgressEvent): string | null {
  if (event.event === 'rehearsing')
    return event.copy === 'full' ? 'copying the database with all rows' : 'copying the database without its rows';
  return event.event === 'rehearsing-step' ? `step ${event.index + 1} of ${event.of}, on a copy` : null;
}
