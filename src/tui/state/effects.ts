/** What the reducer wants done in the world, as data. `work.ts` does it and tells the outcome as events. */
import type { Remedy } from '../../domain/finding.ts';
import type { MigrationId } from '../../domain/migration.ts';
import type { Proof } from '../../domain/proof.ts';
import type { RunReport } from '../../domain/report.ts';
import type { RunId } from '../../domain/run.ts';
import type { Message } from '../../messages/problems.ts';
import type { ByHand } from '../../operations/by-hand.ts';
import type { PlanWish } from '../../operations/make-plan.ts';
import type { ProgressEvent } from '../../operations/progress.ts';
import type { ListedRun } from '../../operations/runs.ts';
import type { ListedStep } from './run.ts';
import type { PlannedView, Proving, StoryView } from './state.ts';
import type { RepositoryView } from './view.ts';

/** What is done after a run ended well, or instead of one: files brought back, orphans left alone. */
export interface Afterwards {
  readonly adopt: readonly MigrationId[];
  readonly ignore: readonly MigrationId[];
}

/** Migrations as typed on the command line, and the remedy that was asked for them. */
export interface Named {
  readonly typed: readonly string[];
  readonly remedy: Remedy | null;
}

export type Effect =
  /** `byItself`: because something moved underneath, and not because a person asked. */
  | { readonly do: 'load'; readonly byItself?: true }
  /** `project` null: the first project that `named` concerns, or that has something to do. */
  | {
      readonly do: 'plan';
      readonly project: string | null;
      readonly wish: PlanWish;
      readonly named: Named | null;
      /** The undoing of this run instead; the wish only tells which answer is whose. */
      readonly undo?: RunId;
    }
  /** Opens the draft of a reversal by hand in the user's editor. */
  | { readonly do: 'write'; readonly project: string; readonly id: MigrationId }
  /** Rehearses the plan with this id, as it was shown, instead of what is being rehearsed; null: nothing. */
  | { readonly do: 'rehearse'; readonly plan: string | null }
  | { readonly do: 'story'; readonly project: string; readonly id: MigrationId }
  /** Runs the plan with this id, as it was shown; null when only `afterwards` is to be done. */
  | {
      readonly do: 'run';
      readonly project: string;
      readonly planId: string | null;
      readonly afterwards: Afterwards;
      /** The database's name was typed out. */
      readonly named?: true;
    }
  | { readonly do: 'stop'; readonly hard: boolean }
  | { readonly do: 'runs' }
  | { readonly do: 'resume'; readonly run: string }
  /** Looks at what an abort would do, and asks. */
  | { readonly do: 'weigh-abort'; readonly run: string }
  | { readonly do: 'abort'; readonly run: string }
  /** A shell in a worktree with the code of this step. */
  | { readonly do: 'shell'; readonly run: string; readonly step: number }
  | { readonly do: 'suspend' }
  | { readonly do: 'quit'; readonly code: number };

export type Event =
  /** Keys by name (`j`, `down`, `ctrl+c`), in the order they came. */
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'pasted'; readonly text: string }
  | { readonly type: 'resized'; readonly columns: number; readonly rows: number }
  | { readonly type: 'ticked'; readonly now: number }
  | { readonly type: 'loading'; readonly what: string }
  | { readonly type: 'loaded'; readonly view: RepositoryView; readonly now: number }
  | { readonly type: 'load-failed'; readonly problem: Message }
  /** Something changed underneath; it is being read again. */
  | { readonly type: 'moved'; readonly what: string }
  /** `asked` is the wish that was sent, `wish` the same with the ids it names; `project` is null when there is nothing to plan. */
  | {
      readonly type: 'planned';
      readonly asked: PlanWish;
      readonly project: string | null;
      readonly wish: PlanWish;
      readonly planned: PlannedView;
    }
  | { readonly type: 'plan-failed'; readonly asked: PlanWish; readonly problem: Message }
  /** `plan` is the id before the rehearsal, `planned` the plan with how its rehearsal stands. */
  | { readonly type: 'rehearsed'; readonly plan: string; readonly planned: PlannedView }
  /** A person has written a reversal. */
  | { readonly type: 'written'; readonly written: ByHand }
  | { readonly type: 'story'; readonly id: MigrationId; readonly story: StoryView }
  | { readonly type: 'run-began'; readonly title: string; readonly steps: readonly ListedStep[]; readonly now: number }
  | { readonly type: 'progress'; readonly progress: ProgressEvent; readonly now: number }
  /** `proving`: the schema that it left is compared now, see `proved`. */
  | {
      readonly type: 'run-ended';
      readonly report: RunReport | null;
      readonly said: Message | null;
      readonly proving?: Proving;
    }
  /** `because`: a sentence. */
  | { readonly type: 'proved'; readonly run: RunId; readonly proof: Proof }
  | { readonly type: 'not-proved'; readonly run: RunId; readonly because: string }
  | { readonly type: 'runs'; readonly runs: readonly ListedRun[] }
  | {
      readonly type: 'abort-weighed';
      readonly run: string;
      readonly database: string;
      readonly began: string;
      readonly changed: boolean;
      readonly backup: string | null;
    }
  | { readonly type: 'said'; readonly text: string }
  /** A signal, and the exit code that tells it: 130 for SIGINT, which Ctrl-C is until the terminal is raw, else 143. */
  | { readonly type: 'asked-to-end'; readonly code: number };

/** What an event makes of a state. */
export interface Change<S> {
  readonly state: S;
  readonly effects: readonly Effect[];
}
