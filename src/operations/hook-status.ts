/** What is installed, and whether it works. Changes nothing. */
import {
  HOOK_EVENTS,
  HOOK_LIMIT_KEY,
  HOOK_MODE_KEY,
  type HookEvent,
  type HookHome,
  type HookMode,
  hookLimit,
  hookMode,
} from '../domain/hook.ts';
import { callsScript, hasBlock, hookCommand } from '../domain/hook-block.ts';
import type { Repository } from '../git/contract.ts';

/** The hook of a repository as it is. */
export interface HookStatus {
  readonly installed: boolean;
  /** Where it is, or where it would be installed. */
  readonly home: HookHome;
  /** Events that reach it. */
  readonly events: readonly HookEvent[];
  readonly mode: HookMode;
  readonly limitMs: number;
  readonly inCi: boolean;
  /** Pathspecs whose changes start it. */
  readonly pathspecs: readonly string[];
  /** What keeps it from running, as sentences; empty when all is well. */
  readonly faults: readonly string[];
}

/** Looks at the hook. */
export async function hookStatus(repository: Repository): Promise<HookStatus> {
  const memory = repository.hookMemory();
  const inFiles = memory !== null && memory.home.kind !== 'settings';
  const [surroundings, modes, limits] = await Promise.all([
    repository.hookSurroundings(inFiles),
    repository.localSetting(HOOK_MODE_KEY),
    repository.localSetting(HOOK_LIMIT_KEY),
  ]);
  const { home, files, settings, absent } = surroundings;
  const calling = files.flatMap(({ event, found }) =>
    hasBlock(found?.text ?? '') || callsScript(found?.text ?? '') ? [event] : [],
  );
  const reached: Readonly<Record<HookHome['kind'], readonly HookEvent[]>> = {
    settings: HOOK_EVENTS.filter(event => settings.events.includes(event) && settings.command === hookCommand()),
    folder: calling,
    committed: calling,
    manager: home.kind === 'manager' && home.wired ? HOOK_EVENTS : [],
    outside: [],
  };
  const events = reached[home.kind];
  const faults: string[] = [];
  if (memory !== null) {
    const missing = HOOK_EVENTS.filter(event => !events.includes(event));
    if (missing.length > 0) faults.push(whyMissing(home, missing));
    if (absent !== null) faults.push(`${absent}.`);
    if (memory.pathspecs.length === 0)
      faults.push('No migrations were found when Tidemark last looked, so nothing starts it.');
  } else if (events.length > 0) faults.push('Its files are there, but not the part of this machine.');
  return {
    installed: memory !== null,
    home,
    events,
    mode: hookMode(modes.at(-1)),
    limitMs: hookLimit(limits.at(-1)),
    inCi: memory?.inCi ?? false,
    pathspecs: memory?.pathspecs ?? [],
    faults,
  };
}

function whyMissing(home: HookHome, missing: readonly HookEvent[]): string {
  if (home.kind === 'manager') return `${home.manager} does not call it: ${home.file} says nothing of it.`;
  if (home.kind === 'outside') return `Git looks for hooks in ${home.folder} now.`;
  return `${missing.join(', ')} no longer ${missing.length === 1 ? 'has' : 'have'} it.`;
}

/** `this repository's git settings`, `.git/hooks`, `lefthook.yml (lefthook)`. */
export function homeWords(home: HookHome | null, root: string): string {
  if (home === null) return 'nothing';
  switch (home.kind) {
    case 'settings':
      return 'this repository’s git settings';
    case 'folder':
      return home.folder.replace(`${root}/`, '');
    case 'committed':
      return `${home.folder.replace(`${root}/`, '')}${home.husky ? ' (husky)' : ''}`;
    case 'manager':
      return `${home.file} (${home.manager})`;
    case 'outside':
      return `${home.folder}, which is not this repository’s alone`;
  }
}
