/**
 * The gits that hooks are tried with: the one on PATH; the newest one Debian has, built from its source package once per machine (a minute
 * or two); and any others named in TIDEMARK_TEST_GITS (folders of a `git`, separated by colons).
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import { cacheFolder, installedOnce, LONGEST_INSTALL_MS } from './once.ts';

/** One git. `bin` is the folder to put first on PATH; empty for the one that is there. */
export interface GitToolchain {
  readonly bin: string;
  readonly version: string;
}

const run = promisify(execFile);

/** The first git that keeps hooks in its settings. */
const WANTED: readonly [number, number] = [2, 54];

/** What hooks do not need is left out; the rest of the build is the package's own Makefile. */
const WITHOUT = ['CURL', 'EXPAT', 'GETTEXT', 'OPENSSL', 'PERL', 'PYTHON', 'RUST', 'TCLTK', 'INSTALL_HARDLINKS'];

/** The git on PATH, and those the environment names. */
export function gitsHere(): readonly GitToolchain[] {
  const named = (process.env['TIDEMARK_TEST_GITS'] ?? '').split(delimiter).filter(folder => folder !== '');
  return ['', ...named].map(bin => ({ bin, version: versionOf(bin) }));
}

const versionOf = (bin: string): string =>
  execFileSync(bin === '' ? 'git' : join(bin, 'git'), ['version'], { encoding: 'utf8' })
    .replace(/[^\d.]+/, '')
    .trim();

/** A git that keeps hooks in its settings: the one on PATH if it is new enough, else Debian's newest, built at the first wish. */
export async function newestGit(): Promise<Available<GitToolchain>> {
  const enough = gitsHere().find(({ version }) => isEnough(version));
  if (enough !== undefined) return { here: true, it: enough };
  const folder = join(cacheFolder(), `git-${process.arch}-1`);
  try {
    await installedOnce(folder, () => build(folder));
    const bin = join(folder, 'bin');
    const version = versionOf(bin);
    if (!isEnough(version)) throw new Error(`the newest source package is ${version}`);
    return { here: true, it: { bin, version } };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { here: false, because: `no git ${WANTED.join('.')}: ${said.trim().split('\n').slice(-2).join(' ')}` };
  }
}

function isEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1]);
}

async function build(folder: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'tidemark-git-'));
  try {
    const options = aptOptions(work);
    const limits = { cwd: work, timeout: LONGEST_INSTALL_MS, maxBuffer: 1 << 26 };
    await run('apt-get', [...options, '-qq', 'update'], limits);
    await run('apt-get', [...options, '-qq', 'source', '--download-only', '--only-source', 'git'], limits);
    const archive = readdirSync(work).find(name => /^git_.*\.orig\.tar\.\w+$/.test(name));
    if (archive === undefined) throw new Error('the source package has no source');
    await run('tar', ['--extract', '--file', archive], limits);
    const source = readdirSync(work).find(name => /^git-\d/.test(name)) ?? '';
    const flags = [...WITHOUT.map(what => `NO_${what}=1`), 'INSTALL_SYMLINKS=1', 'CFLAGS=-O1', `prefix=${folder}`];
    const make = (target: string) =>
      run('make', ['-s', '-j2', '-C', source, ...flags, target], { ...limits, timeout: 3 * LONGEST_INSTALL_MS });
    await make('all');
    await make('install');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** apt with lists of its own and one source: the machine's own mirror, its development suite. The machine's settings stay as they are. */
function aptOptions(work: string): readonly string[] {
  const { uri, keyring } = debianMirror();
  for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(work, name), { recursive: true });
  writeFileSync(join(work, 'sources.list'), `deb-src [signed-by=${keyring}] ${uri} sid main\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    'APT::Sandbox::User': '',
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

/** Debian's mirror, where this machine's own settings name one (sources.list(5), both formats). */
function debianMirror(): { readonly uri: string; readonly keyring: string } {
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const folder = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...(existsSync(folder) ? readdirSync(folder) : []).map(n => join(folder, n))];
  const texts = files.filter(file => existsSync(file)).map(file => readFileSync(file, 'utf8'));
  const uris = texts.flatMap(text => [...text.matchAll(/^(?:URIs:|deb(?: \[[^\]]*\])?) +(\S+\/debian)\/?(?:\s|$)/gm)]);
  const uri = uris[0]?.[1];
  if (uri === undefined || !existsSync(keyring)) throw new Error('this system has no Debian mirror to ask');
  return { uri, keyring };
}
