/** The life story of one migration: its versions, and the text of one or the difference of two. */
import { Box } from 'ink';
import { clean } from '../../messages/clean.ts';
import { Line } from '../parts/line.tsx';
import { Pane, Rule, Split } from '../parts/pane.tsx';
import { layoutOf, scrolledTo } from '../state/layout.ts';
import type { State, StoryScreen } from '../state/state.ts';
import { storyText, textHeading, versionLabel, versionLine } from './story-lines.ts';

export function Story({ state, screen }: { readonly state: State; readonly screen: StoryScreen }) {
  const versions = screen.story?.versions ?? [];
  const { list, detail, wide } = layoutOf(state, versions.length);
  const from = scrolledTo(screen.cursor, 0, list.rows, versions.length);
  const reading = screen.story === null ? '  reading its versions …' : '';
  return (
    <Split
      wide={wide}
      columns={list.columns}
      list={
        <>
          <Line
            line={[
              { tone: 'strong', text: ` ${clean(screen.id)}` },
              { tone: 'faint', text: reading },
            ]}
          />
          <Box flexDirection="column" height={list.rows} overflow="hidden">
            {versions.slice(from, from + list.rows).map((version, at) => {
              const chosen = from + at === screen.cursor;
              const marked = from + at === screen.against;
              return (
                <Line
                  key={`${at}`}
                  line={versionLine(version, chosen, marked, list.columns)}
                  label={versionLabel(version, chosen, marked)}
                />
              );
            })}
          </Box>
        </>
      }
      detail={
        <>
          <Rule title={textHeading(screen)} columns={detail.columns} />
          <Pane lines={storyText(state, screen)} rows={detail.rows} scroll={screen.scroll} />
        </>
      }
    />
  );
}
