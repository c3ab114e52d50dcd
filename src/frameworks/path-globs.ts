/** Globs as JavaScript's tools write them (`migrations/*{.ts,.js}`, `db/**\/*.js`), as git pathspecs and as patterns for paths. */
import { joined } from './repository-paths.ts';

/** Most alternatives that braces are spread into. */
const LIMIT = 64;

/** Spreads braces: `*{.ts,.js}` is `*.ts` and `*.js`. */
export function spreadBraces(glob: string): readonly string[] {
  let spread = [glob.slice(0, 1000)];
  for (let round = 0; round < 8; round += 1) {
    const next = spread.flatMap(each => {
      const [whole, inside] = /\{([^{}]*)\}/.exec(each) ?? [];
      if (whole === undefined || inside === undefined) return [each];
      return inside.split(',').map(part => each.replace(whole, () => part));
    });
    if (next.length > LIMIT || next.length === spread.length) break;
    spread = next;
  }
  return spread.filter(each => !/[{}]/.test(each));
}

/** A glob from a folder of the repository, without braces; null when it leads out of it. */
export const globFrom = (folder: string, glob: string): string | null =>
  glob.startsWith('/') ? null : joined(folder, glob);

/** As a git pathspec: gitglossary(7), "pathspec", magic `glob`. */
export const pathspecOf = (glob: string): string => `:(glob)${glob}`;

/** Does a path from the repository's root fit a glob from there? */
export const fits = (glob: string, path: string): boolean => patternOf(glob).test(path);

function patternOf(glob: string): RegExp {
  let pattern = '';
  for (let at = 0; at < glob.length; at += 1) {
    const letter = glob[at] ?? '';
    if (glob.startsWith('**/', at)) {
      pattern += '(?:[^/]{1,300}/)*';
      at += 2;
    } else if (letter === '*') {
      pattern += pattern.endsWith('[^/]*') ? '' : '[^/]*';
    } else if (letter === '?') pattern += '[^/]';
    else pattern += letter.replace(/[.*+?^${}()|[\]\\]/, '\\$&');
  }
  return new RegExp(`^${pattern}$`);
}
