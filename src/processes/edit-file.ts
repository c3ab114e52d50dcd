/** Lets a person edit a file in their own editor. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EditedFile, FileToEdit } from './contract.ts';
import { handTerminalTo } from './run-program.ts';

/** Opens it, as `Processes.edit` promises. */
export async function editFile({ editor, file, draft, cwd, env }: FileToEdit): Promise<EditedFile> {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  // A text somebody wrote is not thrown away.
  if (!existsSync(file)) writeFileSync(file, draft, { mode: 0o600 });
  // As git does: the setting may hold arguments (git-var(1), GIT_EDITOR).
  const code = await handTerminalTo({ argv: ['/bin/sh', '-c', `${editor} "$@"`, editor, file], cwd, env });
  return { code, text: textOf(file) };
}

function textOf(file: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch {
    return null;
  }
}
