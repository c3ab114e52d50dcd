/** A reversal written by hand, in the user's own editor. */
import type { MigrationId } from '../../domain/migration.ts';
import { mustBeWritten } from '../../operations/by-hand.ts';
import { type EditedDraft, editDraft } from '../../operations/edit-draft.ts';
import type { Inspection } from '../../operations/inspect.ts';
import { type Desk, projectCalled } from './desk.ts';

/** Gives the terminal to the editor, and tells what was written. Throws `refused` when that is no reversal. */
export async function writeReversal(
  { outside, dispatch }: Desk,
  inspection: Inspection,
  project: string,
  id: MigrationId,
  lend: (work: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const edited: EditedDraft[] = [];
  await lend(async () => {
    edited.push(await editDraft(outside, inspection.repository, projectCalled(inspection, project), id));
  });
  for (const { file, text } of edited) {
    // What is not text is refused like what has no SQL.
    const script = text ?? '\0';
    mustBeWritten(outside, script, file);
    dispatch({ type: 'written', written: { migration: id, script } });
  }
}
