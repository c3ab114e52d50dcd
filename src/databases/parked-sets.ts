/**
 * The parked sets of a repository on the disk. A set is a folder with files of rows (`parked-rows.ts`) and `manifest.json`, which is written
 * last: `{"check": "<SHA-256 of the JSON text of set>", "set": {…}}`, see `ParkedSet`. `put-back.jsonl` has a line for each time it was put back.
 */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isParkedId, PARKED_FORMAT, type ParkedSet } from '../domain/parking.ts';
import { BugError } from '../domain/problem.ts';
import type { ParkedSets, StoredSet } from './contract.ts';
import { damaged, onDisk, verifyRows } from './parked-rows.ts';

const MANIFEST = 'manifest.json';
const PUT_BACK = 'put-back.jsonl';

/** The sets below a git directory that all worktrees share. */
export function parkedSets(commonDir: string): ParkedSets {
  const home = join(commonDir, 'tidemark/parked');
  const folderOf = (id: string): string => {
    if (!isParkedId(id)) throw new BugError(`"${id}" is no parked set's id`);
    return join(home, id);
  };
  return {
    list: () =>
      onDisk(home, 'listing what is parked', () => (existsSync(home) ? readdirSync(home) : []))
        .filter(isParkedId)
        .sort(newestFirst)
        .map(id => storedSet(id, folderOf(id))),
    begin(id) {
      const folder = folderOf(id);
      onDisk(folder, 'making a folder for parked data', () => {
        rmSync(folder, { recursive: true, force: true });
        // One by one: where the disk is read-only, `recursive` says ENOENT (seen with Node 24.21).
        for (const part of [dirname(home), home, folder]) if (!existsSync(part)) mkdirSync(part, { mode: 0o700 });
        for (let made = folder; made.length > commonDir.length; made = dirname(made)) sync(dirname(made));
      });
      return folder;
    },
    finish(set) {
      const folder = folderOf(set.id);
      const file = join(folder, MANIFEST);
      onDisk(file, 'writing the manifest of parked data', () => {
        const text = JSON.stringify(set);
        writeFileSync(`${file}.new`, `{"check":"${sha256(text)}","set":${text}}\n`, { mode: 0o600, flush: true });
        renameSync(`${file}.new`, file);
        sync(folder);
      });
    },
    verify({ id, set, damage, folder }) {
      if (set === null || damage !== null) throw damaged(join(folder, MANIFEST), damage ?? `${id} has no manifest`);
      for (const part of set.parts) verifyRows(join(folder, part.file), part);
    },
    notePutBack(id, note) {
      const file = join(folderOf(id), PUT_BACK);
      onDisk(file, 'noting that parked data was put back', () =>
        appendFileSync(file, `${JSON.stringify(note)}\n`, { mode: 0o600, flush: true }),
      );
    },
    drop(id) {
      const folder = folderOf(id);
      onDisk(folder, 'removing parked data', () => {
        // Without its manifest it is no set any more, even if the rest cannot be removed at once.
        rmSync(join(folder, MANIFEST), { force: true });
        rmSync(folder, { recursive: true, force: true });
        sync(home);
      });
    },
  };
}

/** By the run's time, then by step. */
function newestFirst(a: string, b: string): number {
  const [run, step] = [a.slice(0, a.lastIndexOf('-')), Number(a.slice(a.lastIndexOf('-') + 1))];
  const [other, later] = [b.slice(0, b.lastIndexOf('-')), Number(b.slice(b.lastIndexOf('-') + 1))];
  return run === other ? step - later : run < other ? 1 : -1;
}

function storedSet(id: string, folder: string): StoredSet {
  const { set, damage } = readManifest(id, join(folder, MANIFEST));
  const bytes = onDisk(folder, 'looking at parked data', () =>
    readdirSync(folder).reduce(
      (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    ),
  );
  return {
    id,
    set,
    damage: damage ?? (set === null ? null : lacking(folder, set)),
    folder,
    bytes,
    putBack: notesIn(folder),
  };
}

function readManifest(id: string, file: string): Pick<StoredSet, 'set' | 'damage'> {
  if (!existsSync(file))
    return { set: null, damage: 'it has no manifest: its run was ended before it was whole, or the file is gone' };
  const text = onDisk(file, 'reading the manifest of parked data', () => readFileSync(file, 'utf8'));
  try {
    const { check, set }: { check: string; set: ParkedSet } = JSON.parse(text);
    if (Number(set.format) > PARKED_FORMAT) return { set: null, damage: 'a newer Tidemark wrote it' };
    if (sha256(JSON.stringify(set)) !== check || set.id !== id)
      return { set: null, damage: 'its manifest was changed' };
    return { set, damage: null };
  } catch {
    return { set: null, damage: 'its manifest cannot be read' };
  }
}

/** A file that is not there, or has another size. What is in it is compared when it is used. */
function lacking(folder: string, set: ParkedSet): string | null {
  const bad = set.parts.find(part => statSync(join(folder, part.file), { throwIfNoEntry: false })?.size !== part.bytes);
  return bad === undefined ? null : `its file ${bad.file} is missing or has another size`;
}

function notesIn(folder: string): StoredSet['putBack'] {
  const file = join(folder, PUT_BACK);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap(line => {
      try {
        return [JSON.parse(line) as StoredSet['putBack'][number]];
      } catch {
        // The last line of a process that was killed while it wrote.
        return [];
      }
    });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function sync(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
