/** Starts the built command line as a user does: `bin/tidemark.js` with this run's Node, a cleared environment, and no terminal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from './available.ts';

const TOP = join(import.meta.dirname, '../..');
/** Absolute path of the command. */
export const BIN = join(TOP, 'bin/tidemark.js');

/** Where and how it is started. */
export interface CliPlace {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How it ended. */
export interface CliEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is still running. */
export interface RunningCli {
  readonly child: ChildProcess;
  /** What it printed on stderr so far. */
  readonly told: () => string;
  readonly end: Promise<CliEnd>;
}

/** The build, or that it is missing. */
export const builtCli = (): Available<string> =>
  existsSync(join(TOP, 'dist/start.js'))
    ? { here: true, it: BIN }
    : { here: false, because: 'there is no dist/: run npm run build first' };

/** Starts the command and lets it run. */
export function startTidemark(place: CliPlace, args: readonly string[]): RunningCli {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: place.cwd,
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', chunk => (stdout += String(chunk)));
  child.stderr.on('data', chunk => (stderr += String(chunk)));
  const end = new Promise<CliEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, told: () => stderr, end };
}

/** Runs the command to its end. */
export const tidemark = (place: CliPlace, ...args: readonly string[]): Promise<CliEnd> =>
  startTidemark(place, args).end;

/** Runs a `--json` command and parses the one document it prints. Throws with all it said when that is not one. */
// biome-ignore lint/suspicious/noExplicitAny: documents are checked by what tests expect of them
export async function tidemarkJson(place: CliPlace, ...args: readonly string[]): Promise<CliEnd & { document: any }> {
  const end = await tidemark(place, ...args, '--json');
  try {
    return { ...end, document: JSON.parse(end.stdout) };
  } catch {
    throw new Error(`${args.join(' ')} printed no JSON (exit ${end.code}):\n${end.stdout}\n${end.stderr}`);
  }
}

/**
 * The consent of one who has read the plan: `plan` with the same arguments, and `--confirm` with the id of each plan. `--yes` where there is
 * none, so that `reconcile` says why.
 */
export async function consentTo(place: CliPlace, ...args: readonly string[]): Promise<readonly string[]> {
  const own = new Set(['--no-backup', '--no-park', '--quiet', '--verbose', '--json']);
  const { document } = await tidemarkJson(place, 'plan', ...args.filter(arg => !own.has(arg)));
  return confirmations(document);
}

/** The arguments that agree to the plans of a document of `plan --json`. */
export function confirmations(document: {
  readonly plans?: readonly { readonly plan: { readonly id: string } | null }[];
}): readonly string[] {
  const ids = (document.plans ?? []).flatMap(({ plan }) => plan?.id ?? []);
  return ids.length === 0 ? ['--yes'] : ids.flatMap(id => ['--confirm', id]);
}

/** `reconcile` by one who has read the plan and agrees to all that it destroys. */
export const reconcileAgreed = async (place: CliPlace, ...args: readonly string[]): Promise<CliEnd> =>
  tidemark(place, 'reconcile', ...args, ...(await consentTo(place, ...args)));

/** `abort` by one who types the name of the database that is put back. */
export async function abortAgreed(place: CliPlace, ...args: readonly string[]): Promise<CliEnd> {
  const asked = await tidemark(place, 'abort', ...args);
  const name = targetAsked(asked);
  return name === undefined ? asked : tidemark(place, 'abort', '--target', name, ...args);
}

/** The name that a refusal wants to have typed. */
export const targetAsked = ({ stderr }: CliEnd): string | undefined => /--target '?([^\s']+)'?$/m.exec(stderr)?.[1];

/** Polls until something is so. Throws with `what` after a minute. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const until = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error(`waited in vain: ${what}`);
    await new Promise(wake => setTimeout(wake, 25));
  }
}
