/**
 * Takes apart what `git log --raw -z --pretty=raw --no-abbrev --diff-merges=separate` prints, as it comes. Messages, names and
 * paths may hold anything: the message is indented by git, and paths are ended by NUL.
 *
 * One record per commit and parent that differ (seen with git 2.39):
 * `commit <oid>[ (from <parent>)]LF<headers>LF LF    <message>LF LF:<modes> <blobs> <letter>NUL<path>NUL…NUL`
 */
import type { CommitInfo, Oid } from '../domain/sighting.ts';
import { decodePath } from './path-bytes.ts';

/** One changed file between a commit and one parent. Null where there is no regular file. */
export interface FileChange {
  readonly path: string;
  readonly before: Oid | null;
  readonly after: Oid | null;
}

/** What one commit changed against one parent (null: a root commit). */
export interface CommitChanges {
  readonly commit: CommitInfo;
  readonly parent: Oid | null;
  readonly files: readonly FileChange[];
}

/** Feeds on chunks of git's output; `end` when there are no more. */
export interface LogParser {
  take(chunk: Buffer): void;
  end(): void;
}

const NUL = 0;
const LF = 0x0a;
const COLON = 0x3a;

/** A parser that reports each record. `shallow` holds commits whose parents git was told not to look at. */
export function logParser(report: (changes: CommitChanges) => void, shallow: ReadonlySet<Oid>): LogParser {
  let rest: Buffer | null = null;
  let meta: string | null = null;
  let files: FileChange[] = [];
  let commit: CommitInfo | null = null;
  let parent: Oid | null = null;
  const paths = new Map<string, string>();

  const flush = (): void => {
    if (commit !== null && files.length > 0) report({ commit, parent, files });
    files = [];
  };

  const begin = (token: Buffer): void => {
    flush();
    const lastLine = token.lastIndexOf(LF) + 1;
    const hasFile = token[lastLine] === COLON;
    meta = hasFile ? token.toString('latin1', lastLine) : null;
    const firstLine = token.toString('latin1', 0, token.indexOf(LF));
    const said = /^commit ([0-9a-f]+)(?: \(from ([0-9a-f]+)\))?/.exec(firstLine);
    const oid = said?.[1] ?? '';
    if (commit?.oid !== oid) commit = parseCommit(oid, token.subarray(0, lastLine), shallow);
    parent = said?.[2] ?? commit.parents[0] ?? null;
  };

  const token = (bytes: Buffer): void => {
    if (meta !== null) {
      const key = bytes.toString('latin1');
      let path = paths.get(key);
      if (path === undefined) {
        path = decodePath(bytes);
        paths.set(key, path);
      }
      const change = fileChange(meta, path);
      if (change.before !== change.after) files.push(change);
      meta = null;
    } else if (bytes[0] === COLON) meta = bytes.toString('latin1');
    else if (bytes.length > 0) begin(bytes);
  };

  return {
    take(chunk) {
      let from = 0;
      for (let nul = chunk.indexOf(NUL); nul !== -1; nul = chunk.indexOf(NUL, from)) {
        const part = chunk.subarray(from, nul);
        token(rest === null ? part : Buffer.concat([rest, part]));
        rest = null;
        from = nul + 1;
      }
      if (from < chunk.length) {
        // A copy: the chunk's memory is used again for the next one.
        const tail = Buffer.from(chunk.subarray(from));
        rest = rest === null ? tail : Buffer.concat([rest, tail]);
      }
    },
    end() {
      if (rest !== null) token(rest);
      rest = null;
      flush();
    },
  };
}

/** Only regular files (100644, 100755) count: a link or a submodule at a migration's path is no migration. */
function fileChange(meta: string, path: string): FileChange {
  const length = (meta.length - 18) >> 1;
  return {
    path,
    before: meta.startsWith('100', 1) ? meta.slice(15, 15 + length) : null,
    after: meta.startsWith('100', 8) ? meta.slice(16 + length, 16 + 2 * length) : null,
  };
}

/** A commit as `--pretty=raw` prints it. */
export function parseCommit(oid: Oid, text: Buffer, shallow: ReadonlySet<Oid>): CommitInfo {
  const headersEnd = text.indexOf('\n\n');
  const headers = text.toString('utf8', 0, headersEnd === -1 ? text.length : headersEnd);
  const author = parsePerson(/^author (.*)$/m.exec(headers)?.[1] ?? '');
  const committer = parsePerson(/^committer (.*)$/m.exec(headers)?.[1] ?? '');
  const parents = shallow.has(oid)
    ? []
    : Array.from(headers.matchAll(/^parent ([0-9a-f]+)$/gm), found => found[1] ?? '');
  return {
    oid,
    parents,
    author: author.name,
    email: author.email,
    date: isoDate(author.seconds, author.zone),
    committedAt: committer.seconds,
    subject: headersEnd === -1 ? '' : subjectOf(text, headersEnd + 2),
  };
}

/** Git's `%s`: the lines of the first paragraph, joined by spaces. */
function subjectOf(text: Buffer, from: number): string {
  const lines: string[] = [];
  let at = from;
  while (at < text.length) {
    const end = text.indexOf(LF, at);
    const stop = end === -1 ? text.length : end;
    const line = text.toString('utf8', Math.min(at + 4, stop), stop).trimEnd();
    if (line !== '') lines.push(line);
    else if (lines.length > 0) break;
    at = stop + 1;
  }
  return lines.join(' ');
}

function parsePerson(line: string): { name: string; email: string; seconds: number; zone: string } {
  const said = /^(.*?) ?<([^>]*)>[^0-9-]*(-?\d+)? ?([+-]\d+)?/.exec(line);
  return {
    name: (said?.[1] ?? '').trim(),
    email: said?.[2] ?? '',
    seconds: Number(said?.[3] ?? 0),
    zone: said?.[4] ?? '+0000',
  };
}

/** Git's `%aI`: `2024-03-01T10:00:00+01:00`. */
function isoDate(seconds: number, zone: string): string {
  const minutes = Math.trunc(Number(zone) / 100) * 60 + (Number(zone) % 100);
  const local = new Date((seconds + minutes * 60) * 1000);
  if (Number.isNaN(local.getTime())) return '1970-01-01T00:00:00+00:00';
  const away = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${local.toISOString().slice(0, 19)}${zone.startsWith('-') ? '-' : '+'}${two(Math.trunc(away / 60))}:${two(away % 60)}`;
}
