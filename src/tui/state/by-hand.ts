/** A reversal written by hand on the plan screen: for which migration, and the plan with it. */
import type { MigrationId } from '../../domain/migration.ts';
import type { ByHand } from '../../operations/by-hand.ts';
import { noWish, rewished } from './answer.ts';
import type { Change } from './effects.ts';
import { planItems } from './plan.ts';
import { type State, top } from './state.ts';

/** The orphan that the line under the cursor is about; a sentence where there is none. */
function toWrite(state: State): { readonly id: MigrationId; readonly project: string } | string {
  const screen = top(state);
  const none = noWish(state);
  if (none !== null) return none;
  if (screen.name !== 'plan') return 'There is no plan here.';
  const project = state.view?.projects[screen.project];
  const item = planItems(project, screen)[screen.cursor];
  const id =
    item?.kind === 'finding'
      ? item.finding.migration
      : item?.kind === 'refusal'
        ? item.refusal.migration
        : item?.kind === 'step' && item.step.kind === 'reverse'
          ? item.step.migration
          : null;
  const isOrphan = project?.rows.some(row => row.id === id && row.findings.some(({ kind }) => kind === 'orphaned'));
  if (project === undefined || id === null || isOrphan !== true)
    return 'Only of an orphan a reversal is written by hand: move to its line.';
  const other = screen.wish.byHand?.migration ?? id;
  if (other !== id) return `One reversal of a plan can be written by hand, and that is ${other}’s.`;
  return { id, project: project.key };
}

export function cannotWrite(state: State): string | null {
  const found = toWrite(state);
  return typeof found === 'string' ? found : null;
}

export function write(state: State): Change<State> {
  const found = toWrite(state);
  return { state, effects: typeof found === 'string' ? [] : [{ do: 'write', ...found }] };
}

/** The plan with what was written. */
export function takeWritten(state: State, written: ByHand): Change<State> {
  const screen = top(state);
  if (screen.name !== 'plan') return { state, effects: [] };
  const choices = new Map(screen.choices).set(written.migration, 'reverse');
  return rewished(state, { ...screen, choices, wish: { ...screen.wish, byHand: written } });
}
