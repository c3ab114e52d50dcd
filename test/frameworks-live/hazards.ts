/**
 * What frameworks' own commands do wrong while an applied file is missing, and successes that were none, as data: each with the live test that shows
 * it with the bare tool, and what Tidemark makes of it. `test/frameworks/hazards.test.ts` fails for a framework without any, and for a test that is gone.
 */

type Wrong =
  /** Its own rollback reverses another migration than the one that is missing. */
  | 'reverses another'
  /** It passes the missing one by, with success or without a word. */
  | 'passes it by'
  /** Every command, or those that matter, refuses. */
  | 'locks out'
  /** Exit code 0, and a row that is gone or was never looked at, though nothing was undone or applied. */
  | 'no-op';

export interface Hazard {
  readonly framework: string;
  readonly wrong: Wrong;
  readonly says: string;
  /** File below `test/frameworks-live`, without `.test.ts`, and what the test's title holds. */
  readonly shown: readonly [file: string, title: RegExp];
}

/** Known, and without a live test: the tool cannot be had here. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  doctrine: 'not on any registry reached by the tests: `skipIf()` in a down keeps the row with success',
  phinx: 'not on any registry reached by the tests: a target without a file is "not found" with success',
};

const shown = (
  framework: string,
  wrong: Wrong,
  says: string,
  title: RegExp,
  file = `hazards-${framework}`,
): Hazard => ({ framework, wrong, says, shown: [file, title] });

export const HAZARDS: readonly Hazard[] = [
  shown(
    'alembic',
    'locks out',
    'any head it cannot locate',
    /^reverses 3 while the table says \{3\}/,
    'alembic-recipe',
  ),
  shown('custom', 'locks out', 'its runner wants the file', /is locked out by the missing file/),
  shown('custom', 'no-op', 'an undo file without statements', /takes a row away and undoes nothing/),
  shown('dbmate', 'reverses another', 'the last one that has a file', /reverses another migration/),
  shown('dbmate', 'no-op', 'a down section without statements', /takes a row away and undoes nothing/),
  shown('diesel', 'locks out', 'revert finds no file for the newest', /^refuses, or takes away a row/),
  shown('diesel', 'no-op', 'a down.sql of comments', /takes away a row and undoes nothing/),
  shown('django', 'passes it by', 'migrate and showmigrations do not mention it', /^hides the orphan and succeeds/),
  shown('django', 'no-op', 'a router that allows nothing', /takes its row away and undoes nothing/),
  shown(
    'django',
    'reverses another',
    'columns die in an old checkout',
    /plain old checkout \(the trap\)/,
    'django-recipe',
  ),
  shown('drizzle', 'passes it by', 'and what is dated before the newest row', /passes the orphan by, and skips/),
  shown('flask-migrate', 'locks out', 'any head it cannot locate', /is locked out by the missing file/),
  shown('flask-migrate', 'no-op', 'a downgrade that does nothing', /says that it downgraded where nothing was undone/),
  shown('flyway', 'locks out', 'an older one is missing', /refuses an older orphan/),
  shown('flyway', 'passes it by', 'a newer one is of the future', /passes a newer one by/),
  shown('golang-migrate', 'locks out', 'the newest has no file', /^refuses every command/),
  shown('golang-migrate', 'no-op', 'there is no .down. file', /moves its version and undoes nothing/),
  shown('golang-migrate', 'no-op', 'one that came late is never applied', /never applies it/),
  shown('goose', 'locks out', 'down and up', /refuses to go down and up/),
  shown('goose', 'no-op', 'no Down section', /without a Down section for reversed/),
  shown('knex', 'locks out', 'the directory is corrupt', /and leaves all else as it was/, 'knex-recipe'),
  shown('kysely', 'locks out', 'corrupted migrations', /^refuses at HEAD/),
  shown('kysely', 'reverses another', 'down NAME reverses all above NAME', /reverses all that came later, not it/),
  shown('kysely', 'no-op', 'no down function', /says "Undone 1 migration"/),
  shown('laravel', 'passes it by', 'Migration not found, with success', /skips the missing file and succeeds/),
  shown('laravel', 'no-op', 'no down()', /calls one without down\(\) rolled back/),
  shown('liquibase', 'reverses another', 'the last changeset of the changelog', /reverses another changeset/),
  shown('mikro-orm', 'reverses another', 'the newest that has a file', /reverses another migration, or none/),
  shown('mikro-orm', 'no-op', 'a name without a file', /does nothing where the file of the newest row is missing/),
  shown('node-pg-migrate', 'locks out', 'its order check', /^refuses at HEAD/),
  shown('node-pg-migrate', 'no-op', 'a name that is not in the table', /undoes nothing under the name/),
  shown('node-pg-migrate', 'reverses another', 'digits are a count', /takes a name of digits alone for a count/),
  shown('play', 'reverses another', 'all above the one that differs', /take everything above a changed script back/),
  shown('prisma', 'passes it by', 'up to date, and deploys past it', /calls a database with an orphan up to date/),
  shown('rails', 'reverses another', 'db:rollback', /reverses another migration, or none/),
  shown('rails', 'no-op', 'no down', /calls one without down reverted/),
  shown(
    'refinery',
    'locks out',
    'its library; its command line passes it by',
    /says that nothing can undo 3/,
    'sparkles-refinery',
  ),
  shown('sequelize', 'reverses another', 'the highest name, or any that begins so', /undoes the highest name/),
  shown('south', 'locks out', 'GhostMigrations', /is locked out by the missing file/),
  shown('south', 'reverses another', 'what was applied later goes along', /takes what was applied later along/),
  shown('south', 'no-op', 'an empty backwards()', /calls an empty backwards\(\) done/),
  shown('sqitch', 'locks out', 'deploy stops', /where Sqitch stops/, 'sparkles-sqitch'),
  shown('sqlx', 'locks out', 'everything', /^refuses everything/),
  shown('sqlx', 'reverses another', 'with --ignore-missing', /reverses another migration and reports success/),
  shown('sqlx', 'no-op', 'no down file', /passes over what has no down file/),
  shown('typeorm', 'reverses another', 'the newest row', /reverts the newest row whatever was meant/),
  shown('typeorm', 'no-op', 'a row whose time stamp differs', /leaves a row behind/),
  shown('typeorm', 'no-op', 'migrations that are not built', /finds nothing where migrations have to be built/),
];
