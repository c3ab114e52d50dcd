/** Earlier and interrupted runs, and the steps of the chosen one. */
import { Box } from 'ink';
import { Line } from '../parts/line.tsx';
import { Pane, Rule, Split } from '../parts/pane.tsx';
import { layoutOf, scrolledTo } from '../state/layout.ts';
import type { RunsScreen, State } from '../state/state.ts';
import { runDetail, runLabel, runLine } from './runs-lines.ts';

export function Runs({ state, screen }: { readonly state: State; readonly screen: RunsScreen }) {
  const runs = screen.runs ?? [];
  const { list, detail, wide } = layoutOf(state, runs.length);
  const from = scrolledTo(screen.cursor, 0, list.rows, runs.length);
  return (
    <Split
      wide={wide}
      columns={list.columns}
      list={
        <>
          <Line line={[{ tone: 'strong', text: ' Runs of this repository, newest first' }]} />
          <Box flexDirection="column" height={list.rows} overflow="hidden">
            {runs.slice(from, from + list.rows).map((run, at) => {
              const chosen = from + at === screen.cursor;
              return (
                <Line
                  key={`${at}`}
                  line={runLine(run, chosen, list.columns, state.now)}
                  label={runLabel(run, chosen, state.now)}
                />
              );
            })}
          </Box>
        </>
      }
      detail={
        <>
          <Rule title="" columns={detail.columns} />
          <Pane lines={runDetail(state, screen)} rows={detail.rows} scroll={screen.scroll} />
        </>
      }
    />
  );
}
