/** Our own matching of pathspecs against git's, and paths as bytes and back. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodePath, encodePath } from '../../src/git/path-bytes.ts';
import { pathspecMatcher } from '../../src/git/pathspec.ts';
import { newStory } from '../kit/story.ts';

const PATHS = [
  'a.sql',
  'A.SQL',
  'db/a.sql',
  'db/b.sql',
  'db/a.txt',
  'db/x/a.sql',
  'db/x/y/a.sql',
  'db',
  'dbx/a.sql',
  'app/migrations/1.py',
  'app/deep/migrations/2.py',
  'migrations/3.py',
  'migrations/sub/4.py',
  '*.sql',
  'db/[a].sql',
  'db/*.sql',
  'db/a b.sql',
  '.hidden/a.sql',
  'db/{a,b}.sql',
  'db/a\\b.sql',
  'db/é.sql',
  'db/new\nline.sql',
].filter(path => path !== 'db');

const PATHSPECS = [
  'db',
  'db/',
  'db/*.sql',
  '*.sql',
  'a.sql',
  '.',
  ':(glob)db/*.sql',
  ':(glob)**/*.sql',
  ':(glob)**/migrations/*.py',
  ':(glob)db/**',
  ':(glob)db/**/a.sql',
  ':(glob)*',
  ':(glob)db/?.sql',
  ':(glob)db/[ab].sql',
  ':(glob)db/[!a].sql',
  ':(glob)db/[a-c]*',
  ':(glob)db/\\*.sql',
  ':(literal)db/*.sql',
  ':(literal)db/[a].sql',
  ':(icase)a.sql',
  ':(glob,icase)DB/*.SQL',
  ':(top)db',
  ':(top,glob)db/*.txt',
  ':/db',
  ':(glob)d*/a.sql',
  'd*a.sql',
  ':(glob)db/[[:alpha:]].sql',
  ':(glob)db/{a,b}.sql',
  'db/[a].sql',
  ':(glob)db/\\[a\\].sql',
  ':(glob)**',
  ':(glob)db/**.sql',
  ':(glob)**/a.sql',
  ':(glob)db/x/**/a.sql',
  ':(glob)no/such/*',
  ':(glob)db/é.sql',
  ':(glob)db/*line*',
];

it('matches what git matches', async () => {
  await using story = await newStory();
  for (const path of PATHS) story.write(path, '');
  await story.git('add', '--all');
  const git = async (pathspecs: readonly string[]): Promise<string[]> =>
    (await story.gitBytes(['ls-files', '-z', '--', ...pathspecs])).toString().split('\0').slice(0, -1).sort();
  const ours = (pathspecs: readonly string[]): string[] => PATHS.filter(pathspecMatcher(pathspecs)).sort();
  for (const pathspec of PATHSPECS) {
    // "." is the folder git stands in: the root.
    const mine = pathspec === '.' ? '' : pathspec;
    expect(ours([mine]), pathspec).toEqual(await git([pathspec]));
  }
  const excluded = [':(exclude)db/x', ':!db/x', ':^db/a*', ':(exclude,glob)db/**/a.sql'];
  for (const exclude of excluded) {
    for (const pathspec of PATHSPECS.slice(6, 12))
      expect(ours([pathspec, exclude]), exclude).toEqual(await git([pathspec, exclude]));
  }
  expect(() => pathspecMatcher([':(attr:x)db'])).toThrow('not known');
});

it('gives every byte of a path back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 40 }), bytes => {
      const path = decodePath(Buffer.from(bytes));
      expect(encodePath(path)).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(fc.string({ unit: 'binary' }), path => decodePath(encodePath(path)) === path));
  expect(decodePath(Buffer.from('caf\xe9/\xed\xa0\x80\xf0\x9f\x98\x80', 'latin1'))).toBe(
    'caf\udce9/\udced\udca0\udc80😀',
  );
});
