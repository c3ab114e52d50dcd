/** Writes and removes what the hook consists of: hook files, git's settings, and the machine's own part below `tidemark/hook`. All or nothing. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { HookMemory } from '../domain/hook.ts';
import { runScript } from '../domain/hook-script.ts';
import { ProblemError } from '../domain/problem.ts';
import type { HookChange } from './contract.ts';
import { encodePath } from './path-bytes.ts';
import type { Place } from './place.ts';
import { localSetting, setLocalSetting } from './settings.ts';

type Undo = () => void | Promise<void>;

/** See `Repository.changeHook`. */
export async function changeHook(place: Place, change: HookChange): Promise<void> {
  const undo: Undo[] = [];
  let at = '';
  try {
    for (const [key, values] of change.settings) {
      at = join(place.commonDir, 'config');
      const before = await localSetting(place, key);
      await setLocalSetting(place, key, values);
      undo.push(() => setLocalSetting(place, key, before));
    }
    if (change.memory !== null) {
      at = hookFolder(place.commonDir);
      const before = readMemory(place);
      writeMemory(place, change.memory);
      undo.push(() => (before === null ? removeMachinePart(place) : writeMemory(place, before)));
    }
    for (const file of change.files) {
      at = file.path;
      undo.push(writeHook(file.path, file.text));
    }
    for (const folder of change.emptyFolders) removeIfEmpty(folder);
    if (change.memory === null) removeMachinePart(place);
  } catch (error) {
    for (const back of undo.reverse()) await back();
    if (error instanceof ProblemError && error.code !== 'git-failed') throw error;
    const said = error instanceof ProblemError ? String(error.facts['said' as never]) : (error as Error).message;
    const reason = `${at} cannot be changed: ${said}`;
    throw new ProblemError('refused', { reason, next: `chmod u+w ${dirname(at)}` }, { cause: error });
  }
}

/** Writes or removes one hook; returns how to take that back. The file is replaced whole, with the mode and owner it had. */
function writeHook(path: string, text: string | null): Undo {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  const before = stat === undefined ? null : readFileSync(path);
  const put = (content: Buffer | null): void => {
    if (content === null) {
      rmSync(path, { force: true });
      return;
    }
    mkdirSync(dirname(path), { recursive: true });
    const temporary = join(dirname(path), `.tidemark-${randomBytes(6).toString('hex')}`);
    try {
      writeFileSync(temporary, content, { flag: 'wx' });
      chmodSync(temporary, stat === undefined ? 0o755 : stat.mode & 0o7777);
      if (stat !== undefined && process.getuid?.() === 0) chownSync(temporary, stat.uid, stat.gid);
      renameSync(temporary, path);
    } finally {
      rmSync(temporary, { force: true });
    }
  };
  put(text === null ? null : Buffer.from(text, 'latin1'));
  return () => put(before);
}

const hookFolder = (gitDir: string): string => join(gitDir, 'tidemark', 'hook');

const memoryFile = (place: Place): string => join(hookFolder(place.commonDir), 'memory.json');

/** See `Repository.hookMemory`. */
export function readMemory(place: Place): HookMemory | null {
  try {
    const memory = JSON.parse(readFileSync(memoryFile(place), 'utf8')) as HookMemory;
    return memory.format === 1 ? memory : null;
  } catch {
    return null;
  }
}

/** See `Repository.rememberForHook`. */
export function writeMemory(place: Place, memory: HookMemory): void {
  mkdirSync(hookFolder(place.commonDir), { recursive: true });
  const { program, inCi, pathspecs, folders } = memory;
  replaceFile(
    join(hookFolder(place.commonDir), 'run.sh'),
    encodePath(runScript({ ...program, inCi, pathspecs, folders })),
  );
  replaceFile(memoryFile(place), Buffer.from(`${JSON.stringify(memory, null, 2)}\n`));
}

/** See `Repository.lastLook`. */
export function lastLook(place: Place): string | null {
  try {
    return /^[0-9a-f]{40,64}/.exec(readFileSync(join(hookFolder(place.gitDir), 'seen'), 'latin1'))?.[0] ?? null;
  } catch {
    return null;
  }
}

/** See `Repository.looking`. */
export async function looking(place: Place, head: string | null, pathspecs: readonly string[]): Promise<() => void> {
  if (head === null || pathspecs.length === 0) return () => undefined;
  const ask = ['ls-files', '--cached', '--others', '--deleted', '--exclude-standard', '--', ...pathspecs];
  const listed = await place.git.bytes(ask);
  return () => {
    const folder = hookFolder(place.gitDir);
    mkdirSync(folder, { recursive: true });
    replaceFile(join(folder, 'files'), listed);
    replaceFile(join(folder, 'seen'), Buffer.from(`${head}\n`));
  };
}

function replaceFile(path: string, content: Buffer): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** What every worktree keeps for the hook, and the folders that are empty then. */
function removeMachinePart(place: Place): void {
  const worktrees = join(place.commonDir, 'worktrees');
  const names = existsSync(worktrees) ? readdirSync(worktrees) : [];
  for (const gitDir of [place.commonDir, ...names.map(name => join(worktrees, name))]) {
    rmSync(hookFolder(gitDir), { recursive: true, force: true });
    removeIfEmpty(join(gitDir, 'tidemark'));
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is not there, or holds what is not ours.
  }
}
