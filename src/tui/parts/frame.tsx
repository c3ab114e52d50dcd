/** What stands around every screen: where we are, the projects as tabs, the notice, and the keys of this place. */

import stringWidth from 'string-width';
import { clean } from '../../messages/clean.ts';
import { BINDINGS } from '../keys.ts';
import { fit } from '../look/fit.ts';
import type { Piece, ScreenLine } from '../look/tones.ts';
import { written } from '../screens/help-lines.ts';
import { headerLines } from '../screens/overview-lines.ts';
import { layoutOf } from '../state/layout.ts';
import { listOf } from '../state/overview.ts';
import { placeOf, type State, top } from '../state/state.ts';
import { Line } from './line.tsx';

export function Header({ state }: { readonly state: State }) {
  const [first, second] = headerLines(state);
  return (
    <>
      <Line line={first} />
      <Line line={second} />
      {layoutOf(state).tabs ? <Line line={tabsLine(state)} /> : null}
    </>
  );
}

/** Projects side by side; the one on the screen is in brackets, those with findings have their number. */
function tabsLine(state: State): ScreenLine {
  return (state.view?.projects ?? []).flatMap((project, index): Piece[] => {
    const wanting = project.failed === null ? (project.wanting === 0 ? '' : ` ${project.wanting}`) : ' !';
    const name = `${clean(project.key)}${wanting}`;
    return index === state.tab
      ? [{ tone: 'strong', text: ` [${name}]` }]
      : [{ tone: wanting === '' ? 'faint' : 'notable', text: `  ${name} ` }];
  });
}

export function Footer({ state }: { readonly state: State }) {
  const keys = keysLine(state);
  return (
    <>
      <Line line={noticeLine(state)} />
      <Line
        line={keys}
        label={keys
          .map(piece => piece.text)
          .join('')
          .trim()}
      />
    </>
  );
}

/** What is being typed, what was just said, or what is going on. */
function noticeLine(state: State): ScreenLine {
  const screen = top(state);
  if (state.notice !== null) return [{ tone: 'notable', text: ` ${clean(state.notice)}` }];
  const { filter, onlyFindings } = listOf(state);
  if (state.filtering)
    return [
      { tone: 'accent', text: ` /${clean(filter)}` },
      { tone: 'cursor', text: ' ' },
    ];
  if (state.loading !== null) return [{ tone: 'faint', text: ` ${state.loading} …` }];
  if (screen.name === 'overview' && (filter !== '' || onlyFindings)) {
    const what = [onlyFindings ? 'only findings' : '', filter === '' ? '' : `/${clean(filter)}`].filter(Boolean);
    return [
      { tone: 'accent', text: ` ${what.join(', ')}` },
      { tone: 'faint', text: '   (Esc shows all)' },
    ];
  }
  const unfinished = state.view?.unfinished ?? null;
  if (screen.name !== 'overview' || unfinished === null) return [];
  return [{ tone: 'bad', text: ` Run ${unfinished} is unfinished: R shows it, to be resumed or aborted.` }];
}

/** The keys of this place, as many as there is room for; `?` always. */
function keysLine(state: State): ScreenLine {
  const place = placeOf(state);
  const bindings = BINDINGS.filter(
    ({ inFooter, where, disabledBecause }) =>
      inFooter && where.includes(place) && (disabledBecause?.(state) ?? null) === null,
  );
  const pieces = bindings.map(({ keys, says }): readonly Piece[] => [
    { tone: 'accent', text: ` ${written(keys[0] ?? '')}` },
    { tone: 'faint', text: ` ${says} ` },
  ]);
  const last = pieces.findIndex((_, index) => bindings[index]?.keys[0] === '?');
  const help = pieces[last] ?? [];
  const widthOf = (all: readonly Piece[]) => all.reduce((sum, piece) => sum + stringWidth(piece.text), 0);
  let left = state.size.columns - widthOf(help);
  const shown = pieces.filter((entry, index) => {
    if (index === last) return false;
    left -= widthOf(entry);
    return left >= 0;
  });
  const line = [...shown.flat(), ...help];
  return [...line, { tone: 'plain', text: fit('', Math.max(0, state.size.columns - widthOf(line))) }];
}
