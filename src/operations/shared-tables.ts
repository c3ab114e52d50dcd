/** History tables that are not this project's: with another tool's columns, or kept by two frameworks at once. */
import type { TableName } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import type { FoundProject } from './find-projects.ts';
import type { ReadRows } from './inspection.ts';

const shown = ({ schema, name }: TableName): string => (schema === null ? name : `${schema}.${name}`);

/** Throws `not-its-table` when the table has other columns than the framework's, whatever its name. */
export function checkColumns({ framework, project }: FoundProject, columns: readonly string[], database: string): void {
  if (framework.ownsTable === undefined || framework.ownsTable(columns)) return;
  throw new ProblemError('not-its-table', {
    framework: framework.title,
    table: shown(project.historyTable),
    database,
    columns,
  });
}

/** What was read of a project, or why nothing could be. */
type Read = ReadRows | ProblemError | undefined;

/**
 * What was read, but where projects of different frameworks would read the rows of one table: none of them can tell its own from the
 * other's, so each gets the problem `table-of-several`.
 */
export function apart(found: readonly FoundProject[], reads: readonly Read[]): readonly Read[] {
  const keys = found.map(({ project }, index) => {
    const read = reads[index];
    const hasRows = read !== undefined && !(read instanceof ProblemError) && (read.rows?.length ?? 0) > 0;
    return hasRows ? JSON.stringify([read.identity, project.historyTable]) : null;
  });
  return reads.map((read, index) => {
    const key = keys[index];
    const own = found[index];
    if (key == null || own === undefined || read === undefined || read instanceof ProblemError) return read;
    const sharing = found.filter((_other, at) => keys[at] === key);
    if (sharing.every(({ framework }) => framework.name === own.framework.name)) return read;
    return new ProblemError('table-of-several', {
      framework: own.framework.name,
      table: shown(own.project.historyTable),
      database: read.address.display,
      titles: [...new Set(sharing.map(({ framework }) => framework.title))].sort(),
    });
  });
}
