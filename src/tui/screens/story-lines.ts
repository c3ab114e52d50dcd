/** What the life story says: one line per version, and below it the text of the chosen one or a diff. */
import { diffLines } from 'diff';
import { fit } from '../look/fit.ts';
import type { CodeLine, ScreenLine } from '../look/tones.ts';
import { paragraph, wrappedLine } from '../look/wrapped.ts';
import { layoutOf } from '../state/layout.ts';
import type { State, StoryScreen, Version } from '../state/state.ts';

/** One version. `*` marks the other side of a diff. */
export function versionLine(version: Version, chosen: boolean, marked: boolean, columns: number): ScreenLine {
  const applied = version.applied ? 'applied  ' : '         ';
  const title = fit(`${version.title}`, 24);
  return [
    { tone: chosen ? 'cursor' : 'plain', text: chosen ? '▸ ' : '  ' },
    { tone: chosen ? 'cursor' : 'accent', text: marked ? '* ' : '  ' },
    { tone: chosen ? 'cursor' : 'strong', text: title },
    { tone: chosen ? 'cursor' : 'bad', text: applied },
    { tone: chosen ? 'cursor' : 'plain', text: fit(`${version.by}  ${version.path}`, Math.max(0, columns - 37)) },
  ];
}

/** What a screen reader says for a version. */
export const versionLabel = (version: Version, chosen: boolean, marked: boolean): string =>
  `${chosen ? 'selected, ' : ''}${marked ? 'marked, ' : ''}${version.title}${version.applied ? ', the applied version' : ''}, ${version.by}, ${version.path}`;

/** The heading of the text: which version, or which two. */
export function textHeading({ story, cursor, against }: StoryScreen): string {
  const version = story?.versions[cursor];
  if (version === undefined) return '';
  const other = against === null ? undefined : story?.versions[against];
  if (other !== undefined) return `diff, from ${other.title} to ${version.title}`;
  const [first, second] = version.refs;
  const more = version.refs.length > 2 ? ` and ${version.refs.length - 2} more` : '';
  const tips = first === undefined ? '' : `, now on ${second === undefined ? first : `${first}, ${second}`}${more}`;
  return `text, ${version.title}${tips}`;
}

/** The text of the chosen version with line numbers, or what differs between two. */
export function storyText(state: State, screen: StoryScreen): readonly ScreenLine[] {
  const { story, cursor, against } = screen;
  const width = layoutOf(state).detail.columns;
  if (story === null) return [];
  const version = story.versions[cursor];
  if (version === undefined) return paragraph('Git has never seen a file of it, and there is none on disk.', width);
  const code = story.texts.get(version.blob);
  if (code === undefined) return paragraph('Its text is not in this clone.', width);
  const other = against === null ? undefined : story.versions[against];
  if (other === undefined) return numbered(code, width);
  const old = story.texts.get(other.blob);
  return old === undefined
    ? paragraph('The other text is not in this clone.', width)
    : diffOf(old, code, width).flatMap(line => wrappedLine(line, width));
}

/** With line numbers; what a long line goes on with has none. */
const numbered = (code: readonly CodeLine[], width: number): readonly ScreenLine[] => {
  const digits = String(code.length).length;
  return code.flatMap((line, index) =>
    wrappedLine(line, Math.max(1, width - digits - 2)).map((part, at): ScreenLine => {
      const number = at === 0 ? String(index + 1) : '';
      return [{ tone: 'faint', text: `${number.padStart(digits)}  ` }, ...part];
    }),
  );
};

const textOf = (lines: readonly CodeLine[]): string =>
  lines.map(line => `${line.map(piece => piece.text).join('')}\n`).join('');

/** Lines of both versions: `-` only in the old one, `+` only in the new one. What is the same keeps its colours. */
function diffOf(old: readonly CodeLine[], now: readonly CodeLine[], width: number): readonly ScreenLine[] {
  const changes = diffLines(textOf(old), textOf(now));
  if (changes.every(change => !change.added && !change.removed))
    return paragraph('Both versions have the same text.', width, 'faint');
  let at = 0;
  return changes.flatMap(change => {
    const lines = change.value.replace(/\n$/, '').split('\n');
    if (change.removed) return lines.map((text): ScreenLine => [{ tone: 'removed', text: `- ${text}` }]);
    const from = at;
    at += lines.length;
    if (change.added) return lines.map((text): ScreenLine => [{ tone: 'added', text: `+ ${text}` }]);
    return now.slice(from, from + lines.length).map((line): ScreenLine => [{ tone: 'plain', text: '  ' }, ...line]);
  });
}
