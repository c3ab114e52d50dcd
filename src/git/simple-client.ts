/**
 * simple-git, the client for ordinary calls, with the safe prefix and environment of `run-git.ts`. Loaded when it is first
 * needed: it costs 12 to 18 ms to load, and 50 ms more whenever git prints nothing (measured with 4.0.2 on Node 24; it waits
 * for late output in that case), so what `status` asks every time goes through `run-git.ts`.
 */
import type { SimpleGit } from 'simple-git';
import { ProblemError } from '../domain/problem.ts';
import { gitFailed, SAFE_FLAGS, SAFE_SETTINGS } from './run-git.ts';

/**
 * Ordinary calls of git: arguments without the safe prefix in, text without the last line feed out.
 * Throws `git-failed` when the exit code is not 0.
 */
export type OrdinaryGit = (args: readonly string[], settings?: readonly string[]) => Promise<string>;

/** Carries how git ended through simple-git's error handling. */
class GitEnded extends Error {
  readonly code: number;

  constructor(code: number, said: string) {
    super(said);
    this.code = code;
  }
}

/** simple-git in a folder. `env` must have gone through `cleanEnvironment`. */
export function ordinaryGitIn(cwd: string, env: Readonly<Record<string, string>>): OrdinaryGit {
  let client: Promise<SimpleGit> | null = null;
  return async (args, settings = []) => {
    client ??= load(cwd, env);
    const more = settings.flatMap(setting => ['-c', setting]);
    try {
      return (await (await client).raw([...SAFE_FLAGS, ...more, ...args])).replace(/\n$/, '');
    } catch (error) {
      throw translate(error, args);
    }
  };
}

async function load(cwd: string, env: Readonly<Record<string, string>>): Promise<SimpleGit> {
  const { simpleGit } = await import('simple-git');
  return simpleGit({
    baseDir: cwd,
    config: [...SAFE_SETTINGS],
    // simple-git guards against these settings because they can make git run programs; here they keep it from doing so.
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeProtocolOverride: true,
      allowUnsafeFilter: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeConfigEnvCount: true,
      allowUnsafeExec: true,
    },
    allowEnvironment: Object.keys(env),
    errors: (error, result) =>
      result.exitCode === 0 ? undefined : new GitEnded(result.exitCode, said(result.stdErr, error)),
  }).env({ ...env });
}

function said(stderr: readonly Buffer[], error: Buffer | Error | undefined): string {
  const text = Buffer.concat(stderr).toString('utf8').trim();
  return text !== '' || error === undefined ? text : error instanceof Error ? error.message : error.toString('utf8');
}

function translate(error: unknown, args: readonly string[]): ProblemError {
  if (error instanceof Error && /ENOENT/.test(error.message)) {
    return new ProblemError('git-missing', { said: error.message }, { cause: error });
  }
  return gitFailed(
    args,
    error instanceof GitEnded ? error.code : null,
    error instanceof Error ? error.message : String(error),
  );
}
