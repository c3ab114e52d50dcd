/** Where the database's address is said, the nearest to the user first. */
import { join, relative, resolve } from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import type { AddressSource, Config } from './contract.ts';
import { parseDotEnv } from './dot-env.ts';
import { settingsFile } from './read-settings.ts';
import { readRepositoryFile } from './repository-file.ts';

type Asked = Parameters<Config['address']>[0];

const OURS = 'TIDEMARK_DATABASE_URL';
const COMMON = 'DATABASE_URL';

/**
 * The address, as `Config.address` promises. A relative SQLite path means: what the user types, from where he stands; what stands in
 * a `.env`, from its folder; all else, from the project's folder, where the framework's own command would run.
 * Throws `bad-settings` when the settings name a variable nobody sets: another source could be another database.
 */
export function findAddress(asked: Asked): AddressSource | null {
  const { flag, env, cwd, project } = asked;
  const projectRoot = resolve(asked.repositoryRoot, asked.projectRoot);
  if (flag !== null) return { text: flag, from: '--database', base: cwd };
  if (asked.variables !== undefined) {
    const name = asked.variables.find(each => isSaid(env[each]));
    if (name !== undefined) return { text: env[name] ?? '', from: name, base: projectRoot };
    return fromDotEnv(asked.variables, projectRoot, asked);
  }
  const ours = env[OURS];
  if (isSaid(ours)) return { text: ours, from: OURS, base: cwd };
  if (project?.database !== undefined) return fromSettings(project.database, projectRoot, asked);
  const common = env[COMMON];
  if (isSaid(common)) return { text: common, from: COMMON, base: projectRoot };
  return fromDotEnv([OURS, COMMON], projectRoot, asked);
}

/** Variables of a `.env` below `root`; none when there is no such file. Throws `bad-settings` when it leads out of the repository. */
export function readDotEnv(root: string, file: string): Readonly<Record<string, string>> {
  const read = readRepositoryFile(root, file);
  if (read === null) return {};
  if ('notRead' in read)
    throw new ProblemError('bad-settings', { file, complaints: [`${relative(root, file)}: ${read.notRead}.`] });
  return parseDotEnv(read.text);
}

function fromSettings(database: string, base: string, asked: Asked): AddressSource {
  const file = settingsFile(asked.repositoryRoot);
  if (!database.startsWith('$')) return { text: database, from: `"database" in ${file}`, base };
  const name = database.slice(1);
  const value = asked.env[name];
  if (isSaid(value)) return { text: value, from: name, base };
  const found = fromDotEnv([name], base, asked);
  if (found !== null) return found;
  const complaint = `"database" names ${database}, which neither the environment nor a .env sets.`;
  throw new ProblemError('bad-settings', { file: join(asked.repositoryRoot, file), complaints: [complaint] });
}

function fromDotEnv(names: readonly string[], projectRoot: string, { repositoryRoot }: Asked): AddressSource | null {
  for (const base of new Set([projectRoot, resolve(repositoryRoot)])) {
    const file = join(base, '.env');
    const variables = readDotEnv(repositoryRoot, file);
    for (const name of names) {
      const text = variables[name];
      if (isSaid(text)) return { text, from: `${name} in ${relative(repositoryRoot, file)}`, base };
    }
  }
  return null;
}

const isSaid = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';
