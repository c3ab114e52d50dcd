/**
 * The one place that starts git directly: where bytes, standard input or streams are needed, or where the answer must be there
 * at once. Owns the safe prefix and the cleaned environment; `simple-client.ts` gives simple-git the same two.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ProblemError } from '../domain/problem.ts';

/** Git's own variables that a user may have set on purpose and that lead to no other repository. All others are dropped. */
const KEPT = new Set([
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_EXEC_PATH',
  'GIT_CEILING_DIRECTORIES',
  'GIT_DISCOVERY_ACROSS_FILESYSTEM',
]);

/** Programs git would start: none of them has a place in a call that only reads. simple-git refuses to run beside them. */
const PROGRAMS = new Set(['PAGER', 'EDITOR', 'VISUAL', 'SSH_ASKPASS', 'PREFIX']);

const OURS = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  // Both: the first stops git's lazy fetches since 2.45 (and 2.39.5), the second also those of older versions.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  // Without it `.git/info/grafts` would rewrite parents; test/git/hostile.test.ts shows both.
  GIT_GRAFT_FILE: '/dev/null',
  GIT_LFS_SKIP_SMUDGE: '1',
} as const;

/** Flags before git's command, in every call. */
export const SAFE_FLAGS = ['--no-pager', '--no-optional-locks', '--no-replace-objects'] as const;

/** Settings of every call: nothing a repository has configured is started, and no answer changes with the user's taste. */
export const SAFE_SETTINGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.untrackedCache=false',
  'core.quotePath=false',
  'log.showSignature=false',
  'log.showRoot=true',
  'diff.relative=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'safe.bareRepository=explicit',
  'protocol.allow=never',
  'advice.detachedHead=false',
  'advice.graftFileDeprecated=false',
] as const;

/** Git's hook events that our own calls can reach. Since git 2.55 a whole event can be switched off. */
export const HOOK_EVENTS = ['post-checkout', 'post-index-change', 'reference-transaction', 'pre-auto-gc'] as const;

/**
 * The environment for git: the caller's, without what points it at another repository, another index, other settings or another
 * reading of pathspecs (`git rev-parse --local-env-vars`, `GIT_LITERAL_PATHSPECS`, `GIT_NAMESPACE`, …). `settings` enter by
 * `GIT_CONFIG_COUNT`, where a name may hold any character.
 */
export function cleanEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  settings: readonly (readonly [key: string, value: string])[] = [],
): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || PROGRAMS.has(name) || (name.startsWith('GIT_') && !KEPT.has(name))) continue;
    clean[name] = value;
  }
  Object.assign(clean, OURS);
  if (settings.length > 0) clean['GIT_CONFIG_COUNT'] = String(settings.length);
  for (const [index, [key, value]] of settings.entries()) {
    clean[`GIT_CONFIG_KEY_${index}`] = key;
    clean[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return clean;
}

/** What a call may be given. */
interface GitCall {
  readonly stdin?: string | Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
  /** More settings, `key=value`. */
  readonly settings?: readonly string[];
  /** Names of safe settings to leave out, so that the user's own count. Only for calls that start nothing whatever they say. */
  readonly without?: readonly string[];
  readonly cwd?: string;
  /** In place of the runner's environment; must have gone through `cleanEnvironment` too. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a call ended. */
export interface GitAnswer {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export type GitProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** Git in one folder. */
export interface GitRunner {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Starts git; the caller feeds and reads it. Spawning problems arrive as `error` events. */
  start(args: readonly string[], call?: GitCall): GitProcess;
  /** Runs git to its end, whatever its exit code. Throws `git-missing`, and the signal's reason when aborted. */
  ask(args: readonly string[], call?: GitCall): Promise<GitAnswer>;
  /** Runs git; its output. Throws `git-failed` when the exit code is not 0. */
  bytes(args: readonly string[], call?: GitCall): Promise<Buffer>;
  /** As `bytes`, decoded, without the last line feed. */
  text(args: readonly string[], call?: GitCall): Promise<string>;
}

/** A runner for a folder. `env` must have gone through `cleanEnvironment`. */
export function gitIn(cwd: string, env: Readonly<Record<string, string>>): GitRunner {
  const start = (args: readonly string[], call: GitCall = {}): GitProcess => {
    const safe = SAFE_SETTINGS.filter(setting => call.without?.some(name => setting.startsWith(`${name}=`)) !== true);
    const settings = [...safe, ...(call.settings ?? [])].flatMap(setting => ['-c', setting]);
    return spawn('git', [...SAFE_FLAGS, ...settings, ...args], {
      cwd: call.cwd ?? cwd,
      env: call.env ?? env,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  };
  const ask = async (args: readonly string[], call: GitCall = {}): Promise<GitAnswer> => {
    call.signal?.throwIfAborted();
    const child = start(args, call);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    feed(child, call.stdin ?? '');
    const end = await ending(child, call.signal);
    return { code: end.code, stdout: Buffer.concat(chunks), stderr: end.stderr };
  };
  const bytes = async (args: readonly string[], call: GitCall = {}): Promise<Buffer> => {
    const answer = await ask(args, call);
    if (answer.code !== 0) throw gitFailed(args, answer.code, answer.stderr);
    return answer.stdout;
  };
  const text = async (args: readonly string[], call: GitCall = {}): Promise<string> =>
    (await bytes(args, call)).toString('utf8').replace(/\n$/, '');
  return { cwd, env, start, ask, bytes, text };
}

/** Gives a process its standard input and closes it. Git may stop reading early; its exit code says whether that matters. */
export function feed(child: GitProcess, stdin: string | Buffer): void {
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
}

/** Waits until a process has ended and its output was read. Throws `git-missing`, or the signal's reason. */
export function ending(child: GitProcess, signal?: AbortSignal): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 65_536) said += text;
    });
    child.on('error', error => {
      if (signal?.aborted === true) reject(signal.reason as Error);
      else reject(new ProblemError('git-missing', { said: error.message }, { cause: error }));
    });
    child.on('close', code => resolve({ code, stderr: said.trim() }));
  });
}

/** The problem for a call of git that failed. Says the command without the safe prefix. */
export function gitFailed(args: readonly string[], code: number | null, said: string): ProblemError<'git-failed'> {
  const command = ['git', ...args].join(' ');
  return new ProblemError('git-failed', {
    command: command.length > 300 ? `${command.slice(0, 300)} …` : command,
    code,
    said: said.slice(0, 4000),
  });
}
