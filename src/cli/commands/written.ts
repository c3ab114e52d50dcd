/** `--with <file.sql>` and `--edit`: a reversal that a person wrote, or writes now in their editor. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ProblemError } from '../../domain/problem.ts';
import { type ByHand, mustBeWritten } from '../../operations/by-hand.ts';
import { editDraft } from '../../operations/edit-draft.ts';
import { findMigration } from '../../operations/find-migration.ts';
import type { Inspection } from '../../operations/inspect.ts';
import type { Session } from '../session.ts';

export interface WrittenOptions {
  readonly with?: string;
  readonly edit?: boolean;
}

/** The text, checked; null when none was asked for. Throws `bad-arguments`, `refused`. */
export function writtenByHand(
  session: Session,
  inspection: Inspection,
  typed: readonly string[],
  { with: file }: WrittenOptions,
): ByHand | null {
  if (file === undefined) return null;
  const [only, ...others] = typed;
  if (only === undefined || others.length > 0) {
    throw new ProblemError('bad-arguments', { reason: '--with needs exactly one migration id' });
  }
  const script = readText(path.resolve(session.where.directory, file), file);
  mustBeWritten(session.outside, script, file);
  return { migration: findMigration(inspection, only).id, script };
}

function readText(absolute: string, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(absolute));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ProblemError('bad-arguments', { reason: `${file} cannot be read: ${said}` }, { cause: error });
  }
}

/** Opens the draft of the one that was typed, and returns its file. Throws `needs-answer` without a terminal. */
export async function editTyped(session: Session, inspection: Inspection, typed: readonly string[]): Promise<string> {
  const [only, ...others] = typed;
  if (only === undefined || others.length > 0) {
    throw new ProblemError('bad-arguments', { reason: '--edit needs exactly one migration id' });
  }
  const { inspected, id } = findMigration(inspection, only);
  if (!session.canAsk) {
    const flag = `tidemark reconcile ${only} --with <file.sql>`;
    throw new ProblemError('needs-answer', { question: `What takes ${id} back?`, flag });
  }
  return (await editDraft(session.outside, inspection.repository, inspected, id)).file;
}
