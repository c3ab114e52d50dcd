/**
 * Acts as operations will, for tests of one framework's recipe: reads declarations from a real repository, lays an overlay into a
 * worktree of HEAD, points the framework's own program at a database and runs it there.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { Declaration, Engine, MigrationId, Project, Row } from '../../../src/domain/migration.ts';
import type {
  FileText,
  Framework,
  Known,
  OverlayFile,
  Reversal,
  ReversalRequest,
  ReversibleMigration,
  SourceTree,
  Target,
} from '../../../src/frameworks/contract.ts';
import type { Story } from '../story.ts';

/** A database of a test: where it is, and a way to ask it. */
export interface TestDatabase {
  readonly target: Target;
  query(sql: string): Promise<readonly Row[]>;
}

/** What a program did. */
export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

export function sqliteDatabase(file: string): TestDatabase {
  return {
    target: target('sqlite', file, null),
    async query(sql) {
      const database = new Sqlite(file);
      try {
        const statement = database.prepare(sql);
        if (statement.reader) return statement.all() as Row[];
        statement.run();
        return [];
      } finally {
        database.close();
      }
    },
  };
}

interface At {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly name: string;
}

const target = (engine: Engine, database: string, at: At | null): Target => ({
  engine,
  database,
  host: at?.host ?? null,
  port: at?.port ?? null,
  socket: null,
  user: at?.user ?? null,
  password: at?.password ?? null,
  parameters: {},
});

export function postgresDatabase(at: At): TestDatabase {
  return {
    target: target('postgres', at.name, at),
    async query(sql) {
      const { host, port, user, password, name: database } = at;
      const types = { getTypeParser: () => (text: string) => text };
      const client = new pg.Client({ host, port, user, password, database, types });
      await client.connect();
      return client
        .query(sql)
        .then(({ rows }) => rows as Row[])
        .finally(() => client.end());
    },
  };
}

export function mysqlDatabase(at: At): TestDatabase {
  return {
    target: target('mysql', at.name, at),
    async query(sql) {
      const { host, port, user, password, name: database } = at;
      const connection = await mysql.createConnection({ host, port, user, password, database, dateStrings: true });
      const [rows] = await connection.query(sql).finally(() => connection.end());
      return Array.isArray(rows) ? (rows as Row[]) : [];
    },
  };
}

/** One repository with one project of one framework, and one database. */
export class Recipe {
  readonly framework: Framework;
  readonly story: Story;
  readonly database: TestDatabase;
  readonly python: string;
  #worktrees = 0;
  #files: readonly string[] = [];

  constructor(framework: Framework, story: Story, database: TestDatabase, python: string) {
    this.framework = framework;
    this.story = story;
    this.database = database;
    this.python = python;
  }

  tree(): SourceTree {
    const at = (path: string): string => join(this.story.root, path);
    return {
      paths: this.#files,
      read: path => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : null),
    };
  }

  /** Reads the working tree anew; call it after every change of the files. */
  async look(): Promise<{ readonly project: Project; readonly onDisk: readonly (Declaration & FileText)[] }> {
    this.#files = await this.#list(this.framework.markers);
    const [project] = this.framework.detect(this.tree());
    if (project === undefined) throw new Error('no project was found');
    const onDisk: (Declaration & FileText)[] = [];
    for (const path of await this.#list(this.framework.pathspecs(project))) {
      const text = readFileSync(join(this.story.root, path), 'utf8');
      if (this.framework.identify(project, path, text) === null) continue;
      const read = this.framework.read(project, { path, text });
      if ('reason' in read) throw new Error(`${path}: ${read.reason}`);
      onDisk.push({ ...read, path, text });
    }
    return { project, onDisk };
  }

  async #list(specs: readonly string[]): Promise<readonly string[]> {
    const listed = await this.story.git('ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...specs);
    return [...new Set(listed.split('\0'))]
      .filter(path => path !== '' && existsSync(join(this.story.root, path)))
      .sort();
  }

  /** A migration as a commit of the past had it. */
  async was(project: Project, commit: string, path: string, orphan = true): Promise<ReversibleMigration> {
    const text = `${await this.story.git('show', `${commit}:${path}`)}\n`;
    const read = this.framework.read(project, { path, text });
    if ('reason' in read) throw new Error(read.reason);
    return { ...read, path, text, commit, blob: await this.story.git('rev-parse', `${commit}:${path}`), orphan };
  }

  async rows(project: Project): Promise<readonly Row[]> {
    return this.database.query(`SELECT * FROM ${project.historyTable.name}`);
  }

  /** Everything `reverse` may look at. `all` is newest first. */
  async requests(
    all: readonly ReversibleMigration[],
    left: readonly ReversibleMigration[] = [],
  ): Promise<readonly ReversalRequest[]> {
    const { project, onDisk } = await this.look();
    const known: Known = new Map<MigrationId, Declaration>([...all, ...left, ...onDisk].map(each => [each.id, each]));
    const applied = this.framework.applied(project, await this.rows(project), known);
    const { engine } = this.database.target;
    return all.map(migration => ({ project, engine, migration, all, onDisk, applied, left }));
  }

  /** Reverses one migration in a worktree of HEAD. */
  async reverse(request: ReversalRequest): Promise<Ran> {
    const reversal: Reversal = this.framework.reverse(request);
    if (reversal.how !== 'command') throw new Error(JSON.stringify(reversal));
    const imports: OverlayFile[] = [];
    for (const each of request.all) imports.push(...(await this.#missing(request.project, each)));
    const laid = reversal.checkout.kind === 'overlay' ? reversal.checkout.files : [];
    const commit = reversal.checkout.kind === 'commit' ? reversal.checkout.commit : 'HEAD';
    return this.inWorktree(request.project, commit, [...imports, ...laid], reversal.arguments);
  }

  async #missing(project: Project, orphan: ReversibleMigration): Promise<readonly OverlayFile[]> {
    const files: OverlayFile[] = [];
    for (const path of this.framework.imports(project, orphan)) {
      const blob = await this.story
        .git('rev-parse', '--verify', '--quiet', `${orphan.commit}:${path}`)
        .catch(() => null);
      const there = await this.story.git('rev-parse', '--verify', '--quiet', `HEAD:${path}`).catch(() => null);
      if (blob !== null && there === null) files.push({ path, blob });
    }
    return files;
  }

  /** Applies what is pending, with the framework's own command, at HEAD. */
  async forward(): Promise<Ran> {
    const { project, onDisk } = await this.look();
    const file = onDisk[0] ?? { path: '', text: '' };
    const forward = this.framework.forward(project, file, this.database.target.engine);
    if (forward.how !== 'command') throw new Error(forward.how);
    return this.inWorktree(project, 'HEAD', [], forward.arguments);
  }

  /** Runs the framework's program in a worktree of its own. */
  async inWorktree(
    project: Project,
    commit: string,
    files: readonly OverlayFile[],
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ran> {
    this.#worktrees += 1;
    const worktree = join(this.story.outside, `worktree-${this.#worktrees}`);
    const scratch = `${worktree}-scratch`;
    await this.story.git('worktree', 'add', '--quiet', '--detach', worktree, commit);
    for (const file of files) {
      const bytes = 'text' in file ? file.text : await this.story.gitBytes(['cat-file', 'blob', file.blob]);
      write(join(worktree, file.path), bytes);
    }
    const pointing = this.framework.point(project, this.database.target);
    for (const { path, text } of pointing.files) write(join(scratch, path), text);
    const fill = (text: string): string => text.replaceAll('{scratch}', scratch).replaceAll('{worktree}', worktree);
    const filled = Object.fromEntries(Object.entries(pointing.env).map(([name, value]) => [name, fill(value)]));
    const ran = await run([this.python, ...args.map(fill)], join(worktree, project.root), {
      ...this.story.env,
      ...env,
      ...filled,
    });
    await this.story.git('worktree', 'remove', '--force', worktree);
    return ran;
  }
}

function write(path: string, bytes: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** Runs a program to its end. */
export function run(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += String(chunk)));
    child.on('error', reject);
    child.on('close', code => resolve({ code, output }));
  });
}
