/** Which file a SQLite address means. Tools disagree about slashes, so the form it came in decides, and where that is not enough, the disk. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { BadAddress, readParameters, splitOnce } from './parse-url.ts';

/** `path`: no scheme. `url`: after `sqlite:`. `sqlalchemy-url`: after `sqlite+driver:`. `file-uri`: after `file:`. */
export type SqliteForm = 'path' | 'url' | 'sqlalchemy-url' | 'file-uri';

/** The file (absolute, links resolved where it exists), its name for people, and further parameters. */
export interface SqliteFile {
  readonly file: string;
  readonly display: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Finds the file. `display` is relative to the repository around `base` where the file lies inside it. */
export function readSqliteFile(text: string, base: string, form: SqliteForm): SqliteFile {
  const [written, query] = form === 'path' ? [text, null] : splitOnce(text, '?');
  const parameters = readParameters(query ?? '');
  if (written.includes(':memory:') || parameters['mode'] === 'memory' || /^\/*$/.test(written)) {
    throw new BadAddress('a database in memory cannot be reconciled');
  }
  const file = realPath(pathOf(written, base, form));
  return { file, display: displayOf(file, base), parameters };
}

function pathOf(written: string, base: string, form: SqliteForm): string {
  if (form === 'path') return resolve(base, written);
  const slashes = /^\/*/.exec(written)?.[0].length ?? 0;
  const bare = unescapedFor(written.slice(slashes), slashes === 0 || slashes === 2 ? base : '/');
  const relativePath = resolve(base, bare);
  const absolutePath = resolve('/', bare);
  switch (slashes) {
    case 0:
      return relativePath;
    case 1:
      return absolutePath;
    case 2:
      // sqlx and dbmate write sqlite://app.db; a file URI has a host there, which can only be this machine.
      return relativePath;
    case 3:
      if (form === 'file-uri') return absolutePath;
      if (form === 'sqlalchemy-url') return relativePath;
      return threeSlashes(relativePath, absolutePath);
    default:
      return absolutePath;
  }
}

// `sqlite:///a/b.db` is /a/b.db for dbmate, sqlx and Rails, and ./a/b.db for SQLAlchemy and dj-database-url.
function threeSlashes(relativePath: string, absolutePath: string): string {
  const [here, there] = [existsSync(relativePath), existsSync(absolutePath)];
  if (here && there && relativePath !== absolutePath) {
    throw new BadAddress(
      `it may mean ${relativePath} or ${absolutePath}, and both exist: write sqlite:${absolutePath} or the relative path alone`,
    );
  }
  if (here !== there) return here ? relativePath : absolutePath;
  return existsSync(dirname(absolutePath)) && !existsSync(dirname(relativePath)) ? absolutePath : relativePath;
}

// dbmate and sqlx decode percent signs, SQLAlchemy does not: the name as written counts where such a file exists.
function unescapedFor(bare: string, folder: string): string {
  if (!bare.includes('%') || existsSync(resolve(folder, bare))) return bare;
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}

function displayOf(file: string, base: string): string {
  const root = realPath(repositoryAround(base));
  const inside = relative(root, file);
  const shown = inside !== '' && inside.split(sep)[0] !== '..' && !isAbsolute(inside) ? inside : file;
  // So that it can be parsed again.
  return shown.replace(/[%?#]/g, encodeURIComponent);
}

function repositoryAround(base: string): string {
  for (let folder = resolve(base); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return resolve(base);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === dirname(path) ? path : join(realPath(dirname(path)), basename(path));
  }
}
