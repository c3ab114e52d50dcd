/** Runs the servers' own programs for dumping and loading. Passwords reach them by environment or private file only, never by argument. */
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A run to its end: exit code (null when a signal ended it) and the last of what it said on stderr. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly said: string;
}

/** Files a program reads from and writes to, as open descriptors. */
export interface ProgramFiles {
  readonly stdin?: number;
  readonly stdout?: number;
}

/** All programs of a name: on PATH, in order, then where Debian and its kin keep those of several PostgreSQL versions. */
export function programsNamed(names: readonly string[], path: string | undefined): readonly string[] {
  const folders = [...(path ?? '').split(delimiter).filter(folder => folder !== ''), ...versionFolders()];
  return names.flatMap(name => folders.map(folder => join(folder, name))).filter(isExecutable);
}

/** First line a program prints for `--version`; null when it cannot be run. */
export function versionOf(program: string): Promise<string | null> {
  return new Promise(resolve => {
    execFile(program, ['--version'], { timeout: 10_000 }, (error, stdout) => {
      resolve(error === null ? (stdout.split('\n')[0] ?? '') : null);
    });
  });
}

/** Runs a program. Throws Node's error when it cannot be started. */
export function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  files: ProgramFiles,
): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: [files.stdin ?? 'ignore', files.stdout ?? 'ignore', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
    child.once('error', reject);
    child.once('close', code => resolve({ code, said: said.trim() }));
  });
}

function versionFolders(): readonly string[] {
  const home = '/usr/lib/postgresql';
  if (!existsSync(home)) return [];
  return readdirSync(home).map(version => join(home, version, 'bin'));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
