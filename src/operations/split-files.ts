/**
 * The repository as a framework sees it that keeps several migrations in one file (`Framework.split`): each part of such a file is a file of its
 * own, at `path::name`, with a blob of its own text. Whoever looks from here needs to know of nothing else.
 */
import { createHash } from 'node:crypto';
import type { MigrationFile } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import type { History, Oid, Sighting } from '../domain/sighting.ts';
import { partPathOf, wholeFileOf } from '../domain/split-path.ts';
import type { Repository, TakenFile } from '../git/contract.ts';
import type { FoundProject } from './find-projects.ts';

/** A part of a file: where it is seen, and its text. */
interface Part {
  readonly path: MigrationFile['path'];
  readonly blob: Oid;
  readonly text: string;
}

type Owner = Pick<FoundProject, 'framework' | 'project'>;

/** The owners among projects; a repository without any is not wrapped. */
const ownersAmong = (found: readonly Owner[]): readonly Owner[] =>
  found.filter(({ framework }) => framework.split !== undefined);

/** Splits texts, and remembers the texts of parts by their blobs. */
class Parts {
  readonly texts = new Map<Oid, string>();
  readonly #owners: readonly Owner[];
  readonly #known = new Map<string, readonly Part[]>();

  constructor(owners: readonly Owner[]) {
    this.#owners = owners;
  }

  owns(path: string): boolean {
    return this.#owners.some(({ framework, project }) => framework.split?.owns(project, path) === true);
  }

  of(path: string, text: string, key: string): readonly Part[] {
    const known = this.#known.get(`${path}\n${key}`);
    if (known !== undefined) return known;
    const owner = this.#owners.find(({ framework, project }) => framework.split?.owns(project, path) === true);
    const found = owner?.framework.split?.parts(owner.project, { path, text }) ?? [];
    const parts = found.map(part => ({ path: partPathOf(path, part.name), blob: blobOf(part.text), text: part.text }));
    for (const { blob, text: own } of parts) this.texts.set(blob, own);
    this.#known.set(`${path}\n${key}`, parts);
    return parts;
  }
}

function blobOf(text: string): Oid {
  const bytes = Buffer.from(text);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** A repository with its files split, and its history. The same ones where no project splits any. */
export async function withSplitFiles(
  base: Repository,
  found: readonly Owner[],
  history: History,
): Promise<{ readonly repository: Repository; readonly history: History }> {
  const owners = ownersAmong(found);
  if (owners.length === 0) return { repository: base, history };
  const parts = new Parts(owners);
  return { history: await splitHistory(base, parts, history), repository: splitRepository(base, parts) };
}

/** Another tree of the same repository with its files split. */
export const alsoSplit = (base: Repository, found: readonly Owner[]): Repository => {
  const owners = ownersAmong(found);
  return owners.length === 0 ? base : splitRepository(base, new Parts(owners));
};

async function splitHistory(base: Repository, parts: Parts, history: History): Promise<History> {
  const own = history.sightings.filter(({ path, from }) => parts.owns(path) || (from !== null && parts.owns(from)));
  const texts = await base.readBlobs([
    ...new Set(own.flatMap(({ blob, before }) => [blob, ...(before === null ? [] : [before])])),
  ]);
  const at = (path: string, blob: Oid | null): ReadonlyMap<string, Part> => {
    const text = blob === null ? undefined : texts.get(blob);
    return new Map(
      blob === null || text === undefined ? [] : parts.of(path, text, blob).map(part => [part.path, part]),
    );
  };
  const sightings = history.sightings.flatMap(seen => {
    if (!parts.owns(seen.path) && !(seen.from !== null && parts.owns(seen.from))) return [seen];
    const gone = seen.change === 'deleted';
    const [before, after] = gone
      ? [at(seen.path, seen.blob), new Map<string, Part>()]
      : [at(seen.from ?? seen.path, seen.before), at(seen.path, seen.blob)];
    return splitSighting(seen, before, after);
  });
  return { ...history, sightings };
}

/** What one change of a file did to each of its parts. One that stayed as it was is not seen. */
function splitSighting(
  seen: Sighting,
  before: ReadonlyMap<string, Part>,
  after: ReadonlyMap<string, Part>,
): readonly Sighting[] {
  const moved = seen.from === null ? null : seen.from;
  const formerOf = (path: string) =>
    before.get(moved === null ? path : partPathOf(moved, path.slice(seen.path.length + '::'.length)));
  const base = { ...seen, from: null, similarity: null };
  const kept = new Set<Part>();
  const there = [...after.values()].flatMap((part): readonly Sighting[] => {
    const former = formerOf(part.path);
    if (former === undefined) return [{ ...base, path: part.path, change: 'added', blob: part.blob, before: null }];
    kept.add(former);
    const now = { ...base, path: part.path, blob: part.blob, before: former.blob };
    if (moved !== null)
      return [
        {
          ...now,
          change: 'renamed',
          from: former.path,
          similarity: former.blob === part.blob ? 100 : (seen.similarity ?? 0),
        },
      ];
    return former.blob === part.blob ? [] : [{ ...now, change: 'edited' }];
  });
  const gone = [...before.values()].flatMap((part): readonly Sighting[] =>
    kept.has(part) ? [] : [{ ...base, path: part.path, change: 'deleted', blob: part.blob, before: part.blob }],
  );
  return [...there, ...gone];
}

const wholeFiles = (paths: readonly string[]): readonly string[] => [...new Set(paths.map(wholeFileOf))];

function splitRepository(base: Repository, parts: Parts): Repository {
  const isPart = (path: string): boolean => path !== wholeFileOf(path) && parts.owns(wholeFileOf(path));
  /** Parts of files of the working tree, by path. */
  const working = (files: readonly string[]): ReadonlyMap<string, Part> =>
    new Map(
      files.flatMap(file => {
        const text = base.readWorking(file);
        return text === null ? [] : parts.of(file, text, blobOf(text)).map(part => [part.path, part] as const);
      }),
    );
  const inBlobs = async (files: ReadonlyMap<string, Oid>): Promise<ReadonlyMap<string, Part>> => {
    const texts = await base.readBlobs([...files.values()]);
    return new Map(
      [...files].flatMap(([file, blob]) => {
        const text = texts.get(blob);
        return text === undefined ? [] : parts.of(file, text, blob).map(part => [part.path, part] as const);
      }),
    );
  };
  const sorted = (paths: readonly string[]) => [paths.filter(isPart), paths.filter(path => !isPart(path))] as const;
  const chosen = <T>(all: ReadonlyMap<string, Part>, wanted: readonly string[], of: (part: Part) => T) =>
    wanted.flatMap(path => {
      const part = all.get(path);
      return part === undefined ? [] : [[path, of(part)] as const];
    });
  const hashes = (all: ReadonlyMap<string, Part>, wanted: readonly string[]) => chosen(all, wanted, part => part.blob);
  const own: Partial<Repository> = {
    async workingFiles(pathspecs, alsoIn) {
      const files = await base.workingFiles(pathspecs, alsoIn);
      return files.flatMap(file =>
        parts.owns(file.path) ? [...working([file.path]).keys()].map(path => ({ ...file, path })) : [file],
      );
    },
    readWorking: path =>
      isPart(path) ? (working([wholeFileOf(path)]).get(path)?.text ?? null) : base.readWorking(path),
    async hashWorking(paths) {
      const [of, others] = sorted(paths);
      return new Map([...(await base.hashWorking(others)), ...hashes(working(wholeFiles(of)), of)]);
    },
    hashKnown(paths) {
      const [of, others] = sorted(paths);
      return new Map([...base.hashKnown(others), ...hashes(working(wholeFiles(of)), of)]);
    },
    async workedOut(kind, asked, answer) {
      const [of, others] = sorted([...asked.keys()]);
      const bytesOf = chosen(working(wholeFiles(of)), of, part => new TextEncoder().encode(part.text));
      const rest = new Map([...asked].filter(([path]) => others.includes(path)));
      const known = bytesOf.map(([path, bytes]) => [path, answer(path, asked.get(path) ?? '', bytes)] as const);
      return new Map([...(await base.workedOut(kind, rest, answer)), ...known]);
    },
    takeWorking(paths, most) {
      const [of, others] = sorted(paths);
      const files = base.takeWorking(wholeFiles(of), { one: 0, all: 0 });
      const taken = chosen(working(wholeFiles(of)), of, ({ path, blob, text }): TakenFile => {
        const bytes = new TextEncoder().encode(text);
        const modifiedAt = files.get(wholeFileOf(path))?.modifiedAt ?? 0;
        return { blob, size: bytes.length, bytes: bytes.length > most.one ? null : bytes, modifiedAt, withoutCr: null };
      });
      return new Map([...base.takeWorking(others, most), ...taken]);
    },
    async readBlobs(blobs) {
      const here = blobs.flatMap(blob => (parts.texts.has(blob) ? [[blob, parts.texts.get(blob) ?? ''] as const] : []));
      return new Map([...(await base.readBlobs(blobs.filter(blob => !parts.texts.has(blob)))), ...here]);
    },
    async readBytes(blobs) {
      const here = blobs.flatMap(blob => {
        const text = parts.texts.get(blob);
        return text === undefined ? [] : [[blob, new TextEncoder().encode(text)] as const];
      });
      return new Map([...(await base.readBytes(blobs.filter(blob => !parts.texts.has(blob)))), ...here]);
    },
    async blobsAt(commit, paths) {
      const [of, others] = sorted(paths);
      const files = of.length === 0 ? new Map<string, Oid>() : await base.blobsAt(commit, wholeFiles(of));
      return new Map([...(await base.blobsAt(commit, others)), ...hashes(await inBlobs(files), of)]);
    },
    async versionsAt(commits, paths) {
      const [of, others] = sorted(paths);
      const found = new Map(await base.versionsAt(commits, others));
      for (const [file, blobs] of of.length === 0 ? [] : await base.versionsAt(commits, wholeFiles(of))) {
        for (const blob of blobs) {
          for (const [path, part] of await inBlobs(new Map([[file, blob]])))
            if (of.includes(path)) found.set(path, new Set([...(found.get(path) ?? []), part.blob]));
        }
      }
      return found;
    },
    async filesAt(commit, pathspecs) {
      const files = await base.filesAt(commit, pathspecs);
      const split = new Map([...files].filter(([path]) => parts.owns(path)));
      const rest = [...files].filter(([path]) => !parts.owns(path));
      return new Map([...rest, ...[...(await inBlobs(split))].map(([path, part]) => [path, part.blob] as const)]);
    },
    async holders(paths) {
      const [of, others] = sorted(paths);
      const found = new Map(await base.holders(others));
      for (const [file, holders] of of.length === 0 ? [] : await base.holders(wholeFiles(of))) {
        for (const holder of holders) {
          for (const [path, part] of await inBlobs(new Map([[file, holder.blob]])))
            if (of.includes(path)) found.set(path, [...(found.get(path) ?? []), { ...holder, blob: part.blob }]);
        }
      }
      return found;
    },
    async writeNew(path, blob) {
      if (!isPart(path)) return base.writeNew(path, blob);
      const reason = `${path} is a part of ${wholeFileOf(path)}, into which nothing is written unasked.`;
      throw new ProblemError('refused', { reason, next: `git log -p -- ${wholeFileOf(path)}` });
    },
    async addWorktree(label, commit) {
      const made = await base.addWorktree(label, commit);
      // A command reads whole files: those of the working tree stand for parts that differ from the commit's.
      const lay: typeof made.lay = async files => {
        const whole = wholeFiles(files.flatMap(({ path }) => (isPart(path) ? [path] : [])));
        const laid = whole.map(path => ({ path, text: base.readWorking(path), blob: null }));
        await made.lay([...laid, ...files.filter(({ path }) => !isPart(path))]);
      };
      return Object.assign(Object.create(made) as typeof made, { lay });
    },
  };
  return Object.assign(Object.create(base) as Repository, own);
}
