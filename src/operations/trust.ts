/** Which files the user never had checked out, as far as git tells: the code of others is not run unasked. */
import type { Oid, Sighting } from '../domain/sighting.ts';
import { isTrusted } from '../domain/versions.ts';
import type { Repository } from '../git/contract.ts';
import { REFLOG_DEPTH } from './evidence.ts';

interface FileVersion {
  readonly path: string;
  readonly blob: Oid;
}

/** Those that are neither in HEAD's ancestry, nor on a branch of the user's, nor where HEAD's reflog has been. */
export async function neverHad<V extends FileVersion>(
  repository: Repository,
  versions: readonly V[],
  sightings: readonly Sighting[],
): Promise<readonly V[]> {
  if (versions.length === 0) return [];
  const paths = [...new Set(versions.map(({ path }) => path))];
  const seen = sightings.filter(({ path }) => paths.includes(path));
  const [inHead, holders] = await Promise.all([
    repository.inHead([...new Set(seen.map(({ commit }) => commit))]),
    repository.holders(paths),
  ]);
  const isOurs = ({ path, blob }: V, stoodOn: ReadonlySet<Oid>): boolean => {
    const tips = (holders.get(path) ?? []).map(holder => ({ ...holder, path }));
    const own = seen.filter(sighting => sighting.path === path);
    return isTrusted({ commit: null, path, blob }, { stoodOn, sightings: own, tips, kept: null }, inHead);
  };
  const doubtful = versions.filter(version => !isOurs(version, new Set()));
  if (doubtful.length === 0) return [];
  const stood = [...new Set((await repository.headReflog()).slice(0, REFLOG_DEPTH))];
  const there = await repository.versionsAt(stood, paths);
  return doubtful.filter(version => !isOurs(version, there.get(version.path) ?? new Set()));
}
