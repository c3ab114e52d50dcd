/** Where the hook is kept, in words. */
import type { HookHome } from '../domain/hook.ts';
import { clean } from './clean.ts';

/** `this repository's git settings`, `.git/hooks`, `lefthook.yml (lefthook)`. */
export function homeWords(home: HookHome | null, root: string): string {
  if (home === null) return 'nothing';
  switch (home.kind) {
    case 'settings':
      return 'this repository’s git settings';
    case 'folder':
      return clean(home.folder.replace(`${root}/`, ''));
    case 'committed':
      return `${clean(home.folder.replace(`${root}/`, ''))}${home.husky ? ' (husky)' : ''}`;
    case 'manager':
      return `${clean(home.file)} (${home.manager})`;
    case 'outside':
      return `${clean(home.folder)}, which is not this repository’s alone`;
  }
}
