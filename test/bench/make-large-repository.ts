/**
 * Makes a large repository for measurements: `git fast-import` writes thousands of commits in a second. Deterministic: the same
 * numbers give the same commit ids.
 *
 * A main line with short-lived feature branches that are merged into it, other files changing all the time, dbmate migrations
 * `db/migrations/<version>_<name>.sql` being added, now and then edited, renamed or deleted, and refs at many places.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

export interface LargeRepository {
  /** All commits, merges among them. */
  readonly commits: number;
  readonly merges: number;
  readonly refs: number;
  /** Migration files that HEAD holds. As many again, by a tenth, were deleted on the way. */
  readonly migrations: number;
}

/** What was made. */
export interface LargeRepositoryFacts {
  readonly head: string;
  /** Versions (history rows) of the migrations in HEAD, ascending. */
  readonly versions: readonly string[];
  /** Migrations that were deleted from the main line: version and path. */
  readonly deleted: readonly { readonly version: string; readonly path: string }[];
}

const FIRST_SECOND = 1_600_000_000;

/** Makes the repository in a folder (made when missing), with HEAD's tree checked out. Throws when git fails. */
export async function makeLargeRepository(folder: string, size: LargeRepository): Promise<LargeRepositoryFacts> {
  mkdirSync(folder, { recursive: true });
  await git(folder, ['init', '--quiet', '--initial-branch=main', '.']);
  const told = tell(size);
  await git(folder, ['fast-import', '--quiet', '--done'], told.stream);
  await git(folder, ['reset', '--quiet', '--hard', 'main']);
  // As in any clone: 500 loose ref files would measure the disk instead.
  await git(folder, ['pack-refs', '--all']);
  const head = (await git(folder, ['rev-parse', 'HEAD'])).trim();
  return { head, versions: told.versions, deleted: told.deleted };
}

/** Applied migrations without a file in the measured database. */
export const ORPHANS = 5;

/** Makes `app.db` in the repository's folder: all of HEAD's migrations are applied, and a few that were deleted on the way. */
export function makeLargeDatabase(folder: string, made: LargeRepositoryFacts): void {
  const database = new Database(join(folder, 'app.db'));
  database.exec('CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)');
  const insert = database.prepare('INSERT INTO schema_migrations VALUES (?)');
  database.transaction(() => {
    for (const version of [...made.versions, ...made.deleted.slice(-ORPHANS).map(each => each.version)])
      insert.run(version);
  })();
  database.close();
}

interface Told extends Omit<LargeRepositoryFacts, 'head'> {
  readonly stream: Iterable<string>;
}

function tell(size: LargeRepository): Told {
  const live = new Map<string, string>();
  const deleted: { version: string; path: string }[] = [];
  const told = { versions: [] as string[], deleted };
  return { ...told, stream: commits(size, live, told) };
}

function* commits(
  size: LargeRepository,
  live: Map<string, string>,
  told: { versions: string[]; deleted: { version: string; path: string }[] },
): Iterable<string> {
  const extra = Math.ceil(size.migrations / 10);
  const planned = size.migrations + extra;
  const ordinary = size.commits - size.merges;
  let mark = 0;
  let made = 0;
  let changes = 0;
  let main = 0;
  let branch = 0;
  let merges = 0;
  let edits = 0;
  let renames = 0;
  const pending = new Map<string, string>();

  const write = (ref: string, parents: readonly number[], files: readonly string[]): string => {
    mark++;
    const person = `${mark % 3 === 0 ? 'Rainbows' : 'Sparkles'} <dev${mark % 20}@example.org> ${FIRST_SECOND + mark * 60} +0000`;
    const message = `Change number ${mark}\n\nWhy it was made, in a line or two of the usual length, so that\nmessages weigh what messages weigh.\n`;
    const [first, ...others] = parents;
    return [
      `commit ${ref}`,
      `mark :${mark}`,
      `author ${person}`,
      `committer ${person}`,
      `data ${message.length}`,
      message,
      ...(first === undefined ? [] : [`from :${first}`]),
      ...others.map(parent => `merge :${parent}`),
      ...files,
      '',
    ].join('\n');
  };

  /** Ordinary work. Only the main line deletes, renames and edits migrations: those it has. */
  const work = (onMain: boolean): string[] => {
    changes++;
    const files = [inline(`src/part-${changes % 40}/file-${changes % 700}.ts`, `export const change = ${changes};\n`)];
    // Spread evenly, and all there a little before the end.
    while (made < planned && (changes * planned) / (ordinary * 0.95) > made) {
      const version = String(20200101000000 + made);
      const path = `db/migrations/${version}_step_${made}.sql`;
      made++;
      files.push(inline(path, migration(version, 'integer')));
      (onMain ? live : pending).set(version, path);
      if (made % 25 === 0) edits++;
      if (made % 40 === 0) renames++;
    }
    if (!onMain) return files;
    for (; told.deleted.length < Math.floor((made * extra) / planned); ) {
      const [version, path] = someLive();
      live.delete(version);
      told.deleted.push({ version, path });
      files.push(`D ${path}`);
    }
    for (; edits > 0; edits--) {
      const [version, path] = someLive();
      files.push(inline(path, migration(version, `numeric(${10 + (made % 20)})`)));
    }
    for (; renames > 0; renames--) {
      const [version, path] = someLive();
      const next = path.replace('_step_', `_renamed_${made}_step_`);
      live.set(version, next);
      files.push(`R ${path} ${next}`);
    }
    return files;
  };

  const someLive = (): [version: string, path: string] => {
    const all = [...live];
    return all[(made * 7 + told.deleted.length) % all.length] ?? ['', ''];
  };

  const every = Math.max(1, Math.floor(size.commits / Math.max(1, size.merges)));
  const pieces: string[][] = [];
  while (mark < size.commits) {
    const left = size.commits - mark;
    if (merges < size.merges && branch !== 0 && (mark % every === every - 1 || left <= size.merges - merges)) {
      // What the branch brought is written as the merge's own change against the main line.
      yield write('refs/heads/main', [main, branch], pieces.splice(0).flat());
      main = mark;
      branch = 0;
      merges++;
      for (const [version, path] of pending) live.set(version, path);
      pending.clear();
    } else if (branch === 0 && merges < size.merges && main !== 0 && left > 2) {
      const files = work(false);
      pieces.push(files);
      yield write('refs/heads/feature', [main], files);
      branch = mark;
      yield write('refs/heads/main', [main], [inline('src/version.ts', `export const version = ${mark};\n`)]);
      main = mark;
      changes++;
    } else {
      yield write('refs/heads/main', main === 0 ? [] : [main], work(true));
      main = mark;
    }
  }
  if (branch !== 0) yield `reset refs/heads/feature\nfrom :${main}\n\n`;
  for (let ref = 0; ref < size.refs - 2; ref++) {
    const at = Math.max(1, Math.floor(((ref + 1) * main) / size.refs));
    yield `reset refs/${ref % 3 === 0 ? 'tags/v' : 'remotes/origin/topic-'}${ref}\nfrom :${at}\n\n`;
  }
  yield 'done\n';
  told.versions.push(...[...live.keys()].sort());
}

const inline = (path: string, text: string): string =>
  `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}`;

const migration = (version: string, type: string): string =>
  [
    '-- migrate:up',
    `create table table_${version} (`,
    '  id integer primary key,',
    `  amount_${version} ${type} not null,`,
    `  note_${version} text`,
    ');',
    `create index index_${version} on table_${version} (amount_${version});`,
    '',
    '-- migrate:down',
    `drop table table_${version};`,
    '',
  ].join('\n');

async function git(folder: string, args: readonly string[], stream: Iterable<string> = []): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    LC_ALL: 'C',
  };
  const child = spawn('git', args, { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const out: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  const ended = once(child, 'close');
  for (const piece of stream) if (!child.stdin.write(piece)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}`);
  return Buffer.concat(out).toString();
}
