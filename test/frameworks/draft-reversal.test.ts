/** Drafts of hand-written reversals: what SQL plainly did is turned round, and nothing else is. */
import { describe, expect, it } from 'vitest';
import { draftReversal } from '../../src/frameworks/draft-reversal.ts';
import { hasStatements } from '../../src/frameworks/sql-text.ts';

describe('a draft', () => {
  it.each([
    ['CREATE TABLE songs (id INTEGER, UNIQUE (id));', 'DROP TABLE songs;'],
    ['create table "Odd ""Name" (a int)', 'DROP TABLE "Odd ""Name";'],
    ['CREATE UNLOGGED TABLE shop.songs (id int)', 'DROP TABLE shop.songs;'],
    ['CREATE VIEW loud AS SELECT 1', 'DROP VIEW loud;'],
    ['CREATE UNIQUE INDEX by_name ON songs (name)', 'DROP INDEX by_name;'],
    ['CREATE INDEX CONCURRENTLY by_name ON ONLY songs (lower(name))', 'DROP INDEX by_name;'],
    ['ALTER TABLE songs ADD COLUMN shine INT DEFAULT 0', 'ALTER TABLE songs DROP COLUMN shine;'],
    ['ALTER TABLE ONLY songs ADD shine numeric(3, 1)', 'ALTER TABLE songs DROP COLUMN shine;'],
  ])('%s', (script, inverse) => {
    expect(draftReversal(script, 'postgres')).toEqual([inverse]);
  });

  it.each([
    'CREATE TABLE IF NOT EXISTS songs (id int)',
    'CREATE OR REPLACE VIEW loud AS SELECT 1',
    'CREATE INDEX ON songs (name)',
    'ALTER TABLE songs ADD CONSTRAINT one CHECK (id > 0)',
    'ALTER TABLE songs ADD COLUMN a int, DROP COLUMN b',
    'ALTER TABLE songs RENAME TO tunes',
    "UPDATE songs SET name = 'it''s'",
    'DROP TABLE songs',
  ])('only says what %s did', script => {
    const lines = draftReversal(script, 'postgres');
    expect(lines).toEqual([expect.stringMatching(/^-- It did: /)]);
    expect(hasStatements(lines.join('\n'))).toBe(false);
  });

  it('goes backwards, each in the engine’s own quotes, and keeps comments on one line', () => {
    const script =
      "CREATE TABLE `a b` (x int);\nALTER TABLE `a b` ADD y int, ADD z int;\nCREATE INDEX i ON `a b` (x);\nUPDATE t SET s = 'one\ntwo';";
    expect(draftReversal(script, 'mysql')).toEqual([
      "-- It did: UPDATE t SET s = 'one two'",
      'DROP INDEX i ON `a b`;',
      'ALTER TABLE `a b` DROP COLUMN z;',
      'ALTER TABLE `a b` DROP COLUMN y;',
      'DROP TABLE `a b`;',
    ]);
  });
});
