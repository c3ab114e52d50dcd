/** Orphans the user wants left alone, remembered in this clone's local git settings. */
import { type MigrationId, migrationId, type Project } from '../domain/migration.ts';
import type { Repository } from '../git/contract.ts';
import { projectKey } from './find-projects.ts';

/** One value per ignored migration: `<project key> <id>`. */
const KEY = 'tidemark.ignore';

const entry = (project: Project, id: MigrationId): string => `${projectKey(project)} ${id}`;

/** The ids of a project that are to be left alone. */
export async function ignoredIn(repository: Repository, project: Project): Promise<ReadonlySet<MigrationId>> {
  const prefix = `${projectKey(project)} `;
  const values = await repository.localSetting(KEY);
  return new Set(
    values.filter(value => value.startsWith(prefix)).map(value => migrationId(value.slice(prefix.length))),
  );
}

/** Adds or takes away; repeating is harmless. Returns whether anything changed. */
export async function setIgnored(
  repository: Repository,
  project: Project,
  id: MigrationId,
  ignored: boolean,
): Promise<boolean> {
  const values = await repository.localSetting(KEY);
  const own = entry(project, id);
  if (values.includes(own) === ignored) return false;
  await repository.setLocalSetting(KEY, ignored ? [...values, own] : values.filter(value => value !== own));
  return true;
}
