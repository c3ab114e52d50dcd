/** Reads a goose file as goose does: internal/sqlparser/parser.go of v3.27.3, held against the binary in its recipe test. */
import { hasStatements, isMark, sqlText } from '../sql-text.ts';

/** One direction of a file. */
interface GooseSection {
  /** Its statements as one script; empty where it has none. */
  readonly sql: string;
  /** Does `ENVSUB ON` put values of the environment into it? Nobody knows which they were. */
  readonly fromEnvironment: boolean;
}

/** What a file holds, or why goose would not take it. */
export type GooseFile =
  | {
      readonly kind: 'sections';
      readonly up: GooseSection;
      /** null where the file has no "-- +goose Down" line. */
      readonly down: GooseSection | null;
      /** False where the file says `NO TRANSACTION`, which counts for both directions. */
      readonly inTransaction: boolean;
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

const UP_LINE = /(?<![^\n])--(?:(?!\+goose)[^\n]){0,40}\+goose[ \t]+up[ \t\r]*(?![^\n])/i;

/** Does a text have goose's mark? */
export const hasMark = (text: string): boolean => UP_LINE.test(text);

const ANNOTATIONS = [
  'up',
  'down',
  'statementbegin',
  'statementend',
  'no transaction',
  'envsub on',
  'envsub off',
] as const;

type Annotation = (typeof ANNOTATIONS)[number];

/** Where in a file a line stands. */
type State = 'start' | 'up' | 'in-up' | 'down' | 'in-down';

/** The word of a line that speaks to goose; null for a line that does not. */
function annotationOf(line: string): Annotation | { readonly wrong: string } | null {
  if (!line.includes('+goose') || !/^\s*--/.test(line)) return null;
  if (/^[ \t]/.test(line)) return { wrong: `its line "${shown(line)}" begins with a blank` };
  const word = line.replaceAll('--', '').replace('+goose', '').trim().toLowerCase();
  return ANNOTATIONS.find(each => each === word) ?? { wrong: `goose does not know its line "${shown(line)}"` };
}

/** Reads the sections of a file. */
export function parseGooseFile(text: string): GooseFile {
  const up = newSection();
  const down = newSection();
  let state: State = 'start';
  let hasDown = false;
  let inTransaction = true;
  let substitutes = false;
  for (const line of text.split(/\r?\n/)) {
    const annotation = annotationOf(line);
    if (annotation === null) {
      const wrong = readLine(line, state, state === 'down' || state === 'in-down' ? down : up, substitutes);
      if (wrong !== null) return { kind: 'unreadable', reason: wrong };
      continue;
    }
    if (typeof annotation !== 'string') return { kind: 'unreadable', reason: annotation.wrong };
    if (annotation === 'no transaction') inTransaction = false;
    else if (annotation.startsWith('envsub')) substitutes = annotation === 'envsub on';
    else {
      if (annotation === 'down' && state === 'up' && up.open.some(isNotBlank)) return unfinished(up);
      const next: State | undefined = NEXT[state][annotation];
      if (next === undefined) return { kind: 'unreadable', reason: misplaced(annotation, state) };
      if (annotation === 'statementend') close(state === 'in-up' ? up : down);
      if (next === 'down') hasDown = true;
      state = next;
    }
  }
  if (state === 'start') return { kind: 'unreadable', reason: 'it has no "-- +goose Up" line' };
  if (state === 'in-up' || state === 'in-down') {
    return {
      kind: 'unreadable',
      reason: 'it has no "-- +goose StatementEnd" line after its "-- +goose StatementBegin" line',
    };
  }
  const last = state === 'up' ? up : down;
  if (last.open.some(isNotBlank)) return unfinished(last);
  return { kind: 'sections', up: sectionOf(up), down: hasDown ? sectionOf(down) : null, inTransaction };
}

/** Which state an annotation leads to; those left out are goose's errors. */
const NEXT: Readonly<Record<State, { readonly [Each in Annotation]?: State }>> = {
  start: { up: 'up' },
  up: { down: 'down', statementbegin: 'in-up' },
  'in-up': { statementend: 'up' },
  down: { statementbegin: 'in-down' },
  'in-down': { statementend: 'down' },
};

/** A section while it is read. */
interface Reading {
  readonly statements: string[];
  /** Lines of the statement that has no end yet. */
  open: string[];
  fromEnvironment: boolean;
}

const newSection = (): Reading => ({ statements: [], open: [], fromEnvironment: false });

const sectionOf = ({ statements, fromEnvironment }: Reading): GooseSection => ({
  sql: statements.length === 0 ? '' : `${statements.join('\n')}\n`,
  fromEnvironment,
});

/** Takes a line of SQL; returns what is wrong with it. */
function readLine(line: string, state: State, section: Reading, substitutes: boolean): string | null {
  if (section.open.length === 0 && (line === '' || /^\s*--/.test(line))) return null;
  if (state === 'start') return isNotBlank(line) ? 'it has statements before its "-- +goose Up" line' : null;
  if (substitutes && line.includes('$')) section.fromEnvironment = true;
  section.open.push(line);
  if ((state === 'up' || state === 'down') && endsStatement(line)) close(section);
  return null;
}

/** Does the last word before a comment end with a semicolon? goose looks no closer. */
const endsStatement = (line: string): boolean => {
  const all = line.split(/\s+/).filter(word => word !== '');
  const comment = all.findIndex(word => word.startsWith('--'));
  return (comment === -1 ? all : all.slice(0, comment)).at(-1)?.endsWith(';') ?? false;
};

/** A statement between `StatementBegin` and `StatementEnd` may lack the semicolon that the next one needs before it. */
function close(section: Reading): void {
  const statement = section.open.join('\n').trim();
  section.open = [];
  if (!hasStatements(statement)) return;
  const isEnded = statement.endsWith(';') || isMark(sqlText(statement).tokens.at(-1), ';');
  section.statements.push(isEnded ? statement : `${statement}\n;`);
}

const isNotBlank = (line: string): boolean => line.trim() !== '';

const shown = (line: string): string => (line.length > 60 ? `${line.slice(0, 60)}…` : line).trim();

const unfinished = ({ open }: Reading): GooseFile => ({
  kind: 'unreadable',
  reason: `a statement in it has no semicolon at the end of a line: "${shown(open.find(isNotBlank) ?? '')}"`,
});

function misplaced(annotation: Annotation, state: State): string {
  if (annotation === 'up') return 'it has several "-- +goose Up" lines';
  if (annotation === 'statementend')
    return 'it has a "-- +goose StatementEnd" line without a "-- +goose StatementBegin" line';
  if (state === 'start') return 'its first line for goose is not "-- +goose Up"';
  return `its "-- +goose ${annotation === 'down' ? 'Down' : 'StatementBegin'}" line stands where goose does not take it`;
}
