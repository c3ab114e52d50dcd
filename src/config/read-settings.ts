/** Finding and checking a repository's settings; every complaint is made at once. */
import { isAbsolute, join, normalize, resolve } from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import { complaintsAbout, placeOf } from './complaints.ts';
import type { ProjectSettings, Settings } from './contract.ts';
import { customFaults } from './custom-tool.ts';
import { leadsOut, type RepositoryFile, readRepositoryFile } from './repository-file.ts';
import { settingsSchema } from './settings-schema.ts';

const OWN_FILE = 'tidemark.config.json';
const SHARED_FILE = 'package.json';
const SHARED_KEY = 'tidemark';

/** Settings as they were found, not yet checked. `prefix` is where they stand in the file. */
interface Found {
  readonly file: string;
  readonly prefix: string;
  readonly value: unknown;
  readonly complaints: readonly string[];
}

/** Reads one file of the repository by its name at the root. */
type ReadAtRoot = (name: string) => RepositoryFile;

/**
 * Reads the settings at a repository's root; defaults when there are none. `read` gives the files' texts where they are not those on
 * disk. Throws `bad-settings`.
 */
export function readSettings(
  root: string,
  read: ReadAtRoot = name => readRepositoryFile(root, join(root, name)),
): Settings {
  const found = findSettings(root, read);
  if (found === null) return { file: null, projects: [], timeLimitSeconds: 600 };
  const { file, prefix, value } = found;
  if (value === undefined) throw new ProblemError('bad-settings', { file, complaints: found.complaints });
  const checked = settingsSchema.safeParse(value);
  const complaints = [
    ...found.complaints,
    ...complaintsAbout(checked.error?.issues ?? [], value, prefix),
    ...projectsIn(value).flatMap((project, index) => placesOutside(project, index, prefix, root)),
  ];
  if (complaints.length > 0 || checked.data === undefined) throw new ProblemError('bad-settings', { file, complaints });
  const { projects = [], timeLimitSeconds = 600 } = checked.data;
  return { file, timeLimitSeconds, projects: projects.map(project => settled(project as ProjectSettings)) };
}

/** The name of the settings' file, for messages about what they say. */
export const settingsFile = (root: string): string =>
  readRepositoryFile(root, join(root, OWN_FILE)) === null ? SHARED_FILE : OWN_FILE;

function findSettings(root: string, read: ReadAtRoot): Found | null {
  const own = fromOwnFile(join(root, OWN_FILE), read(OWN_FILE));
  const shared = fromPackage(join(root, SHARED_FILE), read(SHARED_FILE));
  if (own === null || shared === null) return own ?? shared;
  const both = `${SHARED_FILE} has settings too, under "${SHARED_KEY}": keep one of the two.`;
  return { ...own, complaints: [both, ...own.complaints] };
}

function fromOwnFile(file: string, read: RepositoryFile): Found | null {
  if (read === null) return null;
  if ('notRead' in read) return { file, prefix: '', value: undefined, complaints: [`${OWN_FILE}: ${read.notRead}.`] };
  const { value, complaint } = parseJson(read.text);
  return { file, prefix: '', value, complaints: complaint === null ? [] : [`${OWN_FILE}: ${complaint}.`] };
}

/** A package.json that is broken or cannot be read is npm's business, as long as it does not seem to hold settings of ours. */
function fromPackage(file: string, read: RepositoryFile): Found | null {
  if (read === null || 'notRead' in read || !read.text.includes(`"${SHARED_KEY}"`)) return null;
  const { value, complaint } = parseJson(read.text);
  if (complaint !== null) {
    return { file, prefix: SHARED_KEY, value: undefined, complaints: [`${SHARED_FILE}: ${complaint}.`] };
  }
  const ours = Object.entries(Object(value) as object).find(([key]) => key === SHARED_KEY);
  return ours === undefined ? null : { file, prefix: SHARED_KEY, value: ours[1], complaints: [] };
}

/** `JSON.parse`, whose messages quote the text around the fault, and so a password: only the place is taken from them. */
function parseJson(text: string): { readonly value: unknown; readonly complaint: string | null } {
  try {
    return { value: JSON.parse(text), complaint: null };
  } catch (error) {
    const place = /\(line (\d+) column (\d+)\)/.exec(String(error));
    const where = place === null ? '' : `, see line ${place[1]}, column ${place[2]}`;
    return {
      value: undefined,
      complaint: `it is not JSON (which has no comments and no comma after the last item)${where}`,
    };
  }
}

const projectsIn = (value: unknown): readonly unknown[] => {
  const projects = (Object(value) as { projects?: unknown }).projects;
  return Array.isArray(projects) ? projects : [];
};

/** Complaints about folders and files of a project that are not in the repository. Looks at what it can read of a faulty one too. */
function placesOutside(project: unknown, index: number, prefix: string, root: string): readonly string[] {
  const { root: folder, migrations, carry, database } = Object(project) as Readonly<Record<string, unknown>>;
  const complain = (path: readonly PropertyKey[], fault: string): string =>
    `${placeOf(['projects', index, ...path], prefix)}: ${fault}.`;
  const outside = (base: string, place: unknown, ...path: readonly PropertyKey[]): readonly string[] => {
    if (typeof place !== 'string') return [];
    if (isAbsolute(place)) return [complain(path, 'must not be an absolute path')];
    return leadsOut(root, resolve(base, place)) ? [complain(path, 'leads out of the repository')] : [];
  };
  const projectRoot = resolve(root, typeof folder === 'string' && !isAbsolute(folder) ? folder : '.');
  const listed = (name: string, list: unknown): readonly string[] =>
    Array.isArray(list) ? list.flatMap((place, at) => outside(projectRoot, place, name, at)) : [];
  const misnamed =
    typeof database === 'string' && database.startsWith('$') && !/^\$[A-Za-z_]\w*$/.test(database)
      ? [complain(['database'], 'is not the name of an environment variable, like $SHOP_DATABASE_URL')]
      : [];
  return [
    ...outside(root, folder, 'root'),
    ...misnamed,
    ...customFaults(project, complain),
    ...listed('migrations', migrations),
    ...listed('carry', carry),
  ];
}

/** A checked project with its default filled in and `apps/shop/` written as `apps/shop`. */
const settled = (project: ProjectSettings): ProjectSettings => ({
  ...project,
  root: normalize(project.root ?? '.').replace(/(?<=.)\/+$/, ''),
});
