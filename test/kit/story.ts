/**
 * Stories: real git repositories in temp folders, told commit by commit. The environment is cleared, the people are fixed and
 * the clock ticks one minute per commit, so commit ids repeat from run to run.
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Snapshot, snapshotOf } from './story-snapshot.ts';

/** 2024-03-01T09:00:00Z: the first commit of a story is made one minute later. */
const STORY_BEGINS = 1_709_283_600;

/** Settings written into every story's own `.git/config`, so that git behaves alike whoever starts it. */
const STORY_SETTINGS = [
  ['commit.gpgsign', 'false'],
  ['tag.gpgsign', 'false'],
  ['core.autocrlf', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['protocol.file.allow', 'always'],
] as const;

/** How a commit is made. `author` is a first name (Sparkles, Rainbows, …); the default is Sparkles. */
interface CommitOptions {
  readonly author?: string;
  readonly body?: string;
  /** Files written right before (`null` removes one). */
  readonly files?: Readonly<Record<string, string | null>>;
}

/** How a merge is made. */
interface MergeOptions {
  readonly author?: string;
  readonly message?: string;
  /** Called with the merge in its middle: resolves conflicts, or makes an evil merge. Everything in the tree is committed then. */
  readonly resolve?: () => void | Promise<void>;
}

/** One repository and the people who work in it. */
export interface Story extends AsyncDisposable {
  /** Absolute, links resolved: top of the working tree. */
  readonly root: string;
  /** A private folder outside the repository, removed with the story: home, caches, clones. */
  readonly outside: string;
  /** The cleared environment, to start programs in: `HOME` and `XDG_*` point into `outside`. */
  readonly env: Readonly<Record<string, string>>;
  write(path: string | Buffer, content: string | Buffer): void;
  writeExecutable(path: string, content: string): void;
  remove(path: string): void;
  move(from: string, to: string): void;
  /** Commits everything in the working tree, even when nothing changed. Returns the commit's id. */
  commit(subject: string, options?: CommitOptions): Promise<string>;
  /** Makes a branch here and switches to it. */
  branch(name: string): Promise<void>;
  switch(name: string): Promise<void>;
  /** Merges one branch, or several at once (octopus), always with a merge commit. Returns its id. */
  merge(names: readonly string[], options?: MergeOptions): Promise<string>;
  tag(name: string, at?: string): Promise<void>;
  amend(subject: string, options?: CommitOptions): Promise<string>;
  /** Stashes everything, untracked files too. */
  stash(message?: string): Promise<void>;
  /** Runs git in the repository; returns what it printed, without the last line feed. Throws when it fails. */
  git(...args: readonly string[]): Promise<string>;
  /** As `git`, with bytes on its standard input, and its output as bytes. */
  gitBytes(args: readonly string[], stdin?: string | Buffer): Promise<Buffer>;
  /** Lets minutes pass before the next commit. */
  wait(minutes: number): void;
  /** Another repository cloned from this one, beside it. It shares the clock and is removed with this story. */
  clone(name: string, ...args: readonly string[]): Promise<Story>;
  /** Keeps everything there is now, to be told on from here again and again with `toldAgain`, once this one is gone. */
  save(): SavedStory;
  /** Everything there is (working tree, and the git directory but for `tidemark/`), to compare with a later snapshot. */
  snapshot(): Snapshot;
  dispose(): Promise<void>;
}

/** What a story starts with. */
export interface StoryOptions {
  /** For `git init`: `--object-format=sha256`. */
  readonly init?: readonly string[];
}

interface Clock {
  seconds: number;
}

/** Starts a story with an empty repository on branch `main`. Dispose of it at the end (`await using`). */
export async function newStory(options: StoryOptions = {}): Promise<Story> {
  const outside = realpathSync(mkdtempSync(join(tmpdir(), 'tidemark-story-')));
  const root = join(outside, 'repo');
  for (const folder of ['repo', 'home', 'cache', 'state', 'config']) mkdirSync(join(outside, folder));
  const story = storyAt(root, outside, { seconds: STORY_BEGINS }, true);
  await story.git('init', '--quiet', '--initial-branch=main', ...(options.init ?? []), '.');
  settle(story);
  return story;
}

/** A story as it was at one moment. */
export interface SavedStory {
  readonly outside: string;
  readonly copy: string;
  readonly seconds: number;
}

/** A saved story in the same place as the first time, for its paths stand in files; null while another is told there. */
export function toldAgain({ outside, copy, seconds }: SavedStory): Story | null {
  if (existsSync(outside)) return null;
  cpSync(copy, outside, COPYING);
  return storyAt(join(outside, 'repo'), outside, { seconds }, true);
}

/** Times stay: git's index holds those of the files. */
const COPYING = { recursive: true, verbatimSymlinks: true, preserveTimestamps: true } as const;

/** Tells a story and removes its repository afterwards, also when the telling fails. */
export async function tellStory<T>(tell: (story: Story) => Promise<T>, options: StoryOptions = {}): Promise<T> {
  await using story = await newStory(options);
  return await tell(story);
}

/** The environment stories run in: nothing of the machine's but `PATH`. */
function clearedEnvironment(outside: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    // Rehearsal and proof cost seconds: suites that are about them ask for them.
    TIDEMARK_REHEARSE: 'off',
    TIDEMARK_PROOF: 'off',
    HOME: join(outside, 'home'),
    XDG_CACHE_HOME: join(outside, 'cache'),
    XDG_STATE_HOME: join(outside, 'state'),
    XDG_CONFIG_HOME: join(outside, 'config'),
    TMPDIR: tmpdir(),
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
  };
}

/** Written and not asked of git: nine processes for each story would be more than many a story itself. */
function settle(story: Story): void {
  const lines = [...STORY_SETTINGS, ['user.name', 'Sparkles'], ['user.email', 'sparkles@example.org']].map(
    ([key = '', value]) => {
      const [section, ...names] = key.split('.');
      const name = names.pop();
      return `[${section}${names.length > 0 ? ` "${names.join('.')}"` : ''}]\n\t${name} = ${value}\n`;
    },
  );
  const bare = existsSync(join(story.root, 'HEAD'));
  appendFileSync(join(story.root, bare ? 'config' : '.git/config'), lines.join(''));
}

function person(author: string, seconds: number): Record<string, string> {
  const email = `${author.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}@example.org`;
  return {
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: `${seconds} +0000`,
    GIT_COMMITTER_NAME: author,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: `${seconds} +0000`,
  };
}

function storyAt(root: string, outside: string, clock: Clock, owner: boolean): Story {
  const env = clearedEnvironment(outside);
  const run = (
    args: readonly string[],
    more: Record<string, string> = {},
    stdin: string | Buffer = '',
  ): Promise<Buffer> => runGit(root, { ...env, ...more }, args, stdin);
  const now = (author = 'Sparkles'): Record<string, string> => person(author, clock.seconds);
  const said = (output: Buffer): string => output.toString().replace(/\n$/, '');

  const story: Story = {
    root,
    outside,
    env,
    write(path, content) {
      const full = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path as string)]);
      const slash = full.lastIndexOf(0x2f);
      mkdirSync(full.subarray(0, slash), { recursive: true });
      writeFileSync(full, content);
    },
    writeExecutable(path, content) {
      story.write(path, content);
      chmodSync(join(root, path), 0o755);
    },
    remove: path => rmSync(join(root, path), { recursive: true }),
    move(from, to) {
      mkdirSync(dirname(join(root, to)), { recursive: true });
      renameSync(join(root, from), join(root, to));
    },
    commit: (subject, options = {}) => commit(['--allow-empty'], subject, options),
    amend: (subject, options = {}) => commit(['--amend', '--allow-empty', '--reset-author'], subject, options),
    branch: async name => void (await run(['switch', '--quiet', '-c', name], now())),
    switch: async name =>
      void (await run(['switch', '--quiet', ...(/^[0-9a-f]{7,}$/.test(name) ? ['--detach'] : []), name], now())),
    merge,
    tag: async (name, at = 'HEAD') => void (await run(['tag', name, at], now())),
    async stash(message = 'stash') {
      clock.seconds += 60;
      await run(['stash', 'push', '--quiet', '--include-untracked', '-m', message], now());
    },
    git: async (...args) => said(await run(args, now())),
    gitBytes: (args, stdin) => run(args, now(), stdin),
    wait(minutes) {
      clock.seconds += minutes * 60;
    },
    async clone(name, ...args) {
      const folder = join(outside, name);
      await run(['-c', 'protocol.file.allow=always', 'clone', '--quiet', ...args, `file://${root}`, folder], now());
      const copy = storyAt(folder, outside, clock, false);
      settle(copy);
      return copy;
    },
    save() {
      const copy = mkdtempSync(join(tmpdir(), 'tidemark-saved-'));
      process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
      cpSync(outside, copy, COPYING);
      return { outside, copy, seconds: clock.seconds };
    },
    snapshot: () => snapshotOf(root),
    async dispose() {
      if (owner) rmSync(outside, { recursive: true, force: true, maxRetries: 3 });
    },
    [Symbol.asyncDispose]: () => story.dispose(),
  };
  return story;

  /** The commit HEAD stands on, right after it was made: read where git has just written it, asked of git where that is elsewhere. */
  async function tip(): Promise<string> {
    const read = (name: string): string => {
      const file = join(root, '.git', name);
      return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    };
    const head = read('HEAD');
    const id = head.startsWith('ref: ') ? read(head.slice(5)) : head;
    return /^[0-9a-f]{40,64}$/.test(id) ? id : story.git('rev-parse', 'HEAD');
  }

  async function commit(flags: readonly string[], subject: string, options: CommitOptions): Promise<string> {
    for (const [path, content] of Object.entries(options.files ?? {})) {
      if (content === null) story.remove(path);
      else story.write(path, content);
    }
    clock.seconds += 60;
    const message = options.body === undefined ? subject : `${subject}\n\n${options.body}`;
    await run(['add', '--all']);
    await run(
      ['commit', '--quiet', ...flags, '--allow-empty-message', '--cleanup=verbatim', '-F', '-'],
      now(options.author),
      message,
    );
    return tip();
  }

  async function merge(names: readonly string[], options: MergeOptions = {}): Promise<string> {
    clock.seconds += 60;
    const begin = ['merge', '--quiet', '--no-ff', '--no-commit', '--allow-unrelated-histories'];
    try {
      await run([...begin, ...names], now(options.author));
    } catch (error) {
      if (options.resolve === undefined) throw error;
      const begun = await run(['rev-parse', '--quiet', '--verify', 'MERGE_HEAD']).then(
        () => true,
        () => false,
      );
      // An octopus with a conflict gives up without a trace; the caller says what the merged tree holds.
      if (!begun) await run([...begin, '-s', 'ours', ...names], now(options.author));
    }
    await options.resolve?.();
    await run(['add', '--all']);
    const message = options.message ?? `Merge ${names.join(' and ')}`;
    await run(['commit', '--quiet', '--allow-empty', '--cleanup=verbatim', '-F', '-'], now(options.author), message);
    return tip();
  }
}

function runGit(
  cwd: string,
  env: Record<string, string>,
  args: readonly string[],
  stdin: string | Buffer,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    // Git may end without reading what it was given; its exit code says the rest.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve(Buffer.concat(out));
      else reject(new Error(`git ${args.join(' ')} ended with ${code}: ${Buffer.concat([...err, ...out])}`));
    });
  });
}
