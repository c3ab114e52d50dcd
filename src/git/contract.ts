/** What the rest of Tidemark may ask of git. Implemented in this folder; nobody else starts git. */
import type { HookMemory, HookSurroundings } from '../domain/hook.ts';
import type { CommitInfo, History, HistoryGap, Oid } from '../domain/sighting.ts';
import type { SwitchEnd, SwitchObstacle, SwitchTarget } from '../domain/switching.ts';

/** A repository that was found and can be read. */
export interface RepositoryInfo {
  /** Absolute, links resolved: top of the working tree the user stands in. */
  readonly root: string;
  /** Absolute path of this worktree's git directory. */
  readonly gitDir: string;
  /** Absolute path of the git directory shared by all worktrees: where Tidemark's own files live, under `tidemark/`. */
  readonly commonDir: string;
  /** null before the first commit. */
  readonly head: Oid | null;
  /** Short branch name; null when HEAD is detached. */
  readonly branch: string | null;
  /** An operation in its middle: `rebase`, `merge`, `cherry-pick`, `revert`, `bisect`; null when there is none. */
  readonly inTheMiddleOf: string | null;
  readonly gaps: readonly HistoryGap[];
  readonly gitVersion: string;
}

/** A file of the working tree, tracked or not (ignored files only in folders where git has seen a migration). */
export interface WorkingFile {
  readonly path: string;
  /** False for untracked files. */
  readonly tracked: boolean;
}

/** Progress of a walk. `commits` counts commits that touch the pathspecs. */
export type WalkProgress = (seen: { readonly commits: number; readonly sightings: number }) => void;

export interface WalkOptions {
  /** Git pathspecs from the root, with magic: `:(glob)db/migrations/*.sql`. While they are still on their way, git looks for tips. */
  readonly pathspecs: readonly string[] | Promise<readonly string[]>;
  /** Also walk commits that no ref and no reflog reaches. */
  readonly unreachable?: boolean;
  /** False to neither read nor write the cache. */
  readonly cache?: boolean;
  readonly onProgress?: WalkProgress;
  readonly signal?: AbortSignal;
}

/** Which refs of a repository hold a path, and with which blob. */
export interface Holder {
  /** Full ref name: `refs/heads/main`. */
  readonly ref: string;
  readonly commit: Oid;
  readonly blob: Oid;
}

/** Another worktree of the repository. */
export interface OtherWorktree {
  /** Absolute. */
  readonly path: string;
  readonly head: Oid | null;
  readonly branch: string | null;
  readonly locked: boolean;
  /** False when its folder is not there now (locked ones are kept all the same), or when git does not tell which folder it is. */
  readonly present: boolean;
}

/** A file to lay over a checkout. `text` null copies the bytes of `blob`; both null removes the file. Existing files are replaced. */
export interface LaidFile {
  readonly path: string;
  readonly text: string | null;
  readonly blob: Oid | null;
}

/** A worktree of ours. `root` is its checkout, `scratch` an empty private folder beside it. Both are absolute. */
export interface OwnWorktree {
  readonly root: string;
  readonly scratch: string;
  /** Writes files into the checkout, making folders as needed. Refuses paths that leave it. */
  lay(files: readonly LaidFile[]): Promise<void>;
  /** Writes files into the scratch folder, readable by the owner only. */
  scratchFiles(files: readonly { readonly path: string; readonly text: string }[]): Promise<void>;
  /** Makes links in the checkout to things of the user's tree (`node_modules`, `.env`) where the checkout has none. Absent ones are passed over. */
  link(paths: readonly string[]): Promise<void>;
  /** Removes checkout, scratch folder and git's record of it. May be called again. */
  remove(): Promise<void>;
}

/** A file of the working tree as a blob. */
export interface TakenFile {
  readonly blob: Oid;
  /** In bytes. */
  readonly size: number;
  /** null when the file, or all of them together, is larger than was asked for. */
  readonly bytes: Uint8Array | null;
  /** Modification time in milliseconds since 1970. */
  readonly modifiedAt: number;
  /** The same with LF for CRLF; null where that makes no difference. */
  readonly withoutCr: { readonly blob: Oid; readonly bytes: Uint8Array | null } | null;
}

/** What a change of the provenance store leaves there. */
export interface StoreChange {
  /** All logs, by name (lower-case hex). Others are dropped. */
  readonly logs: ReadonlyMap<string, string>;
  /** Blobs to keep. Those that are neither here nor in `texts` are left out. */
  readonly keep: ReadonlySet<Oid>;
  /** New texts, by blob. */
  readonly texts: ReadonlyMap<Oid, Uint8Array>;
}

/**
 * Tidemark's own record, in a git repository of its own inside the common git directory (`tidemark/provenance`), reachable from a private ref
 * there. In the user's repository no ref would do: each one that git keeps objects for is pushed by `push --mirror`, taken by `clone
 * --mirror` and listed by `for-each-ref`, and `refs/worktree/` is lost to a `gc` in another worktree as well (tried with git 2.39).
 */
export interface ProvenanceStore {
  /** False where it is switched off, or the git directory cannot be written to. */
  mayChange(): boolean;
  /** A log; null when there is none, or nothing can be read. Starts no git while nothing was written since the last read here. */
  read(name: string): Promise<string | null>;
  /** All logs. */
  readAll(): Promise<ReadonlyMap<string, string>>;
  /** Changes all at once or nothing; `next` is called again with what another process wrote meanwhile. null from it changes nothing. */
  change(
    next: (logs: ReadonlyMap<string, string>) => StoreChange | null,
  ): Promise<'changed' | 'unchanged' | 'not-possible'>;
  /** Removes everything, texts included. False when there was nothing. Throws `disk`. */
  clear(): Promise<boolean>;
  /** For people. `bytes`: what it takes up on the disk. */
  examine(): Promise<{ readonly state: 'none' | 'good' | 'damaged' | 'read-only' | 'off'; readonly bytes: number }>;
}

/** What installing or uninstalling the hook changes. All of it is done, or none. */
export interface HookChange {
  /** Hook files: absolute path and what it is to say, one character per byte; null removes it. */
  readonly files: readonly { readonly path: string; readonly text: string | null }[];
  /** Folders to remove where they are empty afterwards. */
  readonly emptyFolders: readonly string[];
  /** Local git settings: key and all its values; none removes it. */
  readonly settings: readonly (readonly [key: string, values: readonly string[]])[];
  /** The machine's own part; null removes it in every worktree. */
  readonly memory: HookMemory | null;
}

/** A filter that a checkout would start. */
export interface CheckoutFilter {
  readonly name: string;
  /** The command of the user's settings. */
  readonly command: string;
  /** False for git-lfs, which checkouts of ours switch off. */
  readonly isRun: boolean;
}

/** Everything asked of one repository. Paths are from its root. Every call may throw ProblemError `git-failed` or `git-missing`. */
export interface Repository extends RepositoryInfo {
  /** The life stories of all files under the pathspecs, on all refs, the stash and the reflog. Throws `objects-missing` in a treeless clone. */
  walk(options: WalkOptions): Promise<History>;
  /** Files in the working tree under the pathspecs, that are there right now; sorted by path. `alsoIn` names folders whose ignored files count too. */
  workingFiles(pathspecs: readonly string[], alsoIn?: readonly string[]): Promise<readonly WorkingFile[]>;
  /** Text of a file in the working tree (UTF-8, damaged bytes replaced); null when there is none, it is no regular file, or a link leads out of the tree. */
  readWorking(path: string): string | null;
  /** Blob ids of working-tree files as `git hash-object` gives them without filters. Missing files are left out. */
  hashWorking(paths: readonly string[]): Promise<ReadonlyMap<string, Oid>>;
  /** As `hashWorking`, but a file that has not changed since it was last asked for here is not read again. For a few dozen files. */
  hashKnown(paths: readonly string[]): ReadonlyMap<string, Oid>;
  /**
   * What is worked out from the bytes of working-tree files, for many of them at every look: `asked` is path to question. An answer is
   * remembered while neither the file nor the question changes; `kind` says what is worked out, and by which version. Missing files are left out.
   */
  workedOut<A extends string>(
    kind: string,
    asked: ReadonlyMap<string, string>,
    answer: (path: string, question: string, bytes: Uint8Array) => A,
  ): Promise<ReadonlyMap<string, A>>;
  /** Working-tree files with their bytes, as `hashWorking` reads them. `most`: how many bytes of one file and of all are handed out. */
  takeWorking(
    paths: readonly string[],
    most: { readonly one: number; readonly all: number },
  ): ReadonlyMap<string, TakenFile>;
  /** Texts of blobs, by id, through one long-lived `cat-file --batch`. Blobs that are not here are left out; nothing is fetched. */
  readBlobs(blobs: readonly Oid[]): Promise<ReadonlyMap<Oid, string>>;
  /** As `readBlobs`, but their bytes. */
  readBytes(blobs: readonly Oid[]): Promise<ReadonlyMap<Oid, Uint8Array>>;
  /** Blob of each path in a commit's tree; paths that are not there are left out. */
  blobsAt(commit: Oid, paths: readonly string[]): Promise<ReadonlyMap<string, Oid>>;
  /** The blobs that some of the commits have at each path, in one call; paths that none has are left out. */
  versionsAt(commits: readonly Oid[], paths: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<Oid>>>;
  /** All files of a commit's tree under the pathspecs: path to blob. */
  filesAt(commit: Oid, pathspecs: readonly string[]): Promise<ReadonlyMap<string, Oid>>;
  /** For each path, the branches, remote branches and tags whose tip holds it. Answers are remembered while no ref moves. */
  holders(paths: readonly string[]): Promise<ReadonlyMap<string, readonly Holder[]>>;
  /** For each of the commits: is it HEAD or an ancestor of it? Answers are remembered for this HEAD. */
  inHead(commits: readonly Oid[]): Promise<ReadonlySet<Oid>>;
  /** For each of the commits: is it this one or an ancestor of it? */
  ancestorsOf(commit: Oid, commits: readonly Oid[]): Promise<ReadonlySet<Oid>>;
  /** Is `ancestor` an ancestor of (or the same as) `descendant`? */
  isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean>;
  /** Which of these objects exist here. */
  existing(oids: readonly Oid[]): Promise<ReadonlySet<Oid>>;
  /** Commits HEAD's reflog has stood on, newest first. Empty without a reflog. */
  headReflog(): Promise<readonly Oid[]>;
  /** Commits HEAD has stood on since a moment (ISO 8601), the one it stood on then included, newest first; null when the reflog does not tell. */
  stoodOnSince(moment: string): Promise<readonly Oid[] | null>;
  /** Is HEAD's branch an ancestor of its upstream, and strictly behind it? The upstream's ref and tip, else null. */
  behindUpstream(): Promise<{ readonly ref: string; readonly commit: Oid } | null>;
  /** As `behindUpstream`, of any local branch. */
  behindUpstreamOf(branch: string): Promise<{ readonly ref: string; readonly commit: Oid } | null>;
  /** The commit a name means. Throws `unknown-ref`. */
  resolve(name: string): Promise<Oid>;
  /** What `git switch` would make of a name: a branch, a remote branch, a tag, a commit, `-`. Throws `unknown-ref` with names near it. */
  target(name: string): Promise<SwitchTarget>;
  /** Why `git switch` would fail now, as far as git tells without being asked to do it; null when nothing speaks against it. */
  obstacle(target: SwitchTarget): Promise<SwitchObstacle | null>;
  /** Switches, with plain `git switch`, the user's own hooks and settings, and `TIDEMARK_SKIP=1`. A failing switch is a value. */
  switchTo(target: SwitchTarget): Promise<SwitchEnd>;
  /** Facts of commits; unknown ones are left out. */
  commitInfo(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, CommitInfo>>;
  /** The repository's other worktrees, ours left out. */
  otherWorktrees(): Promise<readonly OtherWorktree[]>;
  /** What `addWorktree` at this commit would start besides git: filters that the user's settings have and attributes ask for. */
  checkoutFilters(commit: Oid): Promise<readonly CheckoutFilter[]>;
  /** Makes a worktree of ours at a commit, hooks off. `label` (letters, digits, `-`) enters its name; names never collide. */
  addWorktree(label: string, commit: Oid): Promise<OwnWorktree>;
  /** Removes what crashed runs left behind, except worktrees of the given labels. Returns the removed paths. */
  removeLeftWorktrees(keep: readonly string[]): Promise<readonly string[]>;
  /** A file of the user's own tree is created with these bytes. Throws `file-in-the-way` when it exists. For `adopt` only. */
  writeNew(path: string, blob: Oid): Promise<void>;
  /** Which text was on disk when a row was first seen. Texts it keeps are found by `readBlobs`, `writeNew` and `lay` like any blob. */
  readonly provenance: ProvenanceStore;
  /** Local git settings of one key, in order. */
  localSetting(key: string): Promise<readonly string[]>;
  /** Replaces all values of one local key; an empty list removes it. */
  setLocalSetting(key: string, values: readonly string[]): Promise<void>;
  /** How hooks are kept here. `inFiles`: in files even where git's settings could hold them. */
  hookSurroundings(inFiles: boolean): Promise<HookSurroundings>;
  /** Text of a hook file by its absolute path, one character per byte; null when there is none, or it is no regular file. */
  readHook(path: string): string | null;
  /** Installs or uninstalls. Throws `refused` when something cannot be written, and then everything is as before. */
  changeHook(change: HookChange): Promise<void>;
  /** What the hook knows; null when it is not installed. */
  hookMemory(): HookMemory | null;
  /** Replaces what the hook knows, and its script. */
  rememberForHook(memory: HookMemory): void;
  /** HEAD of this worktree when the hook, or a command, last looked at it; null when none did. */
  lastLook(): Oid | null;
  /** Lists what this worktree holds now. When the answer is called, the hook need not look at that again. */
  looking(pathspecs: readonly string[]): Promise<() => void>;
  /** Is the file, links resolved, in a working tree of this repository? The top of that tree, and whether git tracks anything at or below `folder`. */
  treeAround(folder: string): Promise<{ readonly top: string; readonly tracked: boolean } | null>;
  /** Ends helper processes. */
  close(): Promise<void>;
}

/** One commit of a made-up repository. */
export interface Chapter {
  /** Name; the address is made from it. */
  readonly author: string;
  /** ISO 8601, for author and committer. */
  readonly date: string;
  readonly subject: string;
  /** Files to write, path to text, and files to remove. */
  readonly write: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** The git room's front door. */
export interface Git {
  /** Finds the repository around a folder. Throws `not-a-repository`, `bare-repository`, `git-missing`, `git-too-old`. */
  open(directory: string): Promise<Repository>;
  /** Makes a repository in an empty folder, on branch `main`; `untracked` files are written last and excluded from git. For the demo. */
  makeRepository(
    folder: string,
    chapters: readonly Chapter[],
    untracked: Readonly<Record<string, string>>,
  ): Promise<void>;
}
