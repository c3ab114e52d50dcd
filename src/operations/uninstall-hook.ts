/** Uninstalling the hook: everything is as it was before, byte for byte where nobody changed it since. */
import { HOOK_LIMIT_KEY, HOOK_MODE_KEY, hookMode } from '../domain/hook.ts';
import { hasBlock } from '../domain/hook-block.ts';
import type { Repository } from '../git/contract.ts';
import { act, restored } from './hook-file-plan.ts';
import { byHandFor, COMMAND_KEY, EVENT_KEY, type HookPlan } from './install-hook.ts';

/** Plans taking everything out again, also what an installation left that nobody remembers. */
export async function planUninstall(repository: Repository): Promise<HookPlan> {
  const surroundings = await Promise.all([repository.hookSurroundings(false), repository.hookSurroundings(true)]);
  const before = repository.hookMemory();
  const modes = await repository.localSetting(HOOK_MODE_KEY);
  const limits = await repository.localSetting(HOOK_LIMIT_KEY);
  const [{ settings }, { files, home }] = surroundings;
  const remembered = before?.written ?? [];
  const forgotten = files.filter(
    ({ path, found }) =>
      home.kind === 'folder' && hasBlock(found?.text ?? '') && !remembered.some(old => old.path === path),
  );
  const change = [
    ...remembered.flatMap(old => restored(old, repository.readHook(old.path))),
    ...forgotten.flatMap(({ path, found }) => restored({ path, before: null, after: '' }, found?.text ?? null)),
  ];
  const bySettings = settings.command !== null || settings.events.length > 0;
  return {
    home: before?.home ?? null,
    mode: hookMode(modes.at(-1)),
    acts: [
      ...change.map(({ path: at, text }) => act(at, text === null ? 'remove' : 'change')),
      ...(bySettings ? [act(`git setting ${EVENT_KEY}`, 'remove')] : []),
    ],
    settled: change.length === 0 && !bySettings && before === null && modes.length + limits.length === 0,
    byHand: home.kind === 'manager' && home.wired ? byHandFor(home.manager, home.file) : null,
    absent: null,
    change: {
      files: change,
      emptyFolders: before?.madeFolders ?? [],
      settings: [COMMAND_KEY, EVENT_KEY, HOOK_MODE_KEY, HOOK_LIMIT_KEY].map(key => [key, []] as const),
      memory: null,
    },
  };
}
