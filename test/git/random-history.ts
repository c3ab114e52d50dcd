/**
 * Random histories of random trees, made without a working tree, and the brute-force oracle that says what changed in them:
 * every tree of every commit is read and compared with that of each parent.
 */
import type { Story } from '../kit/story.ts';

/** Path to blob id. */
type Tree = ReadonlyMap<string, string>;

/** Numbers that repeat for the same seed (mulberry32). */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return below => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Paths that are migrations under `MIGRATIONS`, and two that are not. */
const PATHS = [
  'db/1.sql',
  'db/2.sql',
  'db/3.sql',
  'db/4.sql',
  'db/two words.sql',
  'db/-dash.sql',
  'db/new\nline.sql',
  'db/t\tab"quote.sql',
  'db/*.sql',
  'db/[a].sql',
  ':(top)db/x.sql',
  'db/caf\udce9.sql',
  'db/übung.sql',
  'app/migrations/1.py',
  'app/migrations/2.py',
  'readme.md',
  'db/notes.txt',
] as const;

export const MIGRATIONS = [':(glob)**/*.sql', ':(glob)**/migrations/*.py'] as const;

const isMigration = (path: string): boolean => path.endsWith('.sql') || /(^|\/)migrations\/[^/]*\.py$/.test(path);

/** A history that grows by random commits. */
export interface RandomHistory {
  /** Adds commits: edits, renames, merges (evil ones too), octopuses, new roots; moves and makes branches. */
  grow(commits: number): Promise<void>;
  /** Deletes, resets or amends some branch, or drops the reflog and prunes. */
  mutate(): Promise<string>;
}

/** Grows histories in a story's repository, from a seed. */
export function randomHistory(story: Story, seed: number): RandomHistory {
  const roll = dice(seed);
  const pick = <T>(items: readonly T[]): T => items[roll(items.length)] as T;
  const trees = new Map<string, Tree>();
  const branches = new Map<string, string>();
  const blobs = new Map<string, string>();
  let clock = 1_700_000_000;
  let named = 0;

  const blob = async (text: string): Promise<string> => {
    let oid = blobs.get(text);
    if (oid === undefined) {
      oid = (await story.gitBytes(['hash-object', '-w', '--stdin'], text)).toString().trim();
      blobs.set(text, oid);
    }
    return oid;
  };

  const someText = (): string =>
    Array.from({ length: 1 + roll(6) }, (_, line) => `line ${line} ${roll(3)}`).join('\n') +
    (roll(4) === 0 ? '' : '\n');

  const changed = async (tree: Tree): Promise<Tree> => {
    const next = new Map(tree);
    for (let times = roll(4); times > 0; times--) {
      const path = pick(PATHS);
      const move = roll(5);
      if (move === 0) next.delete(path);
      else if (move === 1 && next.has(path)) {
        next.set(pick(PATHS), next.get(path) ?? '');
        next.delete(path);
      } else next.set(path, await blob(someText()));
    }
    return next;
  };

  const merged = async (parents: readonly Tree[]): Promise<Tree> => {
    const how = roll(4);
    if (how === 0) return pick(parents);
    const next = new Map<string, string>();
    for (const tree of parents) for (const [path, oid] of tree) if (how !== 1 || roll(5) > 0) next.set(path, oid);
    return how === 2 ? await changed(next) : next;
  };

  const commit = async (parents: readonly string[], tree: Tree): Promise<string> => {
    // Many commits share a second, and some clocks are wrong.
    clock += pick([0, 0, 60, 3600, -90]);
    const entries = Array.from(tree, ([path, oid]) =>
      Buffer.concat([Buffer.from(`100644 ${oid}\t`), bytesOf(path), Buffer.of(0)]),
    );
    await story.gitBytes(['read-tree', '--empty']);
    await story.gitBytes(['update-index', '-z', '--index-info'], Buffer.concat(entries));
    const treeOid = await story.git('write-tree');
    const person = `${pick(['Sparkles', 'Rain <bows', 'Ünïcödé'])} <x@example.org> ${clock} +0130`.replace(
      'Rain <bows',
      'Rainbows',
    );
    const message = pick([
      'Subject',
      'A\nB\n\nbody',
      '',
      ':100644 100644 x\n\n\n',
      'commit 0000 (from 0000)',
      'x'.repeat(3000),
    ]);
    const object = [
      `tree ${treeOid}`,
      ...parents.map(parent => `parent ${parent}`),
      `author ${person}`,
      `committer ${person}`,
      '',
      message,
    ];
    const oid = (await story.gitBytes(['hash-object', '-t', 'commit', '-w', '--stdin'], object.join('\n')))
      .toString()
      .trim();
    trees.set(oid, tree);
    return oid;
  };

  const point = async (name: string, oid: string): Promise<void> => {
    await story.git('update-ref', '--create-reflog', '-m', 'told', `refs/heads/${name}`, oid);
    branches.set(name, oid);
  };

  const treeOf = (oid: string): Tree => trees.get(oid) ?? new Map();

  const one = async (): Promise<void> => {
    const names = [...branches.keys()];
    const what = roll(10);
    if (names.length === 0 || what === 0) return point(`root-${named++}`, await commit([], await changed(new Map())));
    const name = pick(names);
    const tip = branches.get(name) ?? '';
    if (what === 1) return point(`branch-${named++}`, pick([...trees.keys()]));
    if (what <= 5) return point(name, await commit([tip], await changed(treeOf(tip))));
    const others = new Set(
      Array.from({ length: what === 6 ? 3 : 1 }, () => pick([...trees.keys(), ...branches.values()])),
    );
    others.delete(tip);
    const parents = [tip, ...others];
    return point(name, await commit(parents, await merged(parents.map(treeOf))));
  };

  return {
    async grow(commits) {
      for (let count = 0; count < commits; count++) await one();
    },
    async mutate() {
      const names = [...branches.keys()];
      const name = names[roll(Math.max(1, names.length))];
      if (name === undefined) return 'nothing';
      const tip = branches.get(name) ?? '';
      const what = roll(5);
      if (what === 0 && names.length > 1) {
        await story.git('update-ref', '-d', `refs/heads/${name}`);
        branches.delete(name);
        return `delete ${name}`;
      }
      if (what === 1) {
        const parent = (await story.git('rev-list', '--parents', '-1', tip)).split(' ').slice(1);
        await point(name, await commit(parent, await changed(treeOf(tip))));
        return `amend ${name}`;
      }
      if (what === 2) {
        await point(name, pick([...branches.values()]));
        return `reset ${name}`;
      }
      if (what === 3) {
        await story.git('reflog', 'expire', '--expire=now', '--all');
        await story.git('update-ref', '-d', 'refs/heads/HEAD-is-nowhere');
        return 'expire reflogs';
      }
      await story.git('reflog', 'expire', '--expire=now', '--all');
      await story.git('gc', '--quiet', '--prune=now');
      const here = new Set(
        (await story.git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)')).split('\n'),
      );
      for (const oid of trees.keys()) if (!here.has(oid)) trees.delete(oid);
      for (const [text, oid] of blobs) if (!here.has(oid)) blobs.delete(text);
      return 'prune';
    },
  };
}

const bytesOf = (path: string): Buffer =>
  Buffer.concat(
    Array.from(path, character => {
      const code = character.charCodeAt(0);
      return code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code - 0xdc00) : Buffer.from(character);
    }),
  );

/** One change as the oracle sees it: nothing about renames. */
export interface SeenChange {
  readonly commit: string;
  readonly parent: string | null;
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What a walk must find: all changes of regular migration files between each given commit and each of its parents. */
export async function oracle(story: Story, revisions: readonly string[]): Promise<readonly SeenChange[]> {
  const listed = await story.git('rev-list', '--parents', ...revisions, '--');
  const memo = new Map<string, Tree>();
  const seen: SeenChange[] = [];
  for (const line of listed === '' ? [] : listed.split('\n')) {
    const [commit = '', ...parents] = line.split(' ');
    const after = await migrationsIn(story, commit, memo);
    for (const parent of parents.length === 0 ? [null] : parents) {
      const before = parent === null ? new Map<string, string>() : await migrationsIn(story, parent, memo);
      for (const path of new Set([...before.keys(), ...after.keys()])) {
        const [old, now] = [before.get(path) ?? null, after.get(path) ?? null];
        if (old !== now) seen.push({ commit, parent, path, before: old, after: now });
      }
    }
  }
  return seen;
}

async function migrationsIn(story: Story, commit: string, memo: Map<string, Tree>): Promise<Tree> {
  const known = memo.get(commit);
  if (known !== undefined) return known;
  const tree = new Map<string, string>();
  const output = (await story.gitBytes(['ls-tree', '-r', '-z', '--full-tree', commit])).toString('latin1');
  for (const entry of output.split('\0')) {
    const [, mode = '', , oid = '', bytes = ''] = /^(\d+) (\w+) (\w+)\t(.*)$/s.exec(entry) ?? [];
    const path = nameOf(Buffer.from(bytes, 'latin1'));
    if (mode.startsWith('100') && isMigration(path)) tree.set(path, oid);
  }
  memo.set(commit, tree);
  return tree;
}

/** Written apart from the product's own decoder, for the only bytes the histories use. */
const nameOf = (bytes: Buffer): string => {
  const text = bytes.toString('utf8');
  return text.includes('�') ? bytes.toString('latin1').replaceAll('\xe9', '\udce9') : text;
};
