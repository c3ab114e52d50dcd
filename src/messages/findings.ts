/** What findings say: a headline, the evidence, and the next command. */
import { quoted } from '../domain/command-text.ts';
import type { Finding, OrphanFinding } from '../domain/finding.ts';
import { clean } from './clean.ts';
import { describeEdited, type FindingWords, seenSentence, whereText } from './edited.ts';
import { commitLine, count, list, refName, shortOid } from './words.ts';

/** Puts one finding into words. `branch` is null on a detached HEAD; `now` is milliseconds since 1970. */
export function describeFinding(finding: Finding, branch: string | null, now: number): FindingWords {
  if (finding.kind === 'orphaned') return describeOrphan(finding, branch, now);
  if (finding.kind === 'edited') return describeEdited(finding, now);
  const here = branch === null ? 'this commit' : clean(branch);
  switch (finding.kind) {
    case 'pending':
      return {
        headline: `${clean(finding.migration)} is pending.`,
        facts: [['file', clean(finding.path)]],
        next: 'tidemark reconcile',
      };
    case 'out-of-order':
      return {
        headline: `${clean(finding.migration)} is pending, and sorts before ${clean(finding.after)}, which is applied.`,
        facts: [['file', clean(finding.path)]],
        next: 'tidemark reconcile',
      };
    case 'failed':
      return {
        headline: `${clean(finding.migration)} failed when it was applied, and its row says so.`,
        facts: [],
        next: `tidemark show ${quoted(finding.migration)}`,
      };
    case 'duplicate-number':
      return {
        headline: `${list([finding.migration, ...finding.others].map(clean))} have the same number, ${clean(finding.number)}.`,
        facts: [['why', 'two branches took the same number; the order between them is a matter of names']],
        next: null,
      };
    case 'several-heads':
      return {
        headline: `${here} has several heads: ${list([finding.migration, ...finding.others].map(clean))}.`,
        facts: [['why', 'nothing says which of them comes last, so the framework will not choose']],
        next: null,
      };
    case 'missing-dependency':
      return {
        headline: `${clean(finding.migration)} depends on ${clean(finding.requires)}, which ${here} does not have.`,
        facts: [],
        next: `tidemark log ${quoted(finding.requires)}`,
      };
    case 'cycle':
      return {
        headline: `${list([finding.migration, ...finding.others].map(clean))} depend on each other in a circle.`,
        facts: [],
        next: null,
      };
    case 'unreadable-file':
      return {
        headline: `${clean(finding.path)} cannot be read as a migration: ${clean(finding.reason)}.`,
        facts: [],
        next: null,
      };
    case 'locked':
      return {
        headline: `The framework's own lock is held: ${clean(finding.by)}.`,
        facts: [
          ['why', 'a command of its is at work now, or one was killed: its commands wait for the lock, then give up'],
        ],
        next: finding.release,
      };
    case 'history-table-missing':
      return {
        headline: `The history table ${clean(finding.table)} does not exist: nothing was ever applied here, or this is another database.`,
        facts: [],
        next: 'tidemark doctor',
      };
  }
}

function describeOrphan(finding: OrphanFinding, branch: string | null, now: number): FindingWords {
  const id = clean(finding.migration);
  const facts: [string, string][] = [['why', causeSentence(finding, branch)]];
  if (finding.added !== null) facts.push(['added', commitLine(finding.added.commit, now)]);
  if (finding.deleted !== null) facts.push(['deleted', commitLine(finding.deleted.commit, now)]);
  if (finding.branches.length > 0) facts.push(['still on', someOf(finding.branches.map(refName))]);
  if (finding.kept != null) facts.push(['seen', seenSentence(finding.kept, now)]);
  if (finding.checksum !== undefined) facts.push(['checksum', CHECKSUM[finding.checksum]]);
  if (finding.source?.working !== undefined)
    facts.push(['text', clean(quoted(`${finding.source.working}/${finding.source.path}`))]);
  else if (finding.source !== null) facts.push(['text', whereText(finding.migration, finding.source)]);
  for (const { commit, blob, path, where } of finding.choices) {
    facts.push([
      'version',
      `${commit === null ? shortOid(blob) : `${shortOid(commit)}:${clean(path)}`} (${clean(where)})`,
    ]);
  }
  return {
    headline: `${id} is applied, and ${branch === null ? 'this commit' : clean(branch)} has no file for it.`,
    facts,
    next: nextFor(finding),
  };
}

const CHECKSUM = {
  fits: 'the one in its row is that of the text below',
  differs: 'the one in its row is that of another text than any that is known',
} as const;

const someOf = (names: readonly string[]): string =>
  names.length <= 4 ? list(names) : `${names.slice(0, 3).join(', ')} and ${count(names.length - 3, 'other ref')}`;

/** Why an orphan has no file, in one sentence. */
function causeSentence(finding: OrphanFinding, branch: string | null): string {
  const here = branch === null ? 'this commit' : clean(branch);
  const by = finding.deleted === null ? '' : ` by ${clean(finding.deleted.commit.author)}`;
  switch (finding.cause) {
    case 'deleted-here':
      return `its file was deleted on ${here}${by}, after it had been applied`;
    case 'other-branch':
      return finding.branches.length > 0
        ? `it belongs to ${someOf(finding.branches.map(refName))}, which ${here} does not contain`
        : `it belonged to another branch, where it was deleted${by}`;
    case 'unreachable':
      return 'its commit was rewritten or dropped: only the reflog, the stash or unreachable commits still have it';
    case 'renamed':
      return finding.similarity === 100
        ? `it lives on as ${clean(finding.renamedTo ?? '')}: the same migration under another name`
        : `it may live on as ${clean(finding.renamedTo ?? '')}, which is ${finding.similarity} % alike`;
    case 'squashed':
      return `${clean(finding.renamedTo ?? '')} replaces it: a squash, and nothing is wrong`;
    case 'uncommitted':
      return finding.kept?.file === 'as-in-head'
        ? 'its commit is gone: it was rewritten or its branch was deleted, and git has collected it'
        : 'it was applied from a file that was never committed';
    case 'other-worktree':
      return worktreeSentence(finding);
    case 'newer':
      return `${here} is behind its upstream, which has the file`;
    case 'unknown':
      return 'git has no trace of its file on any ref, in the stash or in the reflog';
  }
}

/** Which other worktrees still have it, on which branch, and where it is only a guess that they use this database. */
function worktreeSentence({ worktrees, elsewhere = [] }: OrphanFinding): string {
  const sharing = elsewhere.filter(({ path }) => worktrees.includes(path));
  if (sharing.length === 0) return `another worktree still has it: ${list(worktrees.map(clean))}`;
  const named = sharing.map(
    ({ path, branch, head, locked }) =>
      `${clean(path)} (${branch === null ? `detached at ${shortOid(head ?? '')}` : `on ${clean(branch)}`}${locked ? ', locked' : ''})`,
  );
  const unsure = sharing.every(({ database }) => database === 'unknown')
    ? '; whether it uses this database too cannot be told from its configuration'
    : '';
  return `another worktree still has it: ${list(named)}${unsure}`;
}

function nextFor(finding: OrphanFinding): string | null {
  const id = quoted(clean(finding.migration));
  if (finding.ignored) return `tidemark ignore --remove ${id}`;
  switch (finding.remedy) {
    case 'reverse':
    case 'relabel':
      return 'tidemark plan';
    case 'ignore':
      return finding.cause === 'squashed' ? null : `tidemark show ${id}`;
    default:
      if (finding.cause === 'newer') return 'git pull';
      if (finding.choices[0] !== undefined)
        return `tidemark plan ${id} --from ${shortOid(finding.choices[0].commit ?? finding.choices[0].blob)}`;
      if (finding.cause === 'renamed')
        return finding.similarity === 100 ? `tidemark forget ${id}` : `tidemark show ${id}`;
      return `tidemark show ${id} --deep`;
  }
}
