/** From what a person typed to the migration that is meant. */
import type { MigrationId } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import type { InspectedProject, Inspection } from './inspect.ts';

export interface NamedMigration {
  readonly inspected: InspectedProject;
  readonly id: MigrationId;
}

/**
 * The migration of this id; or, when there is exactly one, the migration whose id or file name begins with or contains what was typed.
 * Looks at the database, the disk and git's whole history. Throws `unknown-migration` with what is near.
 */
export function findMigration(inspection: Inspection, typed: string): NamedMigration {
  const all = inspection.projects.flatMap(inspected => [...idsOf(inspected)].map(id => ({ inspected, id })));
  const exact = all.filter(({ id }) => id === typed);
  const starting = all.filter(({ id }) => id.startsWith(typed) || nameOf(id).startsWith(typed));
  const containing = all.filter(entry => entry.id.includes(typed) || pathsOf(entry).some(path => path.includes(typed)));
  for (const found of [exact, starting, containing]) {
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    if (found.length > 1) break;
  }
  const near = (starting.length > 0 ? starting : containing).slice(0, 5).map(({ id }) => id);
  throw new ProblemError('unknown-migration', { id: typed, near });
}

const nameOf = (id: MigrationId): string => id.slice(id.indexOf('.') + 1);

function idsOf({ facts, sightings, looked }: InspectedProject): ReadonlySet<MigrationId> {
  return new Set([
    ...(facts.applied ?? []).map(row => row.id),
    ...facts.files.map(file => file.id),
    ...sightings.keys(),
    ...(looked.log?.ids() ?? []),
  ]);
}

const pathsOf = ({ inspected, id }: NamedMigration): readonly string[] => [
  ...inspected.facts.files.filter(file => file.id === id).map(file => file.path),
  ...(inspected.sightings.get(id) ?? []).map(sighting => sighting.path),
];
