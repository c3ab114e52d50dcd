/** `tidemark init`: writes a settings file that names the projects found here. */
import { clean } from '../../messages/clean.ts';
import { list, nextLines } from '../../messages/words.ts';
import { initialise } from '../../operations/initialise.ts';
import type { Session } from '../session.ts';

export async function initCommand(session: Session): Promise<number> {
  const { file, projects } = await initialise(session.outside, session.where);
  if (session.json) session.document({ format: 1, file, projects });
  else {
    session.out(`Wrote ${clean(file)} for ${list(projects.map(clean))}.`);
    for (const line of nextLines('tidemark status\ntidemark hook install')) session.tell(line);
  }
  return 0;
}
