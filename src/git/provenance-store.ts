/** The provenance store: logs and texts as git objects of our own, changed by compare-and-swap of one private ref. */
import { hash, randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import type { Oid } from '../domain/sighting.ts';
import type { CacheFolder } from './cache-folder.ts';
import type { ProvenanceStore, StoreChange } from './contract.ts';
import { gitInKept, keptFolder, keptTip, makeKept, PRIVATE_REF } from './kept-objects.ts';
import type { Place } from './place.ts';
import { type GitRunner, gitFailed } from './run-git.ts';
import { blobId } from './working-tree.ts';

/** How often a change is begun anew because another process was faster. */
const ATTEMPTS = 12;

/** Git's own tidying, when the store has grown: what nothing reaches goes, but not what another process may be about to use. */
const TIDY = [
  'gc.auto=500',
  'gc.autoPackLimit=10',
  'gc.autoDetach=false',
  'gc.pruneExpire=1.hour.ago',
  'gc.writeCommitGraph=false',
  'repack.writeBitmaps=false',
] as const;

/** The store of a repository. `enabled` false: nothing is read and nothing recorded. */
export function provenanceStore(place: Place, cache: CacheFolder, enabled: boolean): ProvenanceStore {
  const git = gitInKept(place);

  const logsAt = async (tip: Oid): Promise<ReadonlyMap<string, string>> => {
    const file = `provenance-${tip.slice(0, 40)}`;
    const known = unsealed(cache.read(file));
    if (known !== null) return known;
    const { logs, damaged } = await readLogs(git, tip);
    if (!damaged) cache.write(file, sealed(logs));
    return logs;
  };
  const logsNow = async (): Promise<ReadonlyMap<string, string>> => {
    const tip = keptTip(place);
    return tip === null || tip === 'damaged' ? new Map() : logsAt(tip);
  };

  const attempt = async (next: (logs: ReadonlyMap<string, string>) => StoreChange | null) => {
    const tip = keptTip(place);
    if (tip === 'damaged') {
      rmSync(join(keptFolder(place), PRIVATE_REF), { recursive: true, force: true });
      return 'again';
    }
    const change = next(tip === null ? new Map() : await logsAt(tip));
    if (change === null) return 'unchanged';
    makeKept(place);
    const tree = await writeTree(place, git, tip, change).catch(error => mend(place, git, change, error));
    if (tree === null) return 'again';
    const before = tip ?? '0'.repeat(place.objectFormat === 'sha1' ? 40 : 64);
    const moved = await git.ask(['update-ref', PRIVATE_REF, tree, before]);
    if (moved.code !== 0) return 'again';
    cache.write(`provenance-${tree.slice(0, 40)}`, sealed(change.logs));
    await git.ask(['gc', '--auto', '--quiet'], { settings: TIDY });
    return 'changed';
  };

  const mayChange = () => enabled && mayWrite(place);
  return {
    mayChange,
    async read(name) {
      try {
        return enabled ? ((await logsNow()).get(name) ?? null) : null;
      } catch {
        // A git that was ended from outside: nobody's answer depends on this.
        return null;
      }
    },
    readAll: logsNow,
    async change(next) {
      if (!mayChange()) return 'not-possible';
      try {
        for (let count = 0; count < ATTEMPTS; count += 1) {
          const end = await attempt(next);
          if (end !== 'again') return end;
          // Two that begin anew at the same instant would meet again.
          await new Promise(wake => setTimeout(wake, Math.random() * 20 * (count + 1)));
        }
        return 'not-possible';
      } catch {
        // A full or read-only disk, a folder that was cleared meanwhile: what could not be recorded is recorded at the next look.
        return 'not-possible';
      }
    },
    clear: () => Promise.resolve(clear(place)),
    examine: () => examine(place, git, enabled),
  };
}

/** Writes texts and logs, and the trees over them. The new root tree. */
async function writeTree(place: Place, git: GitRunner, tip: Oid | null, change: StoreChange): Promise<Oid> {
  const logs = [...change.logs].map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
  await importBlobs(git, [...change.texts.values(), ...logs.map(({ bytes }) => bytes)]);
  const before = tip === null ? new Set<Oid>() : await entriesOf(git, `${tip}:texts`);
  const kept = [...change.keep].filter(oid => before.has(oid) || change.texts.has(oid)).sort();
  const texts = await mktree(
    git,
    kept.map(oid => `100644 blob ${oid}\t${oid}`),
  );
  return mktree(git, [
    ...logs.map(({ name, bytes }) => `100644 blob ${blobId(place, bytes)}\t${name}`),
    `040000 tree ${texts}\ttexts`,
  ]);
}

/**
 * Git does not write an object anew that is there already, be it cut short by a crash. Those are taken away; null when there were any, and
 * throws the error when it has another reason.
 */
async function mend(place: Place, git: GitRunner, change: StoreChange, error: unknown): Promise<null> {
  const oids = [...change.texts.keys(), ...[...change.logs.values()].map(text => blobId(place, Buffer.from(text)))];
  const asked = await git.ask(['cat-file', '--batch-check'], { stdin: oids.map(oid => `${oid}\n`).join('') });
  const lines = asked.stdout.toString('latin1').split('\n');
  const files = oids
    .filter((_, at) => lines[at]?.endsWith(' missing') !== false)
    .map(oid => join(keptFolder(place), 'objects', oid.slice(0, 2), oid.slice(2)))
    .filter(file => existsSync(file));
  if (files.length === 0) throw error;
  for (const file of files) rmSync(file, { force: true });
  return null;
}

/** All blobs by one process: a pack when there are many, else loose. See git-fast-import(1). */
async function importBlobs(git: GitRunner, blobs: readonly Uint8Array[]): Promise<void> {
  const parts = blobs.flatMap(bytes => [Buffer.from(`blob\ndata ${bytes.length}\n`), bytes, Buffer.from('\n')]);
  await git.bytes(['fast-import', '--quiet', '--done'], { stdin: Buffer.concat([...parts, Buffer.from('done\n')]) });
}

const mktree = (git: GitRunner, entries: readonly string[]): Promise<Oid> =>
  git.text(['mktree'], { stdin: entries.map(entry => `${entry}\n`).join('') });

/** Names in a tree; none where it is damaged. */
async function entriesOf(git: GitRunner, tree: string): Promise<ReadonlySet<string>> {
  const listed = await answered(git, ['ls-tree', '--name-only', tree]);
  return new Set((listed ?? '').split('\n').filter(name => name !== ''));
}

/** Logs have hexadecimal names; what cannot be read is left out. */
async function readLogs(
  git: GitRunner,
  tip: Oid,
): Promise<{ readonly logs: ReadonlyMap<string, string>; readonly damaged: boolean }> {
  const logs = new Map<string, string>();
  const names = await entriesOf(git, tip);
  let damaged = names.size === 0;
  for (const name of names) {
    if (!/^[0-9a-f]+$/.test(name)) continue;
    const text = await answered(git, ['cat-file', 'blob', `${tip}:${name}`]);
    if (text === null) damaged = true;
    else logs.set(name, text);
  }
  return { logs, damaged };
}

/** What git says; null when it says that something is damaged. Throws when git was ended from outside: that says nothing about the store. */
async function answered(git: GitRunner, args: readonly string[]): Promise<string | null> {
  const answer = await git.ask(args);
  if (answer.code === null) throw gitFailed(args, answer.code, answer.stderr);
  return answer.code === 0 ? answer.stdout.toString('utf8') : null;
}

/** Logs in the cache: a line with the SHA-256 of what follows, a line with names and sizes in bytes, then the logs. */
function sealed(logs: ReadonlyMap<string, string>): Buffer {
  const parts = Array.from(logs, ([name, text]) => ({ name, bytes: Buffer.from(text) }));
  const index = JSON.stringify(parts.map(({ name, bytes }) => [name, bytes.length]));
  const body = Buffer.concat([Buffer.from(`${index}\n`), ...parts.map(({ bytes }) => bytes)]);
  return Buffer.concat([Buffer.from(`${hash('sha256', body)}\n`), body]);
}

function unsealed(bytes: Buffer | null): ReadonlyMap<string, string> | null {
  const body = bytes?.subarray(65);
  if (bytes == null || body === undefined || bytes.toString('latin1', 0, 65) !== `${hash('sha256', body)}\n`)
    return null;
  let at = body.indexOf(0x0a) + 1;
  const index: readonly (readonly [name: string, size: number])[] = JSON.parse(body.toString('utf8', 0, at));
  return new Map(
    index.map(([name, size]) => {
      at += size;
      return [name, body.toString('utf8', at - size, at)];
    }),
  );
}

function mayWrite(place: Place): boolean {
  const folder = join(keptFolder(place), 'objects');
  try {
    accessSync(existsSync(folder) ? folder : place.commonDir, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Takes the whole store away at once, then deletes it: a process in its middle finds nothing and begins anew. */
function setAside(place: Place): void {
  const folder = keptFolder(place);
  const aside = `${folder}.${randomBytes(6).toString('hex')}`;
  renameSync(folder, aside);
  rmSync(aside, { recursive: true, force: true });
}

function clear(place: Place): boolean {
  const folder = keptFolder(place);
  if (!existsSync(folder)) return false;
  try {
    setAside(place);
    const cache = join(place.commonDir, 'tidemark', 'cache');
    for (const name of existsSync(cache) ? readdirSync(cache) : []) {
      if (name.startsWith('provenance-')) rmSync(join(cache, name), { force: true });
    }
    return true;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ProblemError('disk', { path: folder, doing: 'clearing the provenance', said }, { cause: error });
  }
}

async function examine(place: Place, git: GitRunner, enabled: boolean): ReturnType<ProvenanceStore['examine']> {
  const folder = keptFolder(place);
  const bytes = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map(name => statSync(join(folder, name), { throwIfNoEntry: false }))
        .reduce((sum, stat) => sum + (stat?.isFile() === true ? stat.size : 0), 0)
    : 0;
  if (!enabled) return { state: 'off', bytes };
  if (!mayWrite(place)) return { state: 'read-only', bytes };
  if (bytes === 0) return { state: 'none', bytes };
  const checked = await git.ask(['fsck', '--no-dangling', '--no-progress']);
  return { state: checked.code === 0 && keptTip(place) !== 'damaged' ? 'good' : 'damaged', bytes };
}
