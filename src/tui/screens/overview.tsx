/** The overview: where git and the database part, and all about the chosen migration. */
import { Box } from 'ink';
import { Line } from '../parts/line.tsx';
import { Pane, Rule, Split } from '../parts/pane.tsx';
import { layoutOf } from '../state/layout.ts';
import { listOf, projectOf, rowOf } from '../state/overview.ts';
import type { State } from '../state/state.ts';
import { messageLines } from './message-lines.ts';
import { detailLines, headingLine, keepsTimes, rowLabel, rowLine } from './overview-lines.ts';

export function Overview({ state }: { readonly state: State }) {
  const layout = layoutOf(state, listOf(state).shown.length);
  const { columns } = state.size;
  const project = projectOf(state);
  const problem = state.view === null ? state.problem : (state.problem ?? project?.failed ?? null);
  if (problem !== null) return <Pane lines={[[], ...messageLines(problem, columns - 2)]} rows={layout.body} />;
  if (project === undefined) return <Pane lines={[]} rows={layout.body} />;
  const { shown, top, cursor } = listOf(state);
  const { list, detail, wide } = layout;
  const rows = shown.slice(top, top + list.rows);
  const chosen = rowOf(state);
  const times = keepsTimes(state);
  return (
    <Split
      wide={wide}
      columns={list.columns}
      list={
        <>
          <Line hidden line={headingLine(state, list.columns)} />
          <Box flexDirection="column" height={list.rows} overflow="hidden">
            {rows.map((index, at) => {
              const row = project.rows[index];
              if (row === undefined) return null;
              const isChosen = top + at === cursor;
              return (
                <Line
                  key={`${at}`}
                  line={rowLine(row, isChosen, list.columns, state.now, times)}
                  label={rowLabel(row, isChosen)}
                />
              );
            })}
          </Box>
        </>
      }
      detail={
        <>
          <Rule title={chosen === undefined ? nothingShown(project.rows.length) : ''} columns={detail.columns} />
          <Pane lines={detailLines(state)} rows={detail.rows} scroll={state.scroll} />
        </>
      }
    />
  );
}

const nothingShown = (all: number): string => (all === 0 ? 'no migrations yet' : 'the filter shows nothing');
