/**
 * Keeps a server of the tests: its folder, its process, and the promise that both are gone when the test run is, however that ends
 * (finished, failed, Ctrl-C, killed).
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, chownSync, constants, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A user that a server may run as; null for whoever runs the tests. */
export type Account = { readonly uid: number; readonly gid: number } | null;

/** A kept server process. */
export interface Kept {
  readonly pid: number;
  /** Ends the server, removes its folder, and returns when both are gone. May be called again. */
  remove(): Promise<void>;
}

// The keeper is in a process group of its own, so Ctrl-C does not reach it; it notices the end of the test run by its stdin closing.
const KEEPER = `
folder=$1; log=$2; shift 2
"$@" >"$log" 2>&1 </dev/null &
server=$!
echo $server
cat >/dev/null
kill -CONT $server 2>/dev/null
kill -QUIT $server 2>/dev/null
left=50
while kill -0 $server 2>/dev/null && [ $left -gt 0 ]; do left=$((left-1)); sleep 0.1; done
kill -KILL $server 2>/dev/null
wait $server 2>/dev/null
rm -rf "$folder"
`;

/** The account for a server: servers refuse to run as root, so root lends them `name`'s account, else `nobody`'s. */
export function accountFor(name: string): Account {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const wanted of [name, 'nobody']) {
    const [, , uid, gid] = users.find(line => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(`no account to run a server with: neither ${name} nor nobody`);
}

/** A new folder below the temp folder that belongs to the account. */
export function serverFolder(name: string, account: Account): string {
  const folder = mkdtempSync(join(tmpdir(), `tidemark-test-${name}-`));
  if (account !== null) chownSync(folder, account.uid, account.gid);
  return folder;
}

/** First program of the names found in the folders or on PATH; null when there is none. */
export function findProgram(names: readonly string[], folders: readonly string[]): string | null {
  const places = [...folders, ...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const name of names) {
    for (const place of places) {
      try {
        accessSync(join(place, name), constants.X_OK);
        return join(place, name);
      } catch {
        // not there
      }
    }
  }
  return null;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Runs a preparing program (`initdb`) to its end; a failure carries what it said. */
export function prepare(program: string, args: readonly string[], account: Account, cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: serverEnvironment(cwd), ...(account ?? {}) };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`${program} failed: ${stderr || stdout || error.message}`));
    });
  });
}

/** Starts a server under a keeper. `folder` is removed with it; its output goes to `folder/server.log`. */
export async function keep(folder: string, argv: readonly string[], account: Account): Promise<Kept> {
  const log = join(folder, 'server.log');
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'keeper', folder, log, ...argv], {
    cwd: '/',
    detached: true,
    env: serverEnvironment(folder),
    stdio: ['pipe', 'pipe', 'ignore'],
    ...(account ?? {}),
  });
  const pid = await firstLine(keeper);
  // The server must not keep the test run alive: a forgotten one ends with it.
  keeper.unref();
  const gone = new Promise<void>(resolve => keeper.once('exit', () => resolve()));
  return {
    pid: Number(pid),
    async remove() {
      keeper.ref();
      keeper.stdin?.end();
      if (keeper.exitCode === null && keeper.signalCode === null) await gone;
    },
  };
}

/** Tries until `attempt` succeeds, for at most half a minute; a failure carries the server's log. */
export async function untilReady(attempt: () => Promise<void>, kept: Kept, folder: string): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > end || !isAlive(kept.pid)) {
        throw new Error(`server did not start:\n${readFileSync(join(folder, 'server.log'), 'utf8')}`, { cause: error });
      }
      await new Promise(resolve => setTimeout(resolve, 30));
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function serverEnvironment(home: string): NodeJS.ProcessEnv {
  return { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/bin`, HOME: home, LC_ALL: 'C' };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`keeper ended with ${code}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.trim());
    });
  });
}
