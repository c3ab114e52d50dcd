/** The life story of one migration: which versions are compared. */
import type { Change } from './effects.ts';
import { type State, type StoryScreen, top, withTop } from './state.ts';

/** What is asked for: the version before, the one that was marked, the applied one against the file on disk, or no diff. */
export type Comparison = 'before' | 'marked' | 'disk' | 'text';

const DISK = 'on disk';

/** Indices of the two sides for a comparison; a sentence when it cannot be made. */
function sides(
  { story, cursor, against }: StoryScreen,
  asked: Comparison,
): { cursor: number; against: number | null } | string {
  if (story === null) return 'The story is still being read.';
  const { versions } = story;
  if (asked === 'text') return { cursor, against: null };
  if (asked === 'before') return cursor === 0 ? 'This is the first version.' : { cursor, against: cursor - 1 };
  if (asked === 'marked') {
    if (versions.length < 2) return 'There is only one version.';
    return { cursor, against: against === cursor ? null : cursor };
  }
  const applied = versions.findLastIndex(version => version.applied);
  const disk = versions.findIndex(version => version.title === DISK);
  if (disk === -1) return 'It has no file on disk.';
  if (applied === -1) return 'Which version was applied is not known.';
  return { cursor: disk, against: applied };
}

const storyOn = (state: State): StoryScreen | null => {
  const screen = top(state);
  return screen.name === 'story' ? screen : null;
};

/** Why a comparison cannot be made; null when it can. */
export const noVersions =
  (asked: Comparison) =>
  (state: State): string | null => {
    const screen = storyOn(state);
    const found = screen === null ? 'There is no story here.' : sides(screen, asked);
    return typeof found === 'string' ? found : null;
  };

/** Shows a comparison: its two sides, or the text alone. */
export const compareVersions =
  (asked: Comparison) =>
  (state: State): Change<State> => {
    const screen = storyOn(state);
    const found = screen === null ? '' : sides(screen, asked);
    if (screen === null || typeof found === 'string') return { state, effects: [] };
    return { state: withTop(state, { ...screen, ...found, scroll: 0 }), effects: [] };
  };
