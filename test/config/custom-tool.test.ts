/** Tools that the settings declare themselves: what is wrong with one is said all at once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSettings } from '../../src/config/read-settings.ts';
import { ProblemError } from '../../src/domain/problem.ts';

function complaintsAbout(...projects: readonly object[]): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'tidemark-custom-'));
  try {
    writeFileSync(join(root, 'tidemark.config.json'), JSON.stringify({ projects }));
    readSettings(root);
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError) || !('complaints' in error.facts)) throw error;
    return error.facts.complaints;
  } finally {
    rmSync(root, { recursive: true });
  }
}

const whole = {
  framework: 'custom',
  historyTable: 'done',
  migrations: ['changes'],
  custom: { files: '^(?<id>\\d+)', idColumn: 'id', upMarker: 'up', downMarker: 'down' },
};

it('takes one that is whole', () => {
  expect(complaintsAbout(whole)).toEqual([]);
});

it('says everything that is wrong with one', () => {
  const custom = {
    files: '\\d+',
    undoFiles: '(?<id>[',
    idColumn: 'id',
    downMarker: 'x',
    reverse: ['{database}'],
    chekcsum: 'md5',
  };
  expect(complaintsAbout({ framework: 'custom', custom }, { framework: 'django', custom: whole.custom })).toEqual([
    'projects[0].custom.chekcsum: is not a setting; did you mean "checksum"?',
    'projects[0].migrations: is missing: nothing can be found out about a tool nobody knows.',
    'projects[0].historyTable: is missing: nothing can be found out about a tool nobody knows.',
    'projects[0].custom.files: must have a group named id: "(?<id>…)".',
    'projects[0].custom.undoFiles: is not a regular expression of JavaScript (with the flag u).',
    'projects[0].custom.reverse[0]: has a placeholder that is none of {id}, {file}, {worktree}, {scratch}; the database is in the environment.',
    'projects[0].custom.upMarker: is missing beside "downMarker".',
    'projects[0].program: is missing: "reverse" and "forward" are its arguments.',
    'projects[1].custom: is for "framework": "custom" alone.',
  ]);
});

it('refuses a pattern that some name would keep it busy with for ever', () => {
  const custom = { ...whole.custom, files: '^(?<id>(\\w+-?)+)\\.sql$' };
  expect(complaintsAbout({ ...whole, custom })).toEqual([
    expect.stringMatching(/^projects\[0\]\.custom\.files: could keep Tidemark busy for ever .*begin it with "\^"/),
  ]);
});

it('wants a way back', () => {
  const { files, idColumn } = whole.custom;
  expect(complaintsAbout({ ...whole, custom: { files, idColumn, checksum: 'md5' } })).toEqual([
    'projects[0].custom: says no way back: give "upMarker" and "downMarker", or "undoFiles", or "reverse".',
    'projects[0].custom.checksumColumn: is missing beside "checksum".',
  ]);
});
