/** From a project to its database: which address, and the connection to it. */
import path from 'node:path';
import type { AddressSource } from '../config/contract.ts';
import type { Address, Connection } from '../databases/contract.ts';
import { ProblemError } from '../domain/problem.ts';
import type { Target } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import type { FoundProject } from './find-projects.ts';
import { projectKey } from './find-projects.ts';
import type { Outside, Where } from './outside.ts';

/** An address and where it was found, for people. */
export interface FoundAddress {
  readonly address: Address;
  readonly from: string;
}

/**
 * The address of a project's database: what the user said first (flag, environment, settings, `.env`), then what the framework's
 * configuration says. Throws `no-database`, `several-databases`, `bad-address`, `engine-not-supported`.
 */
export function findAddress(
  outside: Outside,
  repository: Repository,
  found: FoundProject,
  where: Pick<Where, 'database' | 'directory'> & { readonly project?: Where['project'] },
): FoundAddress {
  // An address that is given for all is that of the first database.
  const isMeant = found.project.database === undefined || where.project === projectKey(found.project);
  const said = outside.config.address({
    flag: isMeant ? where.database : null,
    env: outside.env,
    cwd: where.directory,
    repositoryRoot: repository.root,
    projectRoot: path.join(repository.root, found.project.root),
    project: found.settings,
    ...variablesOf(found),
  });
  const source = said ?? configured(repository, found);
  const address = outside.databases.parse(source.text, source.base);
  const { engines, title } = found.framework;
  if (!engines.includes(address.engine)) {
    throw new ProblemError('engine-not-supported', { framework: title, engine: address.engine, supported: engines });
  }
  return { address, from: source.from };
}

/**
 * The address that a project's files alone name (settings, `.env`, the framework's configuration), whatever the environment says; null
 * when they name none, or several. Throws as `findAddress` does.
 */
export function configuredAddress(outside: Outside, repository: Repository, found: FoundProject): FoundAddress | null {
  const said = outside.config.address({
    flag: null,
    env: {},
    cwd: repository.root,
    repositoryRoot: repository.root,
    projectRoot: path.join(repository.root, found.project.root),
    project: found.settings,
    ...variablesOf(found),
  });
  const hints = said === null ? found.framework.connection(found.project, found.tree) : [];
  const [only, ...others] = hints;
  if (said === null && (only === undefined || others.length > 0)) return null;
  const source = said ?? configured(repository, found);
  return { address: outside.databases.parse(source.text, source.base), from: source.from };
}

/** `ANIMALS_DATABASE_URL`, as Rails has it, for a further database of an application. */
const variablesOf = ({ project: { database } }: FoundProject): { readonly variables?: readonly string[] } =>
  database === undefined ? {} : { variables: [`${database.toUpperCase()}_DATABASE_URL`] };

/** Was an address said by a variable of the environment? `from` is `FoundAddress.from`. */
export const isFromEnvironment = (outside: Outside, from: string): boolean => outside.env[from] !== undefined;

function configured(repository: Repository, found: FoundProject): AddressSource {
  const hints = found.framework.connection(found.project, found.tree);
  const [only, ...others] = hints;
  if (only === undefined) {
    throw new ProblemError('no-database', {
      project: projectKey(found.project),
      looked: [
        '--database',
        'TIDEMARK_DATABASE_URL',
        'tidemark.config.json',
        'DATABASE_URL',
        '.env',
        `${found.framework.title}'s own configuration`,
      ],
    });
  }
  if (others.length > 0) {
    throw new ProblemError('several-databases', {
      project: projectKey(found.project),
      found: hints.map(hint => hint.from),
    });
  }
  return { text: only.text, from: only.from, base: path.join(repository.root, only.base) };
}

/** What a framework's command needs to reach the same database. Holds the password: never store or print it. */
export const targetOf = (address: Address): Target => ({
  engine: address.engine,
  database: address.database,
  host: address.host,
  port: address.port,
  socket: address.socket,
  user: address.user,
  password: address.secret.reveal(),
  parameters: address.parameters,
});

/** Opens a connection for reading, hands it over, and closes it whatever happens. */
export async function reading<T>(
  outside: Outside,
  address: Address,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await outside.databases.openToRead(address);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
