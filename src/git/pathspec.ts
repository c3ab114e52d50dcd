/**
 * Matches paths against git pathspecs, for the one question git cannot be asked in one call: files in some folders *and* under
 * some pathspecs. Knows the magic words `top`, `glob`, `literal`, `icase` and `exclude`, see gitglossary(7), "pathspec";
 * `test/git/pathspec.test.ts` compares it with `git ls-files`.
 */
import { BugError } from '../domain/problem.ts';
import { encodePath } from './path-bytes.ts';

/** True when git would take the path (from the repository's root) for one of the pathspecs. */
export function pathspecMatcher(pathspecs: readonly string[]): (path: string) => boolean {
  // To git `?` is one byte, so both sides are compared as one character per byte.
  const parsed = pathspecs.map(pathspec => parse(asBytes(pathspec)));
  const wanted = parsed.filter(spec => !spec.exclude);
  const unwanted = parsed.filter(spec => spec.exclude);
  return path => {
    const bytes = asBytes(path);
    const isWanted = wanted.length === 0 || wanted.some(spec => spec.pattern.test(bytes));
    return isWanted && !unwanted.some(spec => spec.pattern.test(bytes));
  };
}

const asBytes = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : encodePath(text).toString('latin1'));

function parse(pathspec: string): { exclude: boolean; pattern: RegExp } {
  const long = /^:\(([^)]*)\)(.*)$/s.exec(pathspec);
  const short = /^:([/!^]+):?(.*)$/s.exec(pathspec);
  const words = long?.[1]?.split(',').filter(word => word !== '') ?? [];
  const unknown = words.find(word => !['top', 'glob', 'literal', 'icase', 'exclude'].includes(word));
  if (unknown !== undefined) throw new BugError(`pathspec magic "${unknown}" is not known here: ${pathspec}`);
  const path = (long?.[2] ?? short?.[2] ?? pathspec).replace(/\/$/, '');
  // Git first takes the text as it stands, for a file or a folder, and only then for a pattern of whole paths.
  const plain = path === '' ? '.*' : `${literally(path)}(?:/.*)?`;
  const wild = words.includes('literal') ? '' : `|${translate(path, words.includes('glob'))}`;
  return {
    exclude: words.includes('exclude') || /[!^]/.test(short?.[1] ?? ''),
    pattern: new RegExp(`^(?:${plain}${wild})$`, words.includes('icase') ? 'is' : 's'),
  };
}

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** A wildcard pattern as a regular expression. With `glob`, `*` and `?` stop at `/`, and `**` as a whole part crosses it. */
function translate(pattern: string, glob: boolean): string {
  const one = glob ? '[^/]' : '.';
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at);
    const atPart = at === 0 || pattern[at - 1] === '/';
    const character = pattern[at] ?? '';
    if (glob && atPart && rest.startsWith('**/')) {
      source += '(?:.*/)?';
      at += 2;
    } else if (glob && atPart && rest === '**') {
      source += '.*';
      at += 1;
    } else if (character === '*') source += `${one}*`;
    else if (character === '?') source += one;
    else if (character === '\\' && at + 1 < pattern.length) source += literally(pattern[++at] ?? '');
    else if (character === '[') {
      const set = /^\[([!^]?)(\]?(?:\[:\w+:\]|[^\]])*)\]/.exec(rest);
      if (set === null) return '(?!)';
      source += `${glob ? '(?!/)' : ''}[${set[1] === '' ? '' : '^'}${characters(set[2] ?? '')}]`;
      at += set[0].length - 1;
    } else source += literally(character);
  }
  return source;
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  xdigit: '0-9a-fA-F',
  space: '\\s',
  punct: '!-\\/:-@\\[-`{-~',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  graph: '!-~',
  print: ' -~',
};

const characters = (set: string): string =>
  set.replaceAll(/\[:(\w+):\]|\\(.)|[[\]\\^]/gs, (found, name: string | undefined, escaped: string | undefined) =>
    name !== undefined ? (CLASSES[name] ?? '') : `\\${escaped ?? found}`,
  );
