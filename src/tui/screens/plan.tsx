/** The plan: orphans with their remedies, the steps in order, what is refused, and all about the chosen line. */
import { Box } from 'ink';
import { Line } from '../parts/line.tsx';
import { Pane, Rule, Split } from '../parts/pane.tsx';
import { layoutOf, scrolledTo } from '../state/layout.ts';
import { planItems } from '../state/plan.ts';
import type { PlanScreen, State } from '../state/state.ts';
import { itemLabel, itemLine, menuLabel, menuLines, planDetail, planHeading } from './plan-lines.ts';

export function PlanView({ state, screen }: { readonly state: State; readonly screen: PlanScreen }) {
  const items = planItems(state.view?.projects[screen.project], screen);
  const { list, detail, wide } = layoutOf(state, items.length);
  const from = scrolledTo(screen.cursor, 0, list.rows, items.length);
  const menu = screen.menu === null ? null : menuLines(items[screen.cursor], screen.menu, detail.columns);
  return (
    <Split
      wide={wide}
      columns={list.columns}
      list={
        <>
          <Line line={planHeading(screen)} />
          <Box flexDirection="column" height={list.rows} overflow="hidden">
            {items.slice(from, from + list.rows).map((item, at) => {
              const chosen = from + at === screen.cursor;
              return (
                <Line
                  key={`${at}`}
                  line={itemLine(item, chosen, list.columns, state.now)}
                  label={itemLabel(item, chosen, state.now)}
                />
              );
            })}
          </Box>
        </>
      }
      detail={
        menu === null ? (
          <>
            <Rule title={commandOf(screen)} columns={detail.columns} />
            <Pane lines={planDetail(state, screen)} rows={detail.rows} scroll={screen.scroll} />
          </>
        ) : (
          <>
            <Rule title="remedies" columns={detail.columns} />
            <Box flexDirection="column" height={detail.rows} overflow="hidden">
              {menu.map((line, at) => (
                <Line key={`${at}`} line={line} label={menuLabel(items[screen.cursor], at, at === screen.menu)} />
              ))}
            </Box>
          </>
        )
      }
    />
  );
}

/** The same on the command line. */
function commandOf({ planned, undo, wish }: PlanScreen): string {
  // What was written by hand is no part of that command.
  if (planned?.plan == null || wish.byHand != null) return '';
  const command = undo === undefined ? 'reconcile' : `undo ${undo}`;
  return `tidemark ${command} --confirm ${planned.plan.id}`;
}
