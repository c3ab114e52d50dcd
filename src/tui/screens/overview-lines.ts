/** What the overview says: one line per migration, git's side beside the database's, and all about the chosen one. */
import type { Finding } from '../../domain/finding.ts';
import type { CommitInfo } from '../../domain/sighting.ts';
import { clean } from '../../messages/clean.ts';
import { describeFinding } from '../../messages/findings.ts';
import { age, commitLine } from '../../messages/words.ts';
import { fit } from '../look/fit.ts';
import type { Piece, ScreenLine, ScreenTone } from '../look/tones.ts';
import { labelled, paragraph } from '../look/wrapped.ts';
import { layoutOf } from '../state/layout.ts';
import { projectOf, rowOf } from '../state/overview.ts';
import type { State } from '../state/state.ts';
import { isWanting, type ProjectView, type RowView } from '../state/view.ts';

const LETTERS: Readonly<Record<RowView['state'], readonly [letter: string, tone: ScreenTone]>> = {
  applied: ['A', 'good'],
  pending: ['P', 'accent'],
  orphaned: ['O', 'bad'],
  failed: ['F', 'bad'],
  edited: ['E', 'notable'],
};

/** Cursor, letter, gap and link take these columns. */
const FIXED = 2 + 2 + 5;

/** Columns of git's side and of the database's side, and of the age where there is room. */
function columnsOf(
  columns: number,
  times: boolean,
): { readonly git: number; readonly database: number; readonly when: number } {
  const when = times && columns >= 90 ? 16 : 0;
  const left = Math.max(10, columns - FIXED - when);
  const git = Math.ceil(left / 2);
  return { git, database: left - git, when };
}

/** Does the history table keep times? Where it does not, their column is given to the names. */
export const keepsTimes = (state: State): boolean =>
  projectOf(state)?.rows.some(row => row.appliedAt !== null) ?? false;

/** The heading of the list. */
export function headingLine(state: State, columns: number): ScreenLine {
  const { git, database, when } = columnsOf(columns, keepsTimes(state));
  const at = state.view?.branch ?? 'this commit';
  const name = projectOf(state)?.databaseName ?? 'the database';
  return [
    { tone: 'faint', text: `    ${fit(`files on ${clean(at)}`, git)}     ${fit(`rows in ${name}`, database)}` },
    { tone: 'faint', text: fit(when === 0 ? '' : ' applied', when) },
  ];
}

/** One migration. Both sides stand in one line, joined where git and database agree; where they part, one side is empty. */
export function rowLine(row: RowView, chosen: boolean, columns: number, now: number, times: boolean): ScreenLine {
  const { git, database, when } = columnsOf(columns, times);
  const [letter, tone] = LETTERS[row.state];
  const here = row.path !== null;
  const file = here ? clean(row.path.slice(row.path.lastIndexOf('/') + 1)) : '';
  const link = here && row.inDatabase ? ' ━━━ ' : here ? ' ━╸  ' : '  ╺━ ';
  const body: ScreenTone = chosen ? 'cursor' : row.state === 'orphaned' || row.state === 'failed' ? tone : 'plain';
  const then = row.appliedAt === null ? '' : ` ${age(row.appliedAt, now)}`;
  return [
    { tone: chosen ? 'cursor' : 'plain', text: chosen ? '▸ ' : '  ' },
    { tone: chosen ? 'cursor' : tone, text: `${letter}${isWanting(row) && row.state !== 'orphaned' ? '!' : ' '}` },
    { tone: body, text: fit(here ? file : '·', git) },
    { tone: chosen ? 'cursor' : here && row.inDatabase ? 'faint' : tone, text: link },
    { tone: body, text: fit(row.inDatabase ? clean(row.id) : '·', database) },
    { tone: chosen ? 'cursor' : 'faint', text: fit(when === 0 ? '' : then, when) },
  ];
}

/** What a screen reader says for a row. */
export const rowLabel = (row: RowView, chosen: boolean): string =>
  `${chosen ? 'selected, ' : ''}${row.state}${isWanting(row) ? ', needs attention' : ''}: ${clean(row.id)}${row.path === null ? ', no file here' : ''}`;

/** All that is known about the chosen migration, broken to the width there is. */
export function detailLines(state: State): readonly ScreenLine[] {
  const { detail } = layoutOf(state);
  const width = detail.columns;
  const project = projectOf(state);
  const row = rowOf(state);
  if (project === undefined) return [];
  const general = project.general.flatMap(finding => findingLines(finding, state, width));
  if (row === undefined) return general;
  const own = row.findings.length === 0 ? quietLines(row, project, state.now, width) : [];
  return [
    ...row.findings.flatMap(finding => findingLines(finding, state, width)),
    ...own,
    ...(row.findings.length === 0 || row.state === 'orphaned' ? [] : addedLines(row, project, state.now, width)),
    ...general,
    ...(project.hazard !== null && row.state === 'orphaned'
      ? labelled('careful', clean(project.hazard), width, 'notable')
      : []),
  ];
}

/** One finding: its headline, its evidence, and what to do. */
function findingLines(finding: Finding, state: State, width: number): readonly ScreenLine[] {
  const words = describeFinding(finding, state.view?.branch ?? null, state.now);
  const next = words.next === null ? [] : words.next.split('\n');
  return [
    ...paragraph(words.headline, width, 'strong'),
    ...words.facts.flatMap(([label, text]) => labelled(label, text, width)),
    ...(finding.kind === 'orphaned' ? remedyLines(finding, width) : []),
    ...next.flatMap((command, index) => labelled(index === 0 ? 'next' : 'or', clean(command), width, 'accent')),
  ];
}

function remedyLines(finding: Extract<Finding, { kind: 'orphaned' }>, width: number): readonly ScreenLine[] {
  const others = finding.remedies.filter(remedy => remedy !== finding.remedy);
  const also = others.length === 0 ? '' : `   (or ${others.join(', ')}: x chooses)`;
  const first = finding.ignored
    ? 'ignored in this clone'
    : finding.remedy === 'ask'
      ? 'yours to choose'
      : finding.remedy;
  return labelled('remedy', `${first}${also}`, width, 'plain');
}

function quietLines(row: RowView, project: ProjectView, now: number, width: number): readonly ScreenLine[] {
  return [
    ...paragraph(`${clean(row.id)} is applied, and its file is here.`, width, 'strong'),
    ...(row.path === null ? [] : labelled('file', clean(row.path), width)),
    ...(row.appliedAt === null ? [] : labelled('applied', `${age(row.appliedAt, now)} (${row.appliedAt})`, width)),
    ...addedLines(row, project, now, width),
  ];
}

/** The commit that brought the file, and the last one that changed it. */
function addedLines(row: RowView, project: ProjectView, now: number, width: number): readonly ScreenLine[] {
  const story = project.sightings.get(row.id) ?? [];
  const commitOf = (change: readonly string[], oldest: boolean): CommitInfo | undefined => {
    const found = story.filter(sighting => change.includes(sighting.change));
    return project.commits.get((oldest ? found.at(-1) : found[0])?.commit ?? '');
  };
  const added = commitOf(['added', 'renamed'], true);
  const edited = commitOf(['edited', 'renamed'], false);
  return [
    ...(added === undefined ? [] : labelled('added', commitLine(added, now), width)),
    ...(edited === undefined || edited.oid === added?.oid ? [] : labelled('edited', commitLine(edited, now), width)),
  ];
}

/** A path as people write it: what lies in their own folder begins with `~`. */
const withTilde = (path: string, home: string | null): string =>
  home !== null && home !== '/' && (path === home || path.startsWith(`${home}/`))
    ? `~${path.slice(home.length)}`
    : path;

/** Pieces of the two header lines: where, and which database, with counts. */
export function headerLines(state: State): readonly [ScreenLine, ScreenLine] {
  const { view } = state;
  if (view === null) return [[{ tone: 'strong', text: ` ${clean(withTilde(state.directory, state.home))}` }], []];
  const at = view.branch ?? (view.head === null ? 'no commits yet' : `detached at ${view.head.slice(0, 10)}`);
  const middle = view.inTheMiddleOf === null ? '' : `, in the middle of a ${view.inTheMiddleOf}`;
  const project = projectOf(state);
  const gaps = view.gaps.length === 0 ? [] : [{ tone: 'notable' as const, text: `  ${view.gaps.join(', ')} clone` }];
  const first: ScreenLine = [
    { tone: 'strong', text: ` ${clean(withTilde(view.root, state.home))}` },
    { tone: 'plain', text: ' on ' },
    { tone: 'accent', text: clean(at) },
    { tone: 'notable', text: middle },
    ...gaps,
  ];
  if (project === undefined) return [first, []];
  if (project.failed !== null) return [first, [{ tone: 'bad', text: ` ${project.key}: ${project.failed.what}` }]];
  return [first, countsLine(project)];
}

function countsLine(project: ProjectView): ScreenLine {
  const { counts } = project;
  const orphans: Piece = { tone: counts.orphaned > 0 ? 'bad' : 'plain', text: `${counts.orphaned} orphaned` };
  return [
    { tone: 'plain', text: ` ${counts.applied} applied, ${counts.pending} pending, ` },
    orphans,
    { tone: 'plain', text: `   ${project.framework} in ` },
    { tone: 'accent', text: clean(project.database) },
    { tone: 'faint', text: ` (${clean(project.server)})` },
  ];
}
