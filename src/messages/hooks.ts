/** What the hook says: at most a few lines, the first of each thing marked with Tidemark's name, as git's own words stand around them. */

import type { Diagnosis } from '../domain/diagnosis.ts';
import { needsAttention } from '../domain/finding.ts';
import type { ProblemCode, ProblemFacts } from '../domain/problem.ts';
import { clean } from './clean.ts';
import { explain } from './problems.ts';
import { count, list, nextLines } from './words.ts';

/** One project for the hook. */
export interface HookProject {
  /** Address for people. */
  readonly database: string;
  readonly diagnosis: Diagnosis;
}

/** Ids named in a line; the others are counted. */
const MOST_IDS = 3;

/** Lines for what differs, without the next command; none when nothing does. `branch` is null on a detached HEAD. */
export function differences({ database, diagnosis }: HookProject, branch: string | null): readonly string[] {
  const findings = diagnosis.findings.filter(needsAttention);
  const orphans = findings.flatMap(finding => (finding.kind === 'orphaned' ? [finding.migration] : []));
  const pending = findings.flatMap(finding =>
    finding.kind === 'pending' || finding.kind === 'out-of-order' ? [finding.migration] : [],
  );
  const others = findings.length - orphans.length - pending.length;
  const here = branch === null ? 'this commit' : clean(branch);
  const lines: string[] = [];
  if (orphans.length > 0) {
    const [is, them] = orphans.length === 1 ? ['is', 'it'] : ['are', 'them'];
    lines.push(`${named(orphans)} ${is} applied to ${clean(database)}, and ${here} has no file for ${them}.`);
  }
  if (pending.length > 0) {
    const where = orphans.length > 0 ? 'there' : `in ${clean(database)}`;
    lines.push(`${named(pending)} ${pending.length === 1 ? 'is' : 'are'} pending ${where}.`);
  }
  if (others > 0) lines.push(`${count(others, 'more finding')} in ${clean(database)}.`);
  return lines.map(marked);
}

/** The command that puts it right: `reconcile` shows its plan and asks; where nothing is offered first, a person must look. */
export function nextFor(projects: readonly HookProject[]): readonly string[] {
  const findings = projects.flatMap(({ diagnosis }) => diagnosis.findings).filter(needsAttention);
  if (findings.some(finding => finding.kind === 'orphaned' && finding.cause === 'newer'))
    return nextLines('git pull\ntidemark status').map(indented);
  const acts = findings.some(finding =>
    finding.kind === 'orphaned'
      ? finding.remedy !== 'ask' && finding.remedy !== 'ignore'
      : finding.kind === 'pending' || finding.kind === 'out-of-order',
  );
  return nextLines(acts ? 'tidemark reconcile' : 'tidemark status').map(indented);
}

/** A problem in two lines. */
export function problemLines<Code extends ProblemCode>(code: Code, facts: ProblemFacts[Code]): readonly string[] {
  const { what, next } = explain(code, facts);
  const isCommand = next?.startsWith('tidemark ') === true && !next.includes('<');
  return [marked(what), ...nextLines(isCommand ? next : 'tidemark status').map(indented)];
}

/** The look took longer than the limit. */
export const tooSlow = (limitMs: number): readonly string[] => [
  marked(`looking at the database was given up after ${limitMs / 1000} s.`),
  ...nextLines('tidemark status').map(indented),
];

/** What was done without asking. */
export const doneLine = (migrations: readonly string[], database: string): string =>
  marked(`put ${named(migrations)} right in ${clean(database)}; nothing was lost (tidemark runs).`);

/** A fault of ours: one line, and the way to all of it. */
export const faultLines = (said: string): readonly string[] => [
  marked(`the hook failed: ${clean(said)}`),
  ...nextLines('tidemark doctor').map(indented),
];

const marked = (line: string): string => `tidemark: ${line}`;

const indented = (line: string): string => `  ${line}`;

function named(ids: readonly string[]): string {
  const shown = ids.length <= MOST_IDS + 1 ? ids : ids.slice(0, MOST_IDS);
  const rest = ids.length - shown.length;
  return list([...shown.map(clean), ...(rest > 0 ? [count(rest, 'other')] : [])]);
}
