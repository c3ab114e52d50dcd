/** What frameworks are told that is known when they read rows: every version that git has shown, and at the end what lies on disk. */
import type { Declaration } from '../domain/migration.ts';
import type { Known } from '../frameworks/contract.ts';
import type { FoundProject } from './find-projects.ts';

/** What is known, with these at its end, whatever was known of them before. */
export function withThose(known: Known, last: readonly Declaration[]): Known {
  const all = new Map(known);
  for (const declared of last) {
    all.delete(declared.id);
    all.set(declared.id, declared);
  }
  return all;
}

/** What lies on disk, as far as paths tell. */
export function declaredByPath(
  { project, framework }: FoundProject,
  working: readonly { readonly path: string }[],
  known: Known,
): readonly Declaration[] {
  if (framework.idFrom !== 'path') return [];
  return working.flatMap(({ path }): readonly Declaration[] => {
    const id = framework.identify(project, path, null);
    return id === null ? [] : [known.get(id) ?? { id, requires: [], replaces: [] }];
  });
}
