/** The SQL of one migration: between the lines that the settings name, or in a file of its own for each direction. */
import type { FileText } from '../contract.ts';
import { baseOf } from '../repository-paths.ts';
import { type Declared, idIn } from './settings.ts';

/** Scripts of both directions; null where there is none. */
export interface Sections {
  readonly up: string | null;
  readonly down: string | null;
}

export function sectionsOf({ up, down, undoFiles }: Declared, file: FileText): Sections {
  if (undoFiles !== null) {
    const undo = file.parts?.find(({ path }) => idIn(undoFiles, baseOf(path)) !== null)?.text ?? null;
    return { up: file.text, down: undo };
  }
  if (up === null || down === null) return { up: null, down: null };
  const lines = file.text.split('\n');
  const [from, to] = [up, down].map(mark => lines.findIndex(line => line.trimStart().startsWith(mark)));
  if (from === undefined || to === undefined || from === -1) return { up: null, down: null };
  const between = (start: number, end: number): string => `${lines.slice(start + 1, end).join('\n')}\n`;
  if (to === -1) return { up: between(from, lines.length), down: null };
  const isUpFirst = from < to;
  return {
    up: between(from, isUpFirst ? to : lines.length),
    down: between(to, isUpFirst ? lines.length : from),
  };
}
