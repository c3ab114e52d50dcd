/** What Linux says about one process in `/proc/<pid>/stat` (proc(5)), as a pure reading of its text. */

/** The fields that tell one process from another that got its number later. */
export interface ProcessStat {
  /** One letter; `Z` and `X` are dead but not yet reaped. */
  readonly state: string;
  /** Process group (field 5). */
  readonly group: number;
  /** Session (field 6). */
  readonly session: number;
  /** Start time in clock ticks since boot (field 22), as text: it may exceed what a number holds. */
  readonly startTicks: string;
}

/** Reads a line of `/proc/<pid>/stat`; null when it is not one. */
export function readProcessStat(line: string): ProcessStat | null {
  // The second field is the program's name in brackets; it may hold blanks and brackets itself, so only the last one ends it.
  const end = line.lastIndexOf(')');
  if (end < 0) return null;
  const fields = line
    .slice(end + 1)
    .trim()
    .split(' ');
  const [state, , group, session] = fields;
  const startTicks = fields[19];
  if (state === undefined || group === undefined || session === undefined || startTicks === undefined) return null;
  return { state, group: Number(group), session: Number(session), startTicks };
}
