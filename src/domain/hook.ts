/** Tidemark's git hook as plain data: when it runs, what it may do, where it is installed, and what it remembers. */

/**
 * The events it is installed for. The first three follow HEAD from place to place; `post-commit` sees what `revert`, `cherry-pick` and a
 * merge with conflicts make. `reference-transaction` and `post-index-change` would see `reset` and `stash` at once, but the one starts a
 * shell two or three times for every ref a fetch moves (124 shells for 62 refs with git 2.39, 192 with 2.55) and may veto the move, and the other
 * runs at every `git status` and `git add`, and before HEAD has moved.
 */
export const HOOK_EVENTS = ['post-checkout', 'post-merge', 'post-rewrite', 'post-commit'] as const;

export type HookEvent = (typeof HOOK_EVENTS)[number];

/** What the hook does when the database and the branch differ. */
export const HOOK_MODES = ['report', 'ask', 'reconcile', 'off'] as const;

export type HookMode = (typeof HOOK_MODES)[number];

/** Local git settings of the hook: mode, and seconds it may take to look. */
export const HOOK_MODE_KEY = 'tidemark.hook';
export const HOOK_LIMIT_KEY = 'tidemark.hookLimit';

/** Seconds the hook may take to look, when nothing else is set. */
const HOOK_LIMIT_SECONDS = 2;

/** The mode a setting means; `report` when there is none, or one that is not known. */
export const hookMode = (setting: string | undefined): HookMode =>
  HOOK_MODES.find(mode => mode === setting) ?? 'report';

/** The limit a setting means, in milliseconds. */
export function hookLimit(setting: string | undefined): number {
  const seconds = Number(setting);
  return 1000 * (setting !== undefined && seconds > 0 && seconds <= 3600 ? seconds : HOOK_LIMIT_SECONDS);
}

/** Where the hook is, or would be, kept. */
export type HookHome =
  /** In the repository's own git settings (`hook.tidemark.*`, git 2.54). */
  | { readonly kind: 'settings' }
  /** In files of a folder that is this machine's alone. */
  | { readonly kind: 'folder'; readonly folder: string }
  /** In files of the working tree, which others get too. */
  | { readonly kind: 'committed'; readonly folder: string; readonly husky: boolean }
  /** In the settings file of a hook manager, which a person edits. `wired`: it calls Tidemark already. */
  | { readonly kind: 'manager'; readonly manager: HookManager; readonly file: string; readonly wired: boolean }
  /** Nowhere: git looks for hooks in a folder that is not this repository's. `scope`: whose setting says so. */
  | { readonly kind: 'outside'; readonly folder: string; readonly scope: string };

/** Hook managers that keep all hooks in a settings file of their own. */
export type HookManager = 'lefthook' | 'pre-commit' | 'simple-git-hooks';

/** One hook file as it is. Paths are absolute. */
export interface HookFile {
  readonly event: HookEvent;
  readonly path: string;
  /** null: there is none. */
  readonly found: {
    readonly kind: 'file' | 'link' | 'other';
    /** One character per byte. Empty unless it is a file. */
    readonly text: string;
    /** Permission bits. */
    readonly mode: number;
  } | null;
}

/** How hooks are kept in a repository, as git and the files tell. */
export interface HookSurroundings {
  readonly home: HookHome;
  /** The files of `home` (folder and committed); else empty. */
  readonly files: readonly HookFile[];
  /** False where files of `home` cannot be made or changed. */
  readonly writable: boolean;
  /** Folders of `home` that would have to be made, the inner ones first. */
  readonly missingFolders: readonly string[];
  /** Why hooks would not run in this worktree all the same; null when they would. */
  readonly absent: string | null;
  /** Values of `hook.tidemark.command` and `hook.tidemark.event` in the repository's own settings. */
  readonly settings: { readonly command: string | null; readonly events: readonly string[] };
}

/** A file that was written: what it was before and what it became, so that uninstalling leaves no trace. */
export interface WrittenHook {
  readonly path: string;
  /** One character per byte; null when the file was made. */
  readonly before: string | null;
  readonly after: string;
}

/** What starts Tidemark on this machine. Absolute paths. */
export interface HookProgram {
  readonly node: string;
  readonly script: string;
  /** Folders inside a git working tree that hold them: nothing there is run once git tracks something in it. */
  readonly guarded: readonly string[];
}

/** A project's configuration that the user has typed a command with. */
export interface KnownConfiguration {
  readonly project: string;
  /** Address for people, without a password. */
  readonly database: string;
  /** Digest of project, settings and address (without the password). */
  readonly mark: string;
}

/** All the hook knows, in the git directory shared by all worktrees. Holds no password. */
export interface HookMemory {
  readonly format: 1;
  readonly program: HookProgram;
  /** Run also where `CI` is set. */
  readonly inCi: boolean;
  readonly home: HookHome;
  readonly written: readonly WrittenHook[];
  /** Folders that were made for hooks, the inner ones first. */
  readonly madeFolders: readonly string[];
  readonly pathspecs: readonly string[];
  /** Folders that hold migrations, from the root. */
  readonly folders: readonly string[];
  /** The newest last. */
  readonly configurations: readonly KnownConfiguration[];
}
