/** What everything that works for the terminal UI shares: the world, where to look, and whom to tell. */
import { ProblemError } from '../../domain/problem.ts';
import { explain, type Message } from '../../messages/problems.ts';
import type { InspectedProject, Inspection } from '../../operations/inspect.ts';
import type { Outside, Where } from '../../operations/outside.ts';
import type { Event } from '../state/effects.ts';

export interface Desk {
  readonly outside: Outside;
  readonly where: Where;
  readonly dispatch: (event: Event) => void;
}

/** A problem of the outside world in words. Anything else is a bug, and is thrown on. */
export function messageOf(error: unknown): Message {
  if (error instanceof ProblemError) return explain(error.code, error.facts);
  throw error;
}

/** The project of this key. Throws `unknown-project` when a new reading does not have it any more. */
export function projectCalled(inspection: Inspection, key: string): InspectedProject {
  const found = inspection.projects.find(project => project.key === key);
  if (found !== undefined) return found;
  throw new ProblemError('unknown-project', { asked: key, known: inspection.projects.map(project => project.key) });
}
