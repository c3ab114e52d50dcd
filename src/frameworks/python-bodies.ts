/** Classes and functions of a Python text, by their lines. Nothing is executed. */
import { assignmentIn, type PythonValue } from './python-text.ts';
import type { PythonLine } from './python-tokens.ts';

/** A class: its first line, the lines of its body, and what it assigns to its own names. */
export interface PythonClass {
  readonly header: PythonLine;
  readonly body: readonly PythonLine[];
  /** Spaces before the lines of the body. */
  readonly indent: number;
  readonly attributes: ReadonlyMap<string, PythonValue>;
}

/** The class of this name at the top of a text; null when there is none. */
export function classNamed(lines: readonly PythonLine[], name: string): PythonClass | null {
  const start = lines.findIndex(
    ({ indent, tokens }) => indent === 0 && tokens[0]?.value === 'class' && tokens[1]?.value === name,
  );
  const header = lines[start];
  if (header === undefined) return null;
  const body = indentedAfter(lines, start);
  const indent = body[0]?.indent ?? 4;
  const attributes = new Map<string, PythonValue>();
  for (const line of body) {
    const assigned = line.indent === indent ? assignmentIn(line) : null;
    if (assigned?.target.is === 'name') attributes.set(assigned.target.name, assigned.value);
  }
  return { header, body, indent, attributes };
}

/** Lines of the body of the function of this name, at the given indentation, without its docstring; null when there is none. */
export function functionBody(lines: readonly PythonLine[], name: string, at = 0): readonly PythonLine[] | null {
  const start = lines.findIndex(
    ({ indent, tokens }) => indent === at && tokens[0]?.value === 'def' && tokens[1]?.value === name,
  );
  const header = lines[start];
  if (header === undefined) return null;
  const inside = indentedAfter(lines, start);
  // `def downgrade(): pass` has its body on the line of its head.
  const colon = header.tokens.findLastIndex(({ kind, value }) => kind === 'sign' && value === ':');
  const beside = header.tokens.slice(colon + 1);
  const lone = (line: PythonLine): boolean => line.tokens.every(({ kind }) => kind === 'text');
  return (beside.length > 0 ? [{ indent: at + 4, tokens: beside }, ...inside] : inside).filter(line => !lone(line));
}

/** The lines below one, as far as they are indented deeper. */
function indentedAfter(lines: readonly PythonLine[], start: number): readonly PythonLine[] {
  const rest = lines.slice(start + 1);
  const end = rest.findIndex(({ indent }) => indent <= (lines[start]?.indent ?? 0));
  return end === -1 ? rest : rest.slice(0, end);
}

/** True for a body of `pass`, `...` and a bare `return`. */
export const doesNothing = (body: readonly PythonLine[]): boolean =>
  body.every(({ tokens }) => ['pass', '...', 'return'].includes(tokens.map(({ value }) => value).join('')));
