/** What is said of texts that were on disk when rows came, and of files that were edited since. */
import { quoted } from '../domain/command-text.ts';
import type { EditedFinding } from '../domain/finding.ts';
import type { ProvenanceRecord } from '../domain/provenance.ts';
import { wholeFileOf } from '../domain/split-path.ts';
import { clean } from './clean.ts';
import { age, commitLine, shortOid } from './words.ts';

/** A finding in words. `facts` are label and text, in the order they are read. */
export interface FindingWords {
  readonly headline: string;
  readonly facts: readonly (readonly [label: string, text: string])[];
  readonly next: string | null;
}

/** Where a text can be looked at. */
export const whereText = (
  id: string,
  { commit, path, inRow }: { readonly commit: string | null; readonly path: string; readonly inRow?: true },
): string =>
  inRow === true
    ? `in its history row: tidemark show ${clean(quoted(id))}`
    : commit === null
      ? `kept by Tidemark: tidemark show ${clean(quoted(id))}`
      : `git show ${shortOid(commit)}:${clean(quoted(wholeFileOf(path)))}`;

/** When a row was first seen, and how its file stood then: `3 days ago on feature, in an untracked file (db/migrations/0003_x.sql)`. */
export function seenSentence(
  kept: Pick<ProvenanceRecord, 'seenAt' | 'branch' | 'head' | 'file' | 'path' | 'evidence'>,
  now: number,
): string {
  const at = kept.branch ?? (kept.head === null ? null : shortOid(kept.head));
  const where = at === null ? '' : ` on ${clean(at)}`;
  const path = clean(kept.path ?? '');
  const how = {
    'as-in-head': `as committed in ${path}`,
    modified: `in ${path} with changes that were not committed`,
    untracked: `in ${path}, which was not committed`,
    none: 'without a file',
  }[kept.file];
  return `${age(kept.seenAt, now)}${where}, ${how}${EVIDENCE[kept.evidence]}`;
}

const EVIDENCE = {
  appeared: '',
  said: ': that this text was applied was said by hand',
  unsure: '; another version may have been applied',
  'first-look': ', at the first look at this database: it may have been applied before with another text',
  later: ', after it had been applied',
} as const;

/** Puts an edit into words. */
export function describeEdited(finding: EditedFinding, now: number): FindingWords {
  const id = clean(finding.migration);
  const facts: [string, string][] = [['file', clean(finding.path)]];
  facts.push(['why', whyEdited(finding)]);
  if (finding.kept !== null) facts.push(['seen', seenSentence(finding.kept, now)]);
  if (finding.changed !== null) facts.push(['changed', commitLine(finding.changed.commit, now)]);
  else facts.push(['changed', 'not in a commit of this branch']);
  facts.push([
    'was',
    finding.source === null ? 'in no version that git or Tidemark has' : whereText(finding.migration, finding.source),
  ]);
  const pasted = quoted(id);
  const reverse = finding.source === null ? '' : `tidemark plan ${pasted} --remedy reverse\n`;
  return {
    headline: finding.certain
      ? `${id} was edited after it was applied.`
      : `${id} has another text than when its row was first seen.`,
    facts,
    next: finding.remedy === 'ignore' ? null : `${reverse}tidemark ignore ${pasted}`,
  };
}

function whyEdited({ by, edit, certain, source }: EditedFinding): string {
  if (by === 'checksum') {
    return edit === 'formatting' && source !== null
      ? 'the checksum in its row is that of another text, from which only comments, blanks or names differ'
      : 'the checksum in its row is that of another text';
  }
  if (edit === 'formatting') return 'only comments, blanks or names differ from what was on disk when it was applied';
  const applied = certain
    ? 'its row is the one of then'
    : 'its table keeps no time, so whether it was reversed and applied again since cannot be told';
  return `it differs from what was on disk when its row was first seen, and ${applied}`;
}
