/** Paths of migrations that are parts of a file: `db/changelog.sql::2::sparkles`. */

const MARK = '::';

/** Where a part of a file is seen. */
export const partPathOf = (file: string, name: string): string => `${file}${MARK}${name}`;

/** The file a path is, or is a part of. */
export const wholeFileOf = (path: string): string => {
  const at = path.indexOf(MARK);
  return at === -1 ? path : path.slice(0, at);
};

/** The name of a part; null for a whole file. */
export const partNameOf = (path: string): string | null => {
  const at = path.indexOf(MARK);
  return at === -1 ? null : path.slice(at + MARK.length);
};
