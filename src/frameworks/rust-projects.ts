/** Where projects of Rust lie: folders whose `Cargo.toml` depends on a crate. Read as text, never built. */
import type { Project } from '../domain/migration.ts';
import type { AddressHint, SourceTree } from './contract.ts';
import { parseEnvironment } from './environment-file.ts';
import { baseOf, folderOf, inFolder } from './repository-paths.ts';

/** Folders of the `Cargo.toml`s that depend on a crate, sorted. Members of a workspace count by their own file. */
export function cratesUsing(tree: SourceTree, ...crates: readonly string[]): readonly string[] {
  return tree.paths
    .filter(path => baseOf(path) === 'Cargo.toml' && !`/${path}`.includes('/target/'))
    .filter(path => crates.some(crate => dependsOn(tree.read(path) ?? '', crate)))
    .map(folderOf)
    .sort();
}

/** `sqlx = "0.8"`, `sqlx.workspace = true`, `[dependencies.sqlx]`; a feature or a comment of that name is none. */
function dependsOn(manifest: string, crate: string): boolean {
  const name = crate.replaceAll('-', '[-_]');
  let inDependencies = false;
  for (const line of manifest.split(/\r?\n/)) {
    const header = /^[ \t]*\[+([^\]#]*)\]/.exec(line)?.[1]?.trim();
    if (header !== undefined) {
      if (new RegExp(`dependencies\\.["']?${name}["']?$`).test(header)) return true;
      inDependencies = /(?:^|[.-])dependencies$/.test(header);
    } else if (inDependencies && new RegExp(`^[ \\t]*["']?${name}["']?[ \\t]*[.=]`).test(line)) return true;
  }
  return false;
}

/** The nearest of the folders at or above one; null where there is none, or a module of Go comes before it. */
export function nearestCrate(tree: SourceTree, folder: string, crates: readonly string[]): string | null {
  for (const each of ancestorsOf(folder)) {
    if (crates.includes(each)) return each;
    if (tree.read(inFolder(each, 'go.mod')) !== null) return null;
  }
  return null;
}

/** The folder and all above it, the nearest first. */
function ancestorsOf(folder: string): readonly string[] {
  const all = [folder];
  for (let each = folder; each !== '.'; each = folderOf(each)) all.push(folderOf(each));
  return all;
}

/** A string of a table in TOML, `key = "value"`; null where there is none. `table` is null for what stands before any table. */
export function tomlText(text: string, table: string | null, key: string): string | null {
  let at: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    const header = /^[ \t]*\[([^\]]*)\]/.exec(line)?.[1]?.trim();
    if (header !== undefined) at = header;
    else if (at === table) {
      const match = /^[ \t]*([\w-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/.exec(line);
      if (match?.[1] === key) return match[3] ?? unescaped(match[2] ?? '');
    }
  }
  return null;
}

/** The escapes that JSON has too. */
function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return text;
  }
}

/** A variable in `.env`: tools of Rust look for the file where they are run and above, and read the first they find. */
export function environmentAddress(project: Project, tree: SourceTree, variable: string): readonly AddressHint[] {
  for (const folder of ancestorsOf(project.root)) {
    const path = inFolder(folder, '.env');
    const text = tree.read(path);
    if (text === null) continue;
    const value = parseEnvironment(text)[variable];
    if (value === undefined || value === '') return [];
    return [{ text: value, base: project.root, from: `${path} (${variable})` }];
  }
  return [];
}
