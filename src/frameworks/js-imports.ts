/** How JavaScript and TypeScript files find one another in a repository. Nothing is run. */
import type { OverlayFile, SourceTree } from './contract.ts';
import { isJsMark, isJsWord, jsText } from './js-text.ts';
import { folderOf, inFolder, joined } from './repository-paths.ts';

const ENDINGS = ['', '.js', '.ts', '.cjs', '.mjs', '.cts', '.mts', '.json', '/index.js', '/index.ts', '/index.cjs'];

/** Paths that the relative `require` and `import` of a file may mean, from the repository's root. */
export function relativeImports(path: string, text: string): readonly string[] {
  const { tokens } = jsText(text);
  const paths = new Set<string>();
  tokens.forEach((token, index) => {
    if (token.kind !== 'string' || !/^\.\.?(?:\/|$)/.test(token.text)) return;
    const before = tokens[index - 1];
    const called = isJsMark(before, '(') && isJsWord(tokens[index - 2], 'require', 'import');
    if (!called && !isJsWord(before, 'from', 'import')) return;
    const target = joined(folderOf(path), token.text);
    if (target === null) return;
    for (const ending of ENDINGS)
      paths.add(ending.startsWith('/') ? inFolder(target, ending.slice(1)) : `${target}${ending}`);
    // TypeScript's sources name the file that will be made of them: `./x.js` is `./x.ts`.
    const swapped = /^(.*)\.([cm]?)js$/.exec(target);
    if (swapped !== null) paths.add(`${swapped[1]}.${swapped[2]}ts`);
  });
  return [...paths];
}

/** What `.js` means in a folder, by the nearest package.json: `module`, `commonjs`, or `unset`. */
export function modulesIn(tree: SourceTree, root: string): string {
  for (let folder = root; ; folder = folderOf(folder)) {
    const text = tree.read(inFolder(folder, 'package.json'));
    if (text !== null) return /"type"\s{0,20}:\s{0,20}"(module|commonjs)"/.exec(text)?.[1] ?? 'unset';
    if (folder === '.') return 'unset';
  }
}

/** A file that exports what another one does. `modules`: a `.js` file is an ES module there. */
export function handedOn(path: string, to: string, modules: boolean): OverlayFile {
  const target = JSON.stringify(relative(folderOf(path), to));
  const esm = (modules || path.endsWith('.mjs')) && !path.endsWith('.cjs');
  return { path, text: esm ? `export * from ${target};\n` : `module.exports = require(${target});\n` };
}

/** Path from a folder to a file, as `require` wants it. */
function relative(folder: string, path: string): string {
  const from = folder === '.' ? [] : folder.split('/');
  const to = path.split('/');
  let same = 0;
  while (same < from.length && same < to.length - 1 && from[same] === to[same]) same += 1;
  const up = from.length - same;
  return `${up === 0 ? './' : '../'.repeat(up)}${to.slice(same).join('/')}`;
}
