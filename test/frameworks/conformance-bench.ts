/** What the conformance suite works with: trees matched by the real git, rows changed in memory, hostile texts. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  AppliedMigration,
  Declaration,
  Engine,
  MigrationId,
  Project,
  Row,
  RowChange,
} from '../../src/domain/migration.ts';
import { migrationId } from '../../src/domain/migration.ts';
import type {
  FileText,
  Framework,
  Known,
  ReversalRequest,
  ReversibleMigration,
  RowsOrReason,
  SourceTree,
} from '../../src/frameworks/contract.ts';
import type { FrameworkFacts, Tree } from './conformance-facts.ts';

const BLOB = 'b'.repeat(40);
const COMMIT = 'c'.repeat(40);

/** Texts that are no migrations and must not hurt: none may throw or take long. */
export const HOSTILE: Readonly<Record<string, string>> = {
  empty: '',
  binary: Array.from({ length: 4096 }, (_, index) => String.fromCharCode((index * 7919) % 256)).join(''),
  'one letter, 1 MB': 'a'.repeat(1 << 20),
  'spaces, 1 MB': ' '.repeat(1 << 20),
  'brackets, 1 MB': '('.repeat(1 << 20),
  'curly brackets, 1 MB': '{['.repeat(1 << 19),
  'quotes, odd, 1 MB': `${'"'.repeat(1 << 20)}'`,
  'dashes, 1 MB': '-'.repeat(1 << 20),
  'line feeds, 1 MB': '\n'.repeat(1 << 20),
  'unbalanced quotes': `exports.down = "x' \`\${ [ ( { $$ $tag$ /* """ ''' -- \\`,
  'names of objects': '__proto__ constructor toString hasOwnProperty = {"__proto__": 1}',
  'lone surrogates': '\ud800\udfff\udc80 = "\ud83d"',
};

/** Files of a tree that git matches with the pathspecs, sorted. Runs the real git in a throw-away repository. */
export function matchedByGit(tree: Tree, pathspecs: readonly string[]): readonly string[] {
  if (pathspecs.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-pathspecs-'));
  try {
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
    execFileSync('git', ['init', '--quiet', folder], { env });
    for (const path of Object.keys(tree)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), '');
    }
    const listed = execFileSync('git', ['ls-files', '-z', '--others', '--', ...pathspecs], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    return listed.split('\0').filter(Boolean).sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A tree as detection sees it: the paths git gives for the framework's markers, and any file's text. */
export function sourceTree(framework: Framework, tree: Tree): SourceTree {
  return {
    paths: matchedByGit(tree, framework.markers),
    read: path => (Object.hasOwn(tree, path) ? (tree[path] ?? null) : null),
  };
}

/** The rows after the changes, as a database would hold them. Throws when a change does not hit exactly one row. */
export function changed(
  rows: readonly Row[],
  changes: readonly RowChange[],
  autoColumn: string | null,
): readonly Row[] {
  const columns = new Set(rows.flatMap(row => Object.keys(row)));
  let result = [...rows];
  for (const change of changes) {
    if (change.change === 'insert') {
      const row: Record<string, Row[string]> = {};
      for (const column of columns) row[column] = null;
      Object.assign(row, change.values);
      if (autoColumn !== null && (row[autoColumn] ?? null) === null) {
        row[autoColumn] = Math.max(0, ...result.map(each => Number(each[autoColumn]))) + 1;
      }
      result.push(row);
      continue;
    }
    const hit = result.filter(row => matches(row, change.where));
    if (hit.length !== 1) throw new Error(`${JSON.stringify(change)} hits ${hit.length} rows`);
    result =
      change.change === 'delete'
        ? result.filter(row => row !== hit[0])
        : result.map(row => (row === hit[0] ? { ...row, ...change.set } : row));
  }
  return result;
}

const matches = (row: Row, where: Row): boolean =>
  Object.entries(where).every(([column, value]) => JSON.stringify(row[column]) === JSON.stringify(value));

export const ids = (applied: readonly AppliedMigration[]): readonly string[] => applied.map(each => each.id);

export const sorted = (texts: readonly string[]): readonly string[] => [...texts].sort();

export function changesOf(answer: RowsOrReason): readonly RowChange[] {
  if (!Array.isArray(answer)) throw new Error(`a reason in place of row changes: ${JSON.stringify(answer)}`);
  return answer;
}

/** Names of the contract's fields, in the order in which they stand there; of the optional ones those that are in use. */
export function contractFields(used: readonly string[]): readonly string[] {
  const text = readFileSync(new URL('../../src/frameworks/contract.ts', import.meta.url), 'utf8');
  const body = /export interface Framework \{\n([\s\S]*?)\n\}\n/.exec(text)?.[1] ?? '';
  const fields = [...body.matchAll(/^ {2}(?:readonly )?(\w+)(\?)?[(:]/gm)];
  return fields.flatMap(([, name = '', optional]) => (optional === undefined || used.includes(name) ? [name] : []));
}

/** What the suites below share: the project as detected, and what is known about its files. */
export class Bench {
  readonly framework: Framework;
  readonly facts: FrameworkFacts;

  constructor(framework: Framework, facts: FrameworkFacts) {
    this.framework = framework;
    this.facts = facts;
  }

  project(): Project {
    const [project] = this.framework.detect(sourceTree(this.framework, this.facts.project.tree));
    if (project === undefined) throw new Error('the tree of `facts.project` shows no project');
    return project;
  }

  declaration(project: Project, file: FileText): Declaration {
    const read = this.framework.read(project, file);
    if ('reason' in read) throw new Error(`${file.path} cannot be read: ${read.reason}`);
    return read;
  }

  known(project: Project): Known {
    const known = new Map<MigrationId, Declaration>();
    for (const each of this.facts.alsoKnown) {
      const id = migrationId(each.id);
      known.set(id, { id, requires: each.requires.map(migrationId), replaces: [] });
    }
    for (const file of this.facts.files) known.set(migrationId(file.id), this.declaration(project, file));
    for (const [path, text] of Object.entries(this.facts.project.tree)) {
      for (const { id, mark } of this.framework.marks?.(project, { path, text }) ?? []) {
        const own = known.get(id) ?? { id, requires: [], replaces: [] };
        known.set(id, { ...own, marks: [...(own.marks ?? []), mark] });
      }
    }
    return known;
  }

  /** Everything `reverse` may look at, for one migration whose file git still has. */
  request(project: Project, file: FileText, engine: Engine, onDisk: readonly string[]): ReversalRequest {
    const reversible = (each: FileText, declaration: Declaration): ReversibleMigration => ({
      ...declaration,
      path: each.path,
      text: each.text,
      ...(each.parts === undefined ? {} : { parts: each.parts }),
      commit: COMMIT,
      blob: BLOB,
      orphan: !onDisk.includes(each.path),
    });
    const id = this.framework.identify(project, file.path, file.text) ?? migrationId('unknown');
    const read = this.framework.read(project, file);
    const migration = reversible(file, 'reason' in read ? { id, requires: [], replaces: [] } : read);
    const history = this.facts.histories[0];
    return {
      project,
      engine,
      migration,
      all: [migration],
      onDisk: this.facts.files
        .filter(each => onDisk.includes(each.path))
        .map(each => ({ path: each.path, text: each.text, ...this.declaration(project, each) })),
      applied: this.framework.applied(project, history.rows, this.known(project)),
    };
  }
}
