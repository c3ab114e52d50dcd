/** The help: every key of a screen, from the one key table. */
import type { Binding } from '../keys.ts';
import type { ScreenLine } from '../look/tones.ts';
import { labelled, paragraph } from '../look/wrapped.ts';
import type { Place } from '../state/state.ts';

/** How keys are written for people. */
const WRITTEN: Readonly<Record<string, string>> = {
  down: 'Down',
  up: 'Up',
  left: 'Left',
  right: 'Right',
  enter: 'Enter',
  esc: 'Esc',
  tab: 'Tab',
  'shift+tab': 'Shift-Tab',
  space: 'Space',
  backspace: 'Backspace',
  delete: 'Delete',
  home: 'Home',
  end: 'End',
  pagedown: 'PgDn',
  pageup: 'PgUp',
};

export const written = (key: string): string =>
  WRITTEN[key] ?? (key.startsWith('ctrl+') ? `Ctrl-${key.slice(5).toUpperCase()}` : key);

/** What each place is called. */
export const PLACE_TITLES: Readonly<Record<Place, string>> = {
  overview: 'Overview',
  filter: 'Typing a filter',
  story: 'Life story',
  plan: 'Plan',
  remedies: 'Choosing a remedy',
  confirm: 'Question',
  name: 'Typing the database’s name',
  run: 'Run under way',
  result: 'Result',
  runs: 'Runs',
  help: 'Help',
};

const LEGEND =
  'A applied   P pending   O orphaned: applied, and no file here   F failed   E edited   ! needs attention';

export function helpLines(bindings: readonly Binding[], of: Place, columns: number): readonly ScreenLine[] {
  const width = Math.max(1, columns - 2);
  const places: readonly Place[] = [of, ...(Object.keys(PLACE_TITLES) as Place[]).filter(place => place !== of)];
  return [
    ...(of === 'overview' || of === 'filter' ? [...paragraph(LEGEND, width), []] : []),
    ...places.flatMap(place => {
      const own = bindings.filter(({ where }) => where.includes(place));
      return own.length === 0
        ? []
        : [
            ...paragraph(PLACE_TITLES[place], width, 'strong'),
            ...own.flatMap(({ keys, says }) => labelled(keys.map(written).join(' '), says, width, 'plain', 20)),
            [],
          ];
    }),
  ];
}
