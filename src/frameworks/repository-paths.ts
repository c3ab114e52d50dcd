/** Paths from the repository's root, `/`-separated and never leading out of it, and git pathspecs made of them. */

/** Joins and normalises path parts; `.` for the root. null when the result lies outside the repository. */
export function joined(...parts: readonly string[]): string | null {
  const result: string[] = [];
  for (const part of parts.join('/').split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') result.push(part);
    else if (result.pop() === undefined) return null;
  }
  return result.length === 0 ? '.' : result.join('/');
}

/** Folder of a path; `.` for what lies in the root. */
export const folderOf = (path: string): string => {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, slash);
};

/** Last part of a path. */
export const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** A path in a folder, without `./` in front. */
export const inFolder = (folder: string, name: string): string => (folder === '.' ? name : `${folder}/${name}`);

/** Git pathspec for the files of one folder, not of those below, whose name ends so: gitglossary(7), "pathspec", magic `glob`. */
export const filesIn = (folder: string, ending: string): string =>
  `:(glob)${inFolder(folder.replace(/[\\*?[\]]/g, '\\$&'), `*${ending}`)}`;
