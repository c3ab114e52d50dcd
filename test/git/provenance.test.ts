/** The provenance store against real git: what collects, pushes, clones or races with it, and what damages it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ProvenanceStore, Repository, StoreChange } from '../../src/git/contract.ts';
import { createGit } from '../../src/git/git.ts';
import { newStory, type Story, tellStory } from '../kit/story.ts';

const SQL = [':(glob)db/*.sql'] as const;

async function open(story: Story, folder = story.root) {
  const repository = await createGit({ env: story.env }).open(folder);
  return Object.assign(repository as Repository & AsyncDisposable, { [Symbol.asyncDispose]: () => repository.close() });
}

const store = async (story: Story, folder?: string): Promise<ProvenanceStore> => {
  await using repository = await open(story, folder);
  return repository.provenance;
};

const blobOf = (text: string): string =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');

/** Adds a log and a text to what is there. */
const adding =
  (name: string, log: string, text: string) =>
  (logs: ReadonlyMap<string, string>): StoreChange => {
    const all = new Map([...logs, [name, log]]);
    return {
      logs: all,
      keep: new Set([...all.values()].map(blobOf).concat(blobOf(text))),
      texts: new Map([text, log].map(each => [blobOf(each), Buffer.from(each)])),
    };
  };

const LOST = '-- migrate:up\nCREATE TABLE lost (id INTEGER);\n';
const folderOf = (story: Story): string => join(story.root, '.git/tidemark/provenance');

/** A repository with one commit, and one text kept. */
async function kept(): Promise<Story> {
  const story = await newStory();
  await story.commit('First', { files: { 'db/1.sql': '1\n' } });
  expect(await (await store(story)).change(adding('aa', 'log\n', LOST))).toBe('changed');
  return story;
}

async function textOf(story: Story, folder = story.root): Promise<string | undefined> {
  await using repository = await open(story, folder);
  return (await repository.readBlobs([blobOf(LOST)])).get(blobOf(LOST));
}

describe('what is kept', () => {
  it('outlives every collection, and is told by readBlobs like any blob', async () => {
    await using story = await kept();
    await story.git('reflog', 'expire', '--expire=now', '--expire-unreachable=now', '--all');
    await story.git('gc', '--quiet', '--prune=now', '--aggressive');
    expect(await textOf(story)).toBe(LOST);
    await story.git(`--git-dir=${folderOf(story)}`, 'gc', '--quiet', '--prune=now');
    expect(await textOf(story)).toBe(LOST);
    expect(await (await store(story)).readAll()).toEqual(new Map([['aa', 'log\n']]));
    expect(await (await store(story)).change(adding('bb', 'other\n', 'x'))).toBe('changed');
    expect(await (await store(story)).readAll()).toEqual(
      new Map([
        ['aa', 'log\n'],
        ['bb', 'other\n'],
      ]),
    );
    await story.git(`--git-dir=${folderOf(story)}`, 'fsck', '--strict', '--no-dangling');
  });

  it('goes when it is not wanted any more', async () => {
    await using story = await kept();
    const change = { logs: new Map([['aa', 'new\n']]), keep: new Set<string>(), texts: new Map() };
    expect(await (await store(story)).change(() => change)).toBe('changed');
    await story.git(`--git-dir=${folderOf(story)}`, 'gc', '--quiet', '--prune=now');
    expect(await textOf(story)).toBeUndefined();
    expect(await (await store(story)).read('aa')).toBe('new\n');
  });

  it('takes one pack for a thousand texts', async () => {
    await using story = await kept();
    const texts = new Map(
      Array.from({ length: 1000 }, (_, at) => [blobOf(`text ${at}`), Buffer.from(`text ${at}`)] as const),
    );
    const many = { logs: new Map([['aa', 'many\n']]), keep: new Set(texts.keys()), texts };
    expect(await (await store(story)).change(() => many)).toBe('changed');
    const packs = () => readdirSync(join(folderOf(story), 'objects/pack')).filter(name => name.endsWith('.pack'));
    expect(packs()).toHaveLength(1);
    await using repository = await open(story);
    expect((await repository.readBlobs([...texts.keys()])).size).toBe(1000);
  });

  it('is written back into the working tree, and laid into worktrees', async () => {
    await using story = await kept();
    await using repository = await open(story);
    await repository.writeNew('db/2.sql', blobOf(LOST));
    expect(readFileSync(join(story.root, 'db/2.sql'), 'utf8')).toBe(LOST);
    const worktree = await repository.addWorktree('run', repository.head ?? '');
    await worktree.lay([{ path: 'db/3.sql', text: null, blob: blobOf(LOST) }]);
    expect(readFileSync(join(worktree.root, 'db/3.sql'), 'utf8')).toBe(LOST);
    await worktree.remove();
  });

  it('works in a repository of SHA-256, in a linked worktree and under a path with a colon', async () => {
    await tellStory(
      async story => {
        await story.commit('First', { files: { a: 'a\n' } });
        const oid = createHash('sha256').update(`blob ${LOST.length}\0${LOST}`).digest('hex');
        const change = {
          logs: new Map([['aa', 'log\n']]),
          keep: new Set([oid]),
          texts: new Map([[oid, Buffer.from(LOST)]]),
        };
        expect(await (await store(story)).change(() => change)).toBe('changed');
        await using repository = await open(story);
        expect((await repository.readBlobs([oid])).get(oid)).toBe(LOST);
      },
      { init: ['--object-format=sha256'] },
    );
    await using story = await kept();
    const linked = join(story.outside, 'linked');
    await story.git('worktree', 'add', '--quiet', '-b', 'other', linked);
    expect(await textOf(story, linked)).toBe(LOST);
    expect(await (await store(story, linked)).change(adding('bb', 'from there\n', 'y'))).toBe('changed');
    expect(await (await store(story)).read('bb')).toBe('from there\n');
    const odd = join(story.outside, 'a:b "c"');
    mkdirSync(odd);
    await story.git('-C', odd, 'init', '--quiet', '.');
    expect(await (await store(story, odd)).change(adding('aa', 'log\n', LOST))).toBe('changed');
    expect(await textOf(story, odd)).toBe(LOST);
  });
});

describe('the user’s repository', () => {
  it('shows nothing of it: no ref, no commit, no dangling object; the snapshot is the same', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': '1\n' } });
    const before = [story.snapshot(), await facts(story)];
    expect(await (await store(story)).change(adding('aa', 'log\n', LOST))).toBe('changed');
    expect([story.snapshot(), await facts(story)]).toEqual(before);
    await using repository = await open(story);
    const walked = await repository.walk({ pathspecs: SQL, unreachable: true, cache: false });
    expect(walked.sightings).toHaveLength(1);
  });

  const facts = async (story: Story) => ({
    refs: await story.git('for-each-ref'),
    log: await story.git('log', '--all', '--reflog', '--oneline'),
    fsck: await story.git('fsck', '--unreachable'),
    status: await story.git('status', '--porcelain', '--ignored'),
  });

  it.each([
    ['push --mirror', ['push', '--quiet', '--mirror']],
    ['push --all --follow-tags', ['push', '--quiet', '--all', '--follow-tags']],
  ])('hands nothing of it on with %s', async (_says, args) => {
    await using story = await kept();
    const other = join(story.outside, 'other.git');
    await story.git('init', '--quiet', '--bare', other);
    await story.git(...args, other);
    expect(await story.git('-C', other, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
    await expect(story.git('-C', other, 'cat-file', '-e', blobOf(LOST))).rejects.toThrow();
    await story.git('gc', '--quiet', '--prune=now');
    expect(await textOf(story)).toBe(LOST);
  });

  it.each([
    ['a clone by its protocol', ['clone', '--quiet', '--no-local']],
    ['a clone of the folder', ['clone', '--quiet']],
    ['a mirror', ['clone', '--quiet', '--mirror']],
  ])('hands nothing of it on to %s', async (_says, args) => {
    await using story = await kept();
    const other = join(story.outside, 'other');
    await story.git(...args, story.root, other);
    await expect(story.git('-C', other, 'cat-file', '-e', blobOf(LOST))).rejects.toThrow();
    expect(await story.git('-C', other, 'for-each-ref')).not.toContain('tidemark');
  });
});

describe('several at once', () => {
  it('lose nothing of what any of them wrote', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { a: 'a\n' } });
    const program = join(import.meta.dirname, 'programs/write-provenance.ts');
    const run = promisify(execFile);
    const ends = await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        run(process.execPath, [program, story.root, `${at}`, '3'], { env: story.env }),
      ),
    );
    expect(ends.map(({ stdout }) => stdout)).toEqual(Array(6).fill('changed changed changed '));
    const logs = await (await store(story)).readAll();
    expect([...logs.keys()].sort()).toEqual(
      Array.from({ length: 18 }, (_, at) => `${Math.floor(at / 3)}${at % 3}`).sort(),
    );
  });

  it('one that clears while another writes leaves a whole store', async () => {
    await using story = await kept();
    const one = await store(story);
    let cleared = false;
    const end = await one.change(logs => {
      if (!cleared) rmSync(folderOf(story), { recursive: true });
      cleared = true;
      return adding('bb', 'new\n', 'y')(logs);
    });
    expect(['changed', 'not-possible']).toContain(end);
    expect(await (await store(story)).change(adding('cc', 'again\n', 'z'))).toBe('changed');
    await story.git(`--git-dir=${folderOf(story)}`, 'fsck', '--strict', '--no-dangling');
  });
});

describe('damage', () => {
  const cache = (story: Story): string => join(story.root, '.git/tidemark/cache');
  const ref = (story: Story): string => join(folderOf(story), 'refs/tidemark/provenance');

  it.each<[string, (story: Story) => void]>([
    ['the ref is empty', story => writeFileSync(ref(story), '')],
    ['the ref is no ref', story => writeFileSync(ref(story), 'hello\n')],
    ['the ref names nothing', story => writeFileSync(ref(story), `${'1'.repeat(40)}\n`)],
    [
      'the ref names a commit',
      story => writeFileSync(ref(story), readFileSync(join(story.root, '.git/refs/heads/main'))),
    ],
    ['the objects are gone', story => rmSync(join(folderOf(story), 'objects'), { recursive: true })],
    ['HEAD is gone', story => rmSync(join(folderOf(story), 'HEAD'))],
    [
      'every object is cut short',
      story => {
        for (const name of readdirSync(join(folderOf(story), 'objects'), { recursive: true, encoding: 'utf8' })) {
          if (/^..\/.{38}$/.test(name)) {
            rmSync(join(folderOf(story), 'objects', name));
            writeFileSync(join(folderOf(story), 'objects', name), 'x');
          }
        }
      },
    ],
  ])('counts for nothing, and the store is built anew: %s', async (_says, damage) => {
    await using story = await kept();
    rmSync(cache(story), { recursive: true, force: true });
    damage(story);
    const one = await store(story);
    expect(await one.read('aa')).toSatisfy((text: unknown) => text === null || text === 'log\n');
    expect(await one.change(adding('bb', 'new\n', 'another text'))).toBe('changed');
    expect(await (await store(story)).read('bb')).toBe('new\n');
    // What was lost is recorded at the next look, and must be kept then, also when it is the very object that was damaged.
    expect(await one.change(adding('aa', 'log\n', LOST))).toBe('changed');
    expect(await textOf(story)).toBe(LOST);
  });

  it('in the cache is not believed', async () => {
    await using story = await kept();
    expect(await (await store(story)).read('aa')).toBe('log\n');
    for (const name of readdirSync(cache(story)).filter(each => each.startsWith('provenance-'))) {
      const text = readFileSync(join(cache(story), name), 'latin1');
      writeFileSync(join(cache(story), name), text.replace('log', 'lie'));
    }
    expect(await (await store(story)).read('aa')).toBe('log\n');
  });

  it('a file in the way of the store is no fault of anything', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { a: 'a\n' } });
    mkdirSync(join(story.root, '.git/tidemark'));
    writeFileSync(folderOf(story), 'mine');
    const one = await store(story);
    expect(await one.read('aa')).toBeNull();
    expect(await one.change(adding('aa', 'log\n', LOST))).toBe('not-possible');
    expect(readFileSync(folderOf(story), 'utf8')).toBe('mine');
  });
});

describe('clearing and switching off', () => {
  it('clears everything, texts and cache included', async () => {
    await using story = await kept();
    expect(await (await store(story)).clear()).toBe(true);
    expect(existsSync(folderOf(story))).toBe(false);
    expect(readdirSync(join(story.root, '.git/tidemark/cache')).filter(name => name.startsWith('prov'))).toEqual([]);
    expect(readdirSync(join(story.root, '.git/tidemark'))).toEqual(['cache']);
    expect(await textOf(story)).toBeUndefined();
    expect(await (await store(story)).clear()).toBe(false);
    expect(await (await store(story)).examine()).toEqual({ state: 'none', bytes: 0 });
  });

  it('neither reads nor writes where git’s settings say so', async () => {
    await using story = await kept();
    await story.git('config', 'tidemark.provenance', 'false');
    const one = await store(story);
    expect(await one.read('aa')).toBeNull();
    expect(await one.change(adding('bb', 'new\n', 'y'))).toBe('not-possible');
    expect((await one.examine()).state).toBe('off');
    await story.git('config', 'tidemark.provenance', 'true');
    expect(await (await store(story)).read('aa')).toBe('log\n');
  });
});

describe('where HEAD has stood since a moment', () => {
  it('is told by the reflog, the place it stood on then included', async () => {
    await using story = await newStory();
    const first = await story.commit('First', { files: { a: 'a\n' } });
    const second = await story.commit('Second');
    const third = await story.commit('Third');
    await using repository = await open(story);
    const at = async (commit: string, more: number) =>
      new Date((Number(await story.git('log', '-1', '--format=%ct', commit)) + more) * 1000).toISOString();
    expect(await repository.stoodOnSince(await at(third, 5))).toEqual([third]);
    expect(await repository.stoodOnSince(await at(third, 0))).toEqual([third, second]);
    expect(await repository.stoodOnSince(await at(first, 30))).toEqual([third, second, first]);
    expect(await repository.stoodOnSince(await at(first, 0))).toBeNull();
  });
});

describe('files taken from the working tree', () => {
  const taken = async (story: Story, most: { one: number; all: number }) => {
    await using repository = await open(story);
    const files = repository.takeWorking(['1.sql', '2.sql', '3.sql', 'none.sql'], most);
    return [...files].map(([path, { size, bytes }]) => `${path} ${size} ${bytes === null ? 'without' : 'with'}`);
  };

  it('come with their bytes as far as those are wanted, and with the blob they would be with LF', async () => {
    await using story = await newStory();
    for (const [name, text] of [
      ['1.sql', 'a\r\n'],
      ['2.sql', 'bb\n\n\n'],
      ['3.sql', 'c\n'],
    ] as const)
      story.write(name, text);
    expect(await taken(story, { one: 9, all: 99 })).toEqual(['1.sql 3 with', '2.sql 5 with', '3.sql 2 with']);
    expect(await taken(story, { one: 3, all: 99 })).toEqual(['1.sql 3 with', '2.sql 5 without', '3.sql 2 with']);
    expect(await taken(story, { one: 9, all: 5 })).toEqual(['1.sql 3 with', '2.sql 5 without', '3.sql 2 with']);
    await using repository = await open(story);
    const all = repository.takeWorking(['1.sql', '3.sql'], { one: 9, all: 99 });
    expect(all.get('1.sql')).toMatchObject({ blob: blobOf('a\r\n'), withoutCr: { blob: blobOf('a\n') } });
    expect(all.get('3.sql')).toMatchObject({ blob: blobOf('c\n'), withoutCr: null });
  });
});

describe('files asked for at every look', () => {
  it('are read again when they have changed, also within the same moment and with the same size', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': 'one\n', 'db/2.sql': 'two\n' } });
    await using repository = await open(story);
    const paths = ['db/1.sql', 'db/2.sql', 'db/3.sql'];
    for (const text of ['one\n', 'eno\n', 'neo\n']) {
      writeFileSync(join(story.root, 'db/1.sql'), text);
      expect(repository.hashKnown(paths)).toEqual(await repository.hashWorking(paths));
      expect(repository.hashKnown(paths)).toEqual(await repository.hashWorking(paths));
    }
  });

  it('gives what is worked out from bytes, once while neither the file nor the question changes', async () => {
    await using story = await newStory();
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x0d, 0x0a, 0xff, 0x00]);
    mkdirSync(join(story.root, 'db'));
    for (const name of ['1', '2']) writeFileSync(join(story.root, `db/${name}.sql`), bytes);
    // Until the times of a file are old enough to tell a change, it is read each time.
    await new Promise(wake => setTimeout(wake, 2100));
    await using repository = await open(story);
    const read: string[] = [];
    const ask = (...questions: readonly string[]) => {
      const asked = new Map(questions.map((question, at) => [`db/${at + 1}.sql`, question]));
      return repository.workedOut('sizes', asked, (path, question, content) => {
        read.push(`${path} ${question}`);
        expect(Buffer.from(content)).toEqual(Buffer.from(readFileSync(join(story.root, path))));
        return `${question}: ${content.length}`;
      });
    };
    const first = await ask('a', 'b', 'c');
    expect(first).toEqual(
      new Map([
        ['db/1.sql', 'a: 7'],
        ['db/2.sql', 'b: 7'],
      ]),
    );
    expect(await ask('a', 'b', 'c')).toEqual(first);
    expect(read.splice(0)).toEqual(['db/1.sql a', 'db/2.sql b']);
    writeFileSync(join(story.root, 'db/2.sql'), 'other');
    expect(await ask('z', 'b')).toEqual(
      new Map([
        ['db/1.sql', 'z: 7'],
        ['db/2.sql', 'b: 5'],
      ]),
    );
    expect(read.splice(0)).toEqual(['db/1.sql z', 'db/2.sql b']);
    await ask('z', 'b');
    expect(read).toEqual(['db/2.sql b']);
  });
});
