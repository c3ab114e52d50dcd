/** Which hook files are written, and how each comes back to what it was. A file that cannot take the block refuses the whole. */
import path from 'node:path';
import type { HookFile, HookHome, HookMemory, HookSurroundings, WrittenHook } from '../domain/hook.ts';
import { callLine, callsScript, isBare, whyNotEditable, withBlock, withoutBlock } from '../domain/hook-block.ts';
import { ProblemError } from '../domain/problem.ts';
import type { HookChange, Repository } from '../git/contract.ts';

/** One thing that changes, for people. */
export interface HookAct {
  readonly what: string;
  readonly how: 'make' | 'change' | 'remove' | 'keep';
}

export const act = (what: string, how: HookAct['how']): HookAct => ({ what, how });

/** What becomes of hook files. */
interface PlannedFiles {
  readonly change: HookChange['files'];
  readonly written: readonly WrittenHook[];
  readonly acts: readonly HookAct[];
}

/** The files to write for a home, and those of an earlier home to clear. */
export function plannedFiles(
  repository: Repository,
  surroundings: HookSurroundings,
  before: HookMemory | null,
): PlannedFiles {
  const { home, files } = surroundings;
  if (home.kind === 'outside') throw outsideRefusal(home);
  const own = files.filter(file => !callsScript(file.found?.text ?? ''));
  const husky = home.kind === 'committed' && home.husky;
  for (const file of own) refuseUnlessEditable(repository, file, !husky);
  const written = own.map(file => writtenFor(file, before));
  const missing = written.filter(({ path: at, after }) => own.find(file => file.path === at)?.found?.text !== after);
  if (missing.length > 0 && !surroundings.writable) throw readOnlyRefusal(files[0]?.path ?? '');
  const stale = (before?.written ?? []).filter(old => !files.some(file => file.path === old.path));
  const cleared = stale.flatMap(old => restored(old, repository.readHook(old.path)));
  return {
    change: [...missing.map(({ path: at, after }) => ({ path: at, text: after })), ...cleared],
    // A committed file that has the block already has it from somebody else.
    written: written.filter(entry => home.kind !== 'committed' || missing.includes(entry) || isKnown(entry, before)),
    acts: [
      ...files.map(file => act(file.path, actOn(file, missing, written))),
      ...cleared.map(({ path: at, text }) => act(at, text === null ? 'remove' : 'change')),
    ],
  };
}

const isKnown = (entry: WrittenHook, before: HookMemory | null): boolean =>
  before?.written.some(old => old.path === entry.path) === true;

function actOn(file: HookFile, missing: readonly WrittenHook[], written: readonly WrittenHook[]): HookAct['how'] {
  const entry = missing.find(({ path: at }) => at === file.path);
  if (entry === undefined || !written.includes(entry)) return 'keep';
  return file.found === null ? 'make' : 'change';
}

function writtenFor(file: HookFile, before: HookMemory | null): WrittenHook {
  const text = file.found?.text ?? null;
  const known = before?.written.find(old => old.path === file.path);
  if (known !== undefined && text === known.after) return { ...known, after: withBlock(known.before, file.event) };
  const bare = text === null ? null : withoutBlock(text);
  // A file that holds nothing but a block of ours was made by an earlier installation.
  const original = bare !== null && text !== bare && isBare(bare) ? null : bare;
  return { path: file.path, before: original, after: withBlock(original, file.event) };
}

function refuseUnlessEditable(
  repository: Repository,
  { event, path: file, found }: HookFile,
  needsMode: boolean,
): void {
  if (found === null) return;
  const shown = path.relative(repository.root, file);
  const because =
    found.kind === 'link'
      ? 'is a link'
      : found.kind === 'other'
        ? 'is no file'
        : whyNotEditable(found.text, found.mode, needsMode);
  if (because === null) return;
  const next =
    because === 'is not executable, so git does not run it'
      ? `chmod +x ${shown}\nrm ${shown}`
      : `let ${shown} call the shell line: ${callLine(event, '"$@"')}`;
  throw new ProblemError('refused', { reason: `${shown} ${because}; Tidemark does not edit it`, next });
}

const outsideRefusal = ({ folder, scope }: Extract<HookHome, { kind: 'outside' }>): ProblemError =>
  new ProblemError('refused', {
    reason: `git looks for this repository's hooks in ${folder} (${scope === 'link' ? 'a link leads there' : `core.hooksPath, ${scope} setting`}), which is not this repository's alone`,
    next:
      scope === 'link'
        ? 'tidemark hook status'
        : 'git config --local core.hooksPath "$(git rev-parse --git-dir)/hooks"',
  });

const readOnlyRefusal = (file: string): ProblemError =>
  new ProblemError('refused', {
    reason: `${path.dirname(file)} cannot be written to`,
    next: `chmod u+w ${path.dirname(file)}`,
  });

/** A file as it was: byte for byte when nobody touched it since, else without the block. `now` is what it says, null when it is gone. */
export function restored(old: WrittenHook, now: string | null): HookChange['files'] {
  if (now === null) return [];
  if (now === old.after) return [{ path: old.path, text: old.before }];
  const bare = withoutBlock(now);
  if (bare === now) return [];
  return [{ path: old.path, text: old.before === null && isBare(bare) ? null : bare }];
}
