/** Whose rows those are that do not say it themselves (`Framework.marks`): read from every text that the disk, git or Tidemark's own record has. */
import type { Declaration, MigrationId } from '../domain/migration.ts';
import type { History } from '../domain/sighting.ts';
import type { FileText, Known } from '../frameworks/contract.ts';
import type { Repository, WorkingFile } from '../git/contract.ts';
import type { FoundProject } from './find-projects.ts';
import type { ReadRows } from './inspection.ts';

interface Marked {
  readonly repository: Repository;
  readonly found: FoundProject;
  readonly history: History;
  readonly log: ReadRows['log'];
  /** What was known of the working tree, when that of another commit is compared. */
  readonly here: Known | null;
}

/** Every migration with its marks, those on disk last; null where rows say the id. */
export async function markedBy(
  { repository, found, history, log, here }: Marked,
  working: readonly WorkingFile[],
): Promise<Known | null> {
  const { framework, project } = found;
  if (framework.marks === undefined) return null;
  const onDisk = working.flatMap(({ path }): FileText[] => {
    const text = repository.readWorking(path);
    return text === null ? [] : [{ path, text }];
  });
  const ids = onDisk.flatMap(({ path }) => framework.identify(project, path, null) ?? []);
  const marks = new Map<MigrationId, Set<string>>(ids.map(id => [id, new Set()]));
  const add = (id: MigrationId, mark: string) => marks.set(id, (marks.get(id) ?? new Set()).add(mark));
  const read = (file: FileText) => {
    for (const { id, mark } of framework.marks?.(project, file) ?? []) add(id, mark);
  };
  for (const file of onDisk) read(file);
  for (const [id, declared] of here ?? []) for (const mark of declared.marks ?? []) add(id, mark);
  for (const file of await ofThePast(repository, history, log)) read(file);
  const declared = [...marks].map(([id, own]): Declaration => ({ id, requires: [], replaces: [], marks: [...own] }));
  return new Map(declared.reverse().map(each => [each.id, each]));
}

/** Each text once, the newest first; copies that Tidemark kept come last. */
async function ofThePast(
  repository: Repository,
  { sightings }: History,
  log: ReadRows['log'],
): Promise<readonly FileText[]> {
  const records = [...(log?.ids() ?? [])].flatMap(id => log?.of(id) ?? []);
  const kept = records.flatMap(({ path, blob }) => (path === null || blob === null ? [] : [{ path, blob }]));
  const versions = new Map([...sightings, ...kept].map(({ path, blob }) => [`${path}\n${blob}`, { path, blob }]));
  const texts = await repository.readBlobs([...new Set([...versions.values()].map(({ blob }) => blob))]);
  return [...versions.values()].flatMap(({ path, blob }) => {
    const text = texts.get(blob);
    return text === undefined ? [] : [{ path, text }];
  });
}
