/** The git room's front door: opens repositories and puts the room's parts together. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import type { Oid } from '../domain/sighting.ts';
import { blobReader } from './blob-reader.ts';
import { cacheFolder } from './cache-folder.ts';
import { checkoutFilters } from './checkout-filters.ts';
import { behindUpstream, commitInfo, headReflog, inHead, isAncestor, resolve, stoodOnSince } from './commits.ts';
import type { Git, Repository } from './contract.ts';
import { type Found, findRepository } from './find-repository.ts';
import { changeHook, lastLook, looking, readMemory, writeMemory } from './hook-files.ts';
import { hookSurroundings, readHook, treeAround } from './hook-surroundings.ts';
import { withKeptObjects } from './kept-objects.ts';
import { hashKnown, workedOut } from './known-files.ts';
import { makeRepository } from './make-repository.ts';
import { existing } from './object-facts.ts';
import { otherWorktrees } from './other-worktrees.ts';
import { addWorktree } from './own-worktrees.ts';
import { provenanceStore } from './provenance-store.ts';
import { removeLeft } from './remove-worktrees.ts';
import { writeBelow } from './safe-files.ts';
import { localSetting, setLocalSetting } from './settings.ts';
import { obstacle, switchTo } from './switch.ts';
import { switchTarget } from './switch-target.ts';
import { blobsAt, filesAt, holders, versionsAt } from './trees.ts';
import { walk } from './walk.ts';
import { hashWorking, readWorking, takeWorking, workingFiles } from './working-tree.ts';

/** What the room is given. */
export interface GitOptions {
  /** The environment git runs in. It is cleaned before it reaches git. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder for the user's caches; the default is `$XDG_CACHE_HOME`, else `~/.cache`. */
  readonly cacheHome?: string;
}

/** The git room. */
export function createGit(options: GitOptions): Git {
  const cacheHome = options.cacheHome ?? defaultCacheHome(options.env);
  return {
    async open(directory) {
      return repositoryOf(await findRepository(directory, options.env, cacheHome), options.env);
    },
    makeRepository: (folder, chapters, untracked) => makeRepository(options.env, folder, chapters, untracked),
  };
}

/** The XDG base directory rules: a relative path is not to be used. */
function defaultCacheHome(env: Readonly<Record<string, string | undefined>>): string {
  const asked = env['XDG_CACHE_HOME'];
  return asked?.startsWith('/') ? asked : join(env['HOME'] ?? homedir(), '.cache');
}

function repositoryOf({ place, info, keepsProvenance }: Found, env: GitOptions['env']): Repository {
  const blobs = blobReader(withKeptObjects(place.objects, place), 'blob');
  const trees = blobReader(place.objects, 'tree');
  const cache = cacheFolder(place.commonDir);
  return {
    ...info,
    walk: asked => walk(place, blobs, asked),
    workingFiles: (pathspecs, alsoIn = []) => workingFiles(place, pathspecs, alsoIn),
    readWorking: path => readWorking(place, path),
    hashWorking: async paths => hashWorking(place, paths),
    hashKnown: paths => hashKnown(place, cache, paths, Date.now()),
    workedOut: async (kind, asked, answer) => workedOut(place, cache, kind, asked, answer, Date.now()),
    takeWorking: (paths, most) => takeWorking(place, paths, most),
    async readBlobs(oids) {
      const texts = new Map<Oid, string>();
      await blobs.read([...new Set(oids)], (oid, bytes) => void texts.set(oid, bytes.toString('utf8')));
      return texts;
    },
    async readBytes(oids) {
      const bytes = new Map<Oid, Uint8Array>();
      await blobs.read([...new Set(oids)], (oid, content) => void bytes.set(oid, content));
      return bytes;
    },
    blobsAt: (commit, paths) => blobsAt(place, commit, paths),
    versionsAt: (commits, paths) => versionsAt(place, commits, paths),
    filesAt: (commit, pathspecs) => filesAt(place, commit, pathspecs),
    holders: holders(place, trees.read, cache),
    inHead: inHead(place, info.head, cache),
    ancestorsOf: (commit, commits) => inHead(place, commit, cache)(commits),
    isAncestor: (ancestor, descendant) => isAncestor(place, ancestor, descendant),
    existing: oids => existing(place, oids),
    headReflog: () => headReflog(place),
    stoodOnSince: moment => stoodOnSince(place, moment),
    behindUpstream: () => behindUpstream(place, info.head === null ? null : info.branch),
    behindUpstreamOf: branch => behindUpstream(place, branch),
    resolve: name => resolve(place, name),
    target: name => switchTarget(place, name),
    obstacle: target => obstacle(place, target, info.inTheMiddleOf),
    switchTo: target => switchTo(place, target, env),
    commitInfo: oids => commitInfo(place, oids),
    otherWorktrees: () => otherWorktrees(place),
    checkoutFilters: commit => checkoutFilters(place, commit, env),
    addWorktree: (label, commit) => addWorktree(place, blobs, label, commit),
    removeLeftWorktrees: keep => removeLeft(place, keep),
    async writeNew(path, blob) {
      const contents: Buffer[] = [];
      await blobs.read([blob], (_, bytes) => void contents.push(bytes));
      const content = contents[0];
      if (content === undefined)
        throw new ProblemError('objects-missing', { count: 1, gap: place.gaps.at(-1) ?? 'damaged' });
      await writeBelow(place.root, path, content, { inTheWay: 'refuse' });
    },
    provenance: provenanceStore(place, cache, keepsProvenance),
    localSetting: key => localSetting(place, key),
    setLocalSetting: (key, values) => setLocalSetting(place, key, values),
    hookSurroundings: inFiles => hookSurroundings(place, inFiles),
    readHook: path => readHook(path),
    changeHook: change => changeHook(place, change),
    hookMemory: () => readMemory(place),
    rememberForHook: memory => writeMemory(place, memory),
    lastLook: () => lastLook(place),
    looking: pathspecs => looking(place, info.head, pathspecs),
    treeAround: folder => treeAround(place, folder),
    async close() {
      await Promise.all([blobs.close(), trees.close()]);
    },
  };
}
