/**
 * The fault matrix as data: what can go wrong on one Linux machine, and the tests that make it go wrong for real. `npm run test:faults` runs them
 * and counts, per engine, what was tried and what held; a fault whose tests are gone fails there.
 */

/** Tests of a fault: a file below `test`, and what their full names hold. */
interface Trial {
  readonly file: string;
  readonly named: RegExp;
}

export interface Fault {
  readonly says: string;
  /** Empty where it cannot be made here; `why` says so then. */
  readonly trials: readonly Trial[];
  readonly why?: string;
}

const tried = (says: string, ...trials: readonly (readonly [string, RegExp])[]): Fault => ({
  says,
  trials: trials.map(([file, named]) => ({ file: `${file}.test.ts`, named })),
});

const notHere = (says: string, why: string): Fault => ({ says, trials: [], why });

export const MATRIX: readonly Fault[] = [
  // The database and the processes.
  tried(
    'the server is down at the start',
    ['cli/places', /a server that is down/],
    ['cli/places', /whose database is down/],
  ),
  tried(
    'the server dies or is stopped at work',
    ['databases/trouble-postgres', /stopped, killed at work, or gone/],
    ['databases/trouble-mysql', /stopped, killed at work, or gone/],
  ),
  tried(
    'the server hangs',
    ['hook/behaviour', /server that never answers/],
    ['databases/trouble-postgres', /stopped, killed/],
  ),
  tried(
    'kill -9 at every step of a run',
    ['crash/kill-points', /./],
    ['crash/switching-sql', /./],
    ['crash/switching-command', /./],
    ['stories/random-stories', /./],
  ),
  tried('kill -9 at every step of an undo', ['crash/undo', /an undoing, killed/]),
  tried('kill -9 of Tidemark alone, the framework’s command lives on', [
    'cli/interrupted',
    /killed in the middle is taken up once/,
  ]),
  tried('kill -9 of a writer of the journal', ['journal/journal', /a writer killed at any instant/]),
  tried('a command that does not end', ['processes/run-program', /must not go on/]),
  tried('Ctrl-C once', ['cli/interrupted', /Ctrl-C stops after the step/], ['tui/stopping', /Ctrl-C stops after/]),
  tried('Ctrl-C twice', ['cli/interrupted', /second Ctrl-C/], ['tui/stopping', /Ctrl-C twice/]),
  tried('the terminal is closed', ['tui/leaving', /its terminal is closed/], ['tui/leaving', /SIGHUP/]),
  tried('SIGTERM', ['cli/interrupted', /SIGTERM/], ['tui/leaving', /SIGTERM/]),
  tried('a full disk under the journal', ['cli/disks', /journals is full/], ['journal/journal', /a full disk/]),
  tried('a full disk under the backups', ['cli/disks', /backups and locks is full/]),
  tried(
    'a full disk under the worktrees',
    ['cli/disks', /worktrees is full/],
    ['git/own-worktrees', /a disk that is full/],
  ),
  tried('a full disk under parked data', ['cli/disks', /parked data is full/]),
  tried('a full disk under temporary files', ['cli/disks', /temporary folder is full/]),
  tried('a full disk under the database', ['cli/disks', /disk of the database fills up/]),
  tried('read-only folders', ['cli/disks', /is read-only/], ['cli/provenance', /read-only git directory/]),
  tried(
    'another program holds the SQLite file',
    ['hook/behaviour', /another program holds/],
    ['databases/sqlite-restore', /while a reader stands/],
  ),
  tried(
    'a second Tidemark at the same database',
    ['cli/interrupted', /second run is refused/],
    ['journal/run-lock', /is refused while its holder lives/],
  ),
  tried('a lock whose owner is dead, or whose number was given anew', ['journal/run-lock', /killed holder|dead owner/]),
  tried('a down that fails half-way', ['cli/bad-downs', /fails half-way/]),
  tried(
    'a down that does nothing, or the wrong thing',
    ['cli/bad-downs', /does nothing is not trusted/],
    ['cli/bad-downs', /ends our transaction/],
  ),
  tried('a migration that cannot be reversed', [
    'cli/bad-downs',
    /refused before anything is touched|irreversible one is left/,
  ]),
  tried('kept migrations built on an orphan', ['frameworks-live/situations', /orphan-under-live-migrations/]),
  tried('the history changed between plan and run', [
    'tui/underneath',
    /a plan that is confirmed before that is refused/,
  ]),
  tried(
    'what a killed run left at work on the server',
    ['databases/trouble-postgres', /left behind by a killed run/],
    ['databases/trouble-mysql', /left behind by a killed run/],
  ),
  tried('a lock that others hold', [
    'cli/shared-servers',
    /is blocked gives up, leaves all as it was, and names who is in the way/,
  ]),
  tried(
    'a user who may only read',
    ['databases/trouble-postgres', /may only read/],
    ['cli/shared-servers', /a role that may only read/],
  ),
  tried('a SQLite file behind a symbolic link', ['databases/address', /ROOT\/link\.db/]),
  tried(
    'a replica, or a database that takes no changes',
    ['databases/trouble-postgres', /takes no changes/],
    ['databases/trouble-mysql', /takes no changes/],
  ),
  tried('a pooler that shares sessions', ['databases/trouble-postgres', /behind PgBouncer/]),
  // Rehearsal, parked data, the target.
  tried(
    'a down that drops more than it says',
    ['cli/rehearsal', /stops a down that drops more than it says/],
    ['cli/rehearsal', /rows that a down takes out of a table that stays/],
    ['frameworks-live/rehearsal-knex', /drops more than its text says/],
  ),
  tried('a down that fails only with data', ['cli/rehearsal', /fails only with data/]),
  tried('an address written into the old code', ['frameworks-live/rehearsal-knex', /goes to an address of its own/]),
  tried(
    'what a killed rehearsal left behind',
    ['cli/rehearsal', /removed by the next command when it was killed/],
    ['databases/scratch', /ends sessions that are still on it/],
  ),
  tried(
    'no right or no program to make a copy',
    ['databases/scratch', /may not create databases/],
    ['cli/rehearsal', /cannot be made takes more than --yes/],
    ['databases/scratch', /no pg_dump can be had/],
  ),
  tried(
    'parked files that are damaged or gone',
    ['cli/park', /says what is damaged/],
    ['databases/sqlite', /a damaged file; then nothing is changed/],
    ['databases/postgres', /a damaged file; then nothing is changed/],
    ['databases/mysql', /a damaged file; then nothing is changed/],
  ),
  tried('parked data cannot be saved', ['cli/park', /touches nothing when what dies cannot be saved/]),
  tried(
    'parked data meets rows and values that came since',
    ['cli/park', /values that were set since/],
    ['databases/sqlite', /refuses other rows under the same keys/],
    ['databases/postgres', /refuses other rows under the same keys/],
    ['databases/mysql', /refuses other rows under the same keys/],
  ),
  tried('the history moved between a run and its undo', ['cli/undo', /refuses when the history moved since/]),
  tried(
    'a target that looks like production',
    ['cli/target', /that says production takes the name/],
    ['cli/target', /own marker in the database/],
    ['cli/rehearsal', /beside a database that looks like production/],
    ['cli/target', /the terminal UI asks for the name/],
  ),
  tried(
    'another target than before, or one that is elsewhere',
    ['cli/target', /another database than before is noticed/],
    ['cli/target', /not on this machine by its host/],
  ),
  tried(
    'agreement to everything where rows would be lost',
    ['cli/consent', /a plan that destroys rows is refused/],
    ['cli/consent', /only what was confirmed runs/],
  ),
  tried('a wrong password', ['cli/places', /a wrong password/]),
  tried(
    'a backup that is damaged or cannot be loaded to its end',
    ['databases/sqlite-restore', /damaged backup/],
    ['databases/trouble-postgres', /cannot be loaded to its end/],
  ),
  tried('a journal damaged at every byte of its last line, and before', [
    'journal/journal',
    /cut anywhere|flipped bit|never reached the disk/,
  ]),
  tried('a damaged cache of the walk', ['git/walk', /any byte of it is damaged/]),
  tried('damaged provenance', ['git/provenance', /./]),
  // The repository.
  tried(
    'the applied version was collected',
    ['cli/provenance', /by the text that git has lost/],
    ['frameworks-live/sparkles-dbmate', /git has lost altogether/],
  ),
  tried('a partial clone without blobs, or without trees', ['git/partial-clones', /./]),
  tried('replaced objects and grafts', ['git/hostile', /replacements and grafts/]),
  tried('worktrees that a crash left half made', [
    'git/own-worktrees',
    /what a crash leaves|locked, damaged, or half removed/,
  ]),
  tried('no commit yet, a bare repository, inside .git', [
    'cli/places',
    /no commits yet|a bare repository|inside the .git/,
  ]),
  tried('git in the middle of something', ['git/repository', /names an operation in its middle/]),
  tried('index.lock is there', ['git/hostile', /beside a lock/]),
  tried('files written within one tick of the clock', ['git/switch', /within the tick/]),
  tried('clocks that went wrong', ['git/walk', /clocks are wrong/], ['git/repository', /clocks were wrong/]),
  tried('names of every kind', ['cli/hostile-names', /./], ['git/pathspec', /./]),
  tried('SHA-256, linked worktrees, submodules', ['git/repository', /SHA-256/]),
  tried(
    'links where migrations should be',
    ['git/walk', /passes over links/],
    ['git/repository', /regular files only, and none outside/],
    ['cli/hostile-repository', /follows no migration that is a link/],
  ),
  tried(
    'traps in a .env',
    ['cli/hostile-repository', /runs nothing that .env/],
    ['config/dot-env', /runs nothing|not out of it|folder or a pipe/],
  ),
  tried('migration files that cannot be read', ['cli/places', /cannot be parsed/]),
  tried('settings that cannot be used', ['cli/places', /settings that cannot be used/]),
  // A hostile repository, and hooks.
  tried(
    'programs configured in git’s settings',
    ['git/hostile', /configured programs/],
    ['cli/hostile-repository', /settings of git name/],
  ),
  tried('settings files that are programs', ['cli/hostile-repository', /runs no settings file/]),
  tried(
    'an environment that leads git elsewhere',
    ['git/hostile', /an environment that points elsewhere/],
    ['hook/behaviour', /pointed at a repository by variables/],
  ),
  tried('text that would steer a terminal', ['cli/hostile-names', /escapes|turn the text round/], ['tui/hostile', /./]),
  tried('a tree that names another database or a Tidemark of its own', ['hook/behaviour', /what it follows/]),
  tried('the hook without Tidemark, without its files, without a database', ['hook/behaviour', /never fails git/]),
  tried('git moves in every way there is', ['hook/git-actions', /./]),
  tried(
    'passwords in arguments, journals and records',
    ['databases/trouble-postgres', /password is in no argument/],
    ['databases/trouble-mysql', /password is in no argument/],
    ['cli/provenance', /holds no password/],
    ['cli/passwords', /leaves no trace of the password/],
  ),
  notHere(
    'power loss',
    'the machine cannot be switched off: fsync before each act and every cut of the journal stand in for it',
  ),
  notHere('a file system that folds case', 'none can be mounted here'),
  notHere('a network file system', 'none can be mounted here'),
];
