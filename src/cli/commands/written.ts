/** `--with <file.sql>` and `--edit`: a reversal that a person wrote, or writes now in their editor. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ProblemError } from '../../domain/problem.ts';
import { type ByHand, draftFor, mustBeWritten } from '../../operations/by-hand.ts';
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

/**
 * Opens the draft in the user's editor and returns its file. It lies in the git directory, readable by this user only, and stays there: a text
 * somebody wrote is not thrown away. Throws `needs-answer` without a terminal.
 */
export async function editDraft(session: Session, inspection: Inspection, typed: readonly string[]): Promise<string> {
  const [only, ...others] = typed;
  if (only === undefined || others.length > 0) {
    throw new ProblemError('bad-arguments', { reason: '--edit needs exactly one migration id' });
  }
  const { inspected, id } = findMigration(inspection, only);
  if (!session.canAsk) {
    const flag = `tidemark reconcile ${only} --with <file.sql>`;
    throw new ProblemError('needs-answer', { question: `What takes ${id} back?`, flag });
  }
  const { repository } = inspection;
  const folder = path.join(repository.commonDir, 'tidemark/drafts');
  const file = path.join(folder, `${encodeURIComponent(id).slice(0, 120)}.sql`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(file))
    writeFileSync(file, await draftFor(session.outside, repository, inspected, id), { mode: 0o600 });
  const { env } = session.outside;
  const editor = env['VISUAL'] || env['EDITOR'] || 'vi';
  // As git does: the setting may hold arguments (git-var(1), GIT_EDITOR).
  const argv = ['/bin/sh', '-c', `${editor} "$@"`, editor, file] as const;
  const own = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const code = await session.outside.processes.handTerminalTo({ argv: [...argv], cwd: repository.root, env: own });
  if (code === 0) return file;
  throw new ProblemError('refused', {
    reason: `The editor (${editor}) ended with ${code ?? 'a signal'}.`,
    next: `edit ${file}`,
  });
}
