/** The one state value of the terminal UI: everything on the screen is a function of it. */

import type { Remedy } from '../../domain/finding.ts';
import type { MigrationId } from '../../domain/migration.ts';
import type { Plan, Refusal } from '../../domain/plan.ts';
import type { RunReport } from '../../domain/report.ts';
import type { RunId } from '../../domain/run.ts';
import type { Oid } from '../../domain/sighting.ts';
import type { Message } from '../../messages/problems.ts';
import type { PlanWish } from '../../operations/make-plan.ts';
import type { ListedRun } from '../../operations/runs.ts';
import type { CodeLine } from '../look/tones.ts';
import type { Effect, Named } from './effects.ts';
import type { RepositoryView } from './view.ts';

/** How the list of one project stands. */
export interface ListState {
  /** Indices of the project's rows that the filter lets through. */
  readonly shown: readonly number[];
  /** Index into `shown`. */
  readonly cursor: number;
  /** First index of `shown` on the screen. */
  readonly top: number;
  readonly filter: string;
  readonly onlyFindings: boolean;
}

/** What a person can choose for one orphan; `leave` keeps it out of this plan. */
export type Choice = Exclude<Remedy, 'ask' | 'apply'> | 'leave';

/** How the rehearsal of a plan stands that is not done. */
export type Rehearsing =
  /** `began`: milliseconds since 1970. */
  | { readonly is: 'under-way'; readonly doing: string; readonly began: number }
  /** `because`: a sentence. The plan can be run all the same. */
  | { readonly is: 'left-out'; readonly because: string }
  /** Nothing can be run before it was tried again. */
  | { readonly is: 'broken'; readonly problem: Message };

/** A plan as it is shown. */
export interface PlannedView {
  readonly plan: Plan | null;
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
  /** Folder the backup goes to, absolute; null when the plan changes history rows only and needs none. */
  readonly backupFolder: string | null;
  /** Why the database's name must be typed out, as sentences. Missing: it need not be. */
  readonly doubts?: readonly string[];
  /** Missing: it takes none, or it is done, and the plan holds what it showed. */
  readonly rehearsing?: Rehearsing;
}

/** One version of a migration's file. */
export interface Version {
  /** `3f2a1bc deleted`, `on disk`. */
  readonly title: string;
  readonly by: string;
  readonly path: string;
  readonly blob: Oid;
  /** Branches, remote branches and tags whose tip holds this version. */
  readonly refs: readonly string[];
  /** True for the version that a reversal would use. */
  readonly applied: boolean;
}

/** All versions of one migration, oldest first, and their texts by blob. */
export interface StoryView {
  readonly versions: readonly Version[];
  readonly texts: ReadonlyMap<Oid, readonly CodeLine[]>;
}

type OverviewScreen = { readonly name: 'overview' };

export interface StoryScreen {
  readonly name: 'story';
  readonly project: number;
  readonly id: MigrationId;
  readonly story: StoryView | null;
  readonly cursor: number;
  /** The other side of a diff; null to show the text. */
  readonly against: number | null;
  readonly scroll: number;
}

export interface PlanScreen {
  readonly name: 'plan';
  readonly project: number;
  readonly wish: PlanWish;
  /** The run that the plan undoes. Missing: it undoes none. */
  readonly undo?: RunId;
  /** An orphan that was asked for: it is among the items, though it asks for nothing. */
  readonly about: MigrationId | null;
  /** What was chosen by hand, by orphan. */
  readonly choices: ReadonlyMap<MigrationId, Choice>;
  /** The wish that was last sent to be planned, by which its answer is known. */
  readonly asked: PlanWish;
  /** True until that answer is there; meanwhile `planned` is of the wish before. */
  readonly planning: boolean;
  readonly planned: PlannedView | null;
  readonly problem: Message | null;
  /** Index into the items of the plan. */
  readonly cursor: number;
  readonly scroll: number;
  /** Index into the remedies while one is being chosen. */
  readonly menu: number | null;
}

/** One thing to know before answering. */
export interface Fact {
  readonly label: string;
  readonly text: string;
  readonly tone?: 'bad';
}

export interface ConfirmScreen {
  readonly name: 'confirm';
  readonly title: string;
  readonly facts: readonly Fact[];
  /** What must be typed first; null when a plain yes is enough. */
  readonly mustType: string | null;
  readonly typed: string;
  readonly choice: 'no' | 'yes';
  readonly yes: string;
  /** What a yes does. */
  readonly doing: Effect;
  /** Why a yes is not taken yet, as a sentence. Missing: it is. */
  readonly waits?: string;
  readonly scroll: number;
}

/** How the proof of a run's schema stands that is not in its report. */
export type Proving =
  /** `began`: milliseconds since 1970. */
  { readonly is: 'under-way'; readonly began: number } | { readonly is: 'impossible'; readonly because: string };

export interface ResultScreen {
  readonly name: 'result';
  readonly report: RunReport | null;
  /** Missing: none is wanted, or the report holds what it found. */
  readonly proving?: Proving;
  /** What else happened: problems, files adopted, runs aborted. */
  readonly said: Message | null;
  readonly scroll: number;
}

export interface RunsScreen {
  readonly name: 'runs';
  readonly runs: readonly ListedRun[] | null;
  readonly cursor: number;
  readonly scroll: number;
}

interface HelpScreen {
  readonly name: 'help';
  /** The screen it was asked on. */
  readonly of: Place;
  readonly scroll: number;
}

type RunScreen = { readonly name: 'run' };

export type Screen =
  | OverviewScreen
  | StoryScreen
  | PlanScreen
  | ConfirmScreen
  | RunScreen
  | ResultScreen
  | RunsScreen
  | HelpScreen;

/** Where a key is pressed: a screen, or a part of one that takes keys for itself. */
export type Place = Screen['name'] | 'filter' | 'name' | 'remedies';

/** One step of the run under way. */
export interface RunningStep {
  readonly title: string;
  readonly state: 'waiting' | 'running' | 'done';
  /** Milliseconds since 1970. */
  readonly began: number | null;
  readonly milliseconds: number | null;
  readonly notes: readonly string[];
}

/** The run under way. */
export interface RunView {
  readonly title: string;
  readonly run: string | null;
  readonly began: number;
  /** What is going on between the steps: `backing up`, `waiting for …`. */
  readonly doing: string;
  readonly steps: readonly RunningStep[];
  /** The last lines of output, cleaned. */
  readonly output: readonly string[];
  readonly stopping: 'no' | 'soft' | 'hard';
}

export interface State {
  readonly size: { readonly columns: number; readonly rows: number };
  /** Milliseconds since 1970, as of the last event that told. */
  readonly now: number;
  /** Folder the user stands in. */
  readonly directory: string;
  /** The user's own folder, written `~`; null when it is not known. */
  readonly home: string | null;
  readonly view: RepositoryView | null;
  /** What is being read right now; null when nothing is. */
  readonly loading: string | null;
  /** Why the last reading failed. */
  readonly problem: Message | null;
  /** Index of the project on the screen. */
  readonly tab: number;
  readonly lists: readonly ListState[];
  /** First visible line of what the overview says about the chosen migration. */
  readonly scroll: number;
  /** The last one is on the screen; the first is the overview. */
  readonly screens: readonly [Screen, ...Screen[]];
  /** Is the filter being typed? */
  readonly filtering: boolean;
  readonly run: RunView | null;
  /** The exit code with which it was asked from outside to end, while a run was under way; null while it was not. */
  readonly leaving: number | null;
  /** One line said at the bottom until the next key. */
  readonly notice: string | null;
  /** Reports of finished runs, for the normal screen afterwards. */
  readonly reports: readonly RunReport[];
  /** What to open once the first reading is there. */
  readonly opening: Opening;
}

/** Where the terminal UI opens. */
export type Opening =
  | { readonly at: 'overview' }
  /** At the plan of the first project that is concerned. */
  | { readonly at: 'plan'; readonly wish: PlanWish; readonly named: Named | null };

/** The screen that is shown. */
export const top = (state: State): Screen => state.screens[state.screens.length - 1] ?? state.screens[0];

/** Where keys go right now. */
export function placeOf(state: State): Place {
  const screen = top(state);
  if (screen.name === 'overview' && state.filtering) return 'filter';
  if (screen.name === 'plan' && screen.menu !== null) return 'remedies';
  if (screen.name === 'confirm' && screen.mustType !== null) return 'name';
  return screen.name;
}

/** The same state with another screen on top of the stack. */
export function withTop(state: State, screen: Screen): State {
  const [first, ...rest] = state.screens;
  return { ...state, screens: rest.length === 0 ? [screen] : [first, ...rest.slice(0, -1), screen] };
}

/** One screen more. */
export const pushed = (state: State, screen: Screen): State => ({ ...state, screens: [...state.screens, screen] });

/** One screen back; the overview stays. */
export function popped(state: State): State {
  const [first, ...rest] = state.screens;
  return { ...state, screens: [first, ...rest.slice(0, -1)] };
}
