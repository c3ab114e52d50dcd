/** The worktrees of one run: made when a command needs one, shared by steps that need the same, removed at the end. */
import { lockSeconds } from '../domain/patience.ts';
import type { Doing } from '../domain/plan.ts';
import type { NewEntry, RunId } from '../domain/run.ts';
import type { OwnWorktree, Repository } from '../git/contract.ts';
import { targetOf } from './connect.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';

type CommandDoing = Extract<Doing, { how: 'command' }>;

/** A worktree that is ready for a command: files laid, wrapper settings written, environment complete. */
interface ReadyCheckout {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** Replaces `{scratch}` and `{worktree}`. */
  readonly fill: (text: string) => string;
}

export interface Checkouts {
  readyFor(doing: CommandDoing): Promise<ReadyCheckout>;
  removeAll(): Promise<void>;
}

export function checkoutsOf(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  journal: { readonly run: RunId; readonly append: (entry: NewEntry) => unknown },
): Checkouts {
  const made = new Map<string, { worktree: OwnWorktree; ready: ReadyCheckout }>();
  return {
    async readyFor(doing) {
      const key = JSON.stringify([doing.commit, doing.files]);
      const known = made.get(key);
      if (known !== undefined) return known.ready;
      const worktree = await repository.addWorktree(journal.run, doing.commit);
      // Remembered before it is filled, so that it is removed even when filling fails.
      const fill = (text: string) =>
        text.replaceAll('{scratch}', worktree.scratch).replaceAll('{worktree}', worktree.root);
      const entry = { worktree, ready: { root: worktree.root, env: {}, fill } as ReadyCheckout };
      made.set(key, entry);
      journal.append({ what: 'worktree-made', path: worktree.root, commit: doing.commit });
      await worktree.lay(
        doing.files.map(file => ({
          path: file.path,
          text: 'text' in file ? file.text : null,
          blob: 'blob' in file ? file.blob : null,
        })),
      );
      await worktree.link(doing.carries);
      const pointing = inspected.framework.point(inspected.project, targetOf(inspected.address));
      await worktree.scratchFiles(pointing.files.map(file => ({ path: file.path, text: fill(file.text) })));
      const env = childEnvironment(outside.env, pointing.env, fill, journal.run);
      entry.ready = { root: worktree.root, env, fill };
      return entry.ready;
    },
    async removeAll() {
      for (const { worktree } of made.values()) await worktree.remove();
      made.clear();
    },
  };
}

/** Every process of a run carries its id here, so that a later resume finds also what has left the framework's process group. */
export const RUN_VARIABLE = 'TIDEMARK_RUN';

/** Variables that are lists of folders: ours come before the user's instead of replacing them. */
const SEARCH_PATHS = ['PYTHONPATH', 'NODE_PATH'];

/**
 * The user's environment without git's own variables (inside a hook they would lead the child's git astray), with the pointing
 * on top. `PGAPPNAME` lets a later resume find sessions that outlive us.
 */
function childEnvironment(
  user: Readonly<Record<string, string | undefined>>,
  pointing: Readonly<Record<string, string>>,
  fill: (text: string) => string,
  run: string,
): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(user)) {
    if (value !== undefined && !/^GIT_(?!AUTHOR|COMMITTER|SSH|PAGER|EDITOR)/.test(name)) env[name] = value;
  }
  env['PGAPPNAME'] = `tidemark:${run}`;
  // A blocked command gives up instead of keeping everybody else waiting behind it (libpq and node-pg read this).
  env['PGOPTIONS'] = `${env['PGOPTIONS'] ?? ''} -c lock_timeout=${lockSeconds(user)}s`.trim();
  env['TIDEMARK_SKIP'] = '1';
  env[RUN_VARIABLE] = run;
  for (const [name, value] of Object.entries(pointing)) {
    const own = fill(value);
    const others = SEARCH_PATHS.includes(name) ? env[name] : undefined;
    env[name] = others === undefined || others === '' ? own : `${own}:${others}`;
  }
  return env;
}
