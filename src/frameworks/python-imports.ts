/** Which modules of the repository a Python file imports, as paths that may exist. */
import { folderOf, joinPaths } from './python-evaluate.ts';
import { pythonLines } from './python-tokens.ts';

/** Paths from the repository's root. `folders` are where absolute imports begin (the project's folder, the root). */
export function importedPaths(file: string, text: string, folders: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const { tokens } of pythonLines(text)) {
    const words = tokens.map(({ value }) => value);
    if (words[0] === 'import') {
      for (const name of dottedNames(words.slice(1))) for (const folder of folders) add(found, folder, name.split('.'));
    } else if (words[0] === 'from') from(words, file, folders, found);
  }
  found.delete(file);
  return [...found];
}

function from(words: readonly string[], file: string, folders: readonly string[], found: Set<string>): void {
  const at = words.indexOf('import');
  if (at === -1) return;
  const dots = words.slice(1, at).findIndex(word => !/^\.+$/.test(word));
  const up = dots === -1 ? at - 1 : dots;
  const module = words
    .slice(1 + up, at)
    .join('')
    .split('.')
    .filter(Boolean);
  const names = words.slice(at + 1).filter(word => /^[A-Za-z_]\w*$/.test(word) && word !== 'as');
  let base = folderOf(file);
  for (let level = 1; level < up; level += 1) base = folderOf(base);
  for (const start of up > 0 ? [base] : folders) {
    add(found, start, module);
    for (const name of names) add(found, start, [...module, name]);
  }
}

/** A module is a file or a package; the packages above it come along. */
function add(found: Set<string>, folder: string, parts: readonly string[]): void {
  for (let length = 1; length <= parts.length; length += 1) {
    const path = joinPaths(folder, parts.slice(0, length).join('/'));
    if (path.startsWith('..') || path.startsWith('/')) continue;
    found.add(`${path}/__init__.py`);
    if (length === parts.length) found.add(`${path}.py`);
  }
}

const dottedNames = (words: readonly string[]): readonly string[] =>
  words
    .join(' ')
    .split(' , ')
    .map(part => part.replace(/ as .*/, '').replaceAll(' ', ''))
    .filter(name => /^[\w.]+$/.test(name));
