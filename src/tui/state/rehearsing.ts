/** The rehearsal of the plan on the screen: which plan is to be rehearsed, and what its progress and its end make of the screens. */
import { unannouncedIn } from '../../domain/rehearsal.ts';
import { clean } from '../../messages/clean.ts';
import type { Event } from './effects.ts';
import { confirmationOf } from './plan.ts';
import { type ConfirmScreen, type PlannedView, type PlanScreen, type Screen, type State, top } from './state.ts';

/** Id of the plan that is to be rehearsed now; null when none is. */
export function toRehearse({ screens }: State): string | null {
  const screen = screens.findLast(each => each.name === 'plan');
  return screen?.planned?.rehearsing?.is === 'under-way' ? (screen.planned.plan?.id ?? null) : null;
}

/** The same without a rehearsal that is under way: another plan is wished for. */
export function withoutRehearsing(planned: PlannedView | null): PlannedView | null {
  if (planned?.rehearsing === undefined) return planned;
  const { rehearsing: _, ...rest } = planned;
  return rest;
}

/** Why the plan on the screen cannot be run after its rehearsal, as sentences; null when it can. */
export function badlyRehearsed(planned: PlannedView | null): string | null {
  if (planned?.rehearsing?.is === 'broken') return planned.rehearsing.problem.what;
  const failed = planned?.plan?.rehearsal?.failed ?? null;
  return failed === null
    ? null
    : `Step ${failed.step + 1} failed in the rehearsal, so it is not run: see the lines above.`;
}

/** How the rehearsal goes or went, on the plan it belongs to and on the question about it. */
export function rehearsalTold(state: State, event: Extract<Event, { type: 'rehearsed' }>): State {
  const at = state.screens.findLastIndex(screen => screen.name === 'plan' && screen.planned?.plan?.id === event.plan);
  const screen = state.screens[at];
  if (screen?.name !== 'plan') return state;
  const told: PlanScreen = { ...screen, planned: event.planned };
  const above = state.screens[at + 1];
  const asked = above?.name === 'confirm' && above.doing.do === 'run' ? askedAgain(state, told, above) : above;
  const screens: readonly Screen[] = [
    ...state.screens.slice(0, at),
    told,
    ...(asked === undefined ? [] : [asked]),
    ...state.screens.slice(at + 2),
  ];
  const [first, ...rest] = screens;
  const next: State = first === undefined ? state : { ...state, screens: [first, ...rest] };
  return { ...next, notice: noticeOf(state, event, above !== undefined && asked === undefined) };
}

/** The question with what the rehearsal told. What was typed stays while it is about the same plan; a plan that cannot be run is not asked about. */
function askedAgain(state: State, screen: PlanScreen, before: ConfirmScreen): ConfirmScreen | undefined {
  if (badlyRehearsed(screen.planned) !== null) return undefined;
  const now = confirmationOf(state, screen);
  if (now.title !== before.title || now.mustType !== before.mustType) return now;
  const { typed, choice, scroll } = before;
  return { ...now, typed, choice, scroll };
}

function noticeOf(
  state: State,
  { plan, planned }: Extract<Event, { type: 'rehearsed' }>,
  closed: boolean,
): string | null {
  if (closed) return badlyRehearsed(planned);
  const { rehearsal, id } = planned.plan ?? {};
  if (rehearsal === undefined || id === plan || top(state).name !== 'confirm') return state.notice;
  return `The rehearsal destroyed more than the text says: ${unannouncedIn(rehearsal).map(clean).join(', ')}.`;
}
