/**
 * The configuration that Tidemark gives to node-pg-migrate with `-f`: it loads the project's own and changes only where it points. What a
 * configuration says wins over flags and variables (bin/node-pg-migrate.js of 9.0.0, `readJson`), so a variable alone would not do.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';
import { inFolder, joined } from '../repository-paths.ts';

const CONFIG = `'use strict';
// Written by Tidemark. Loads the project's own configuration and points it at the database of this run.
const { readFileSync } = require('node:fs');
const [file, section] = [process.env.TIDEMARK_CONFIG_FILE, process.env.TIDEMARK_CONFIG_SECTION];

function load() {
  if (!file) return {};
  if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8'));
  const loaded = require(file);
  return loaded && loaded.default ? loaded.default : loaded;
}

const all = load() || {};
const own = typeof all[section] === 'object' && all[section] ? all[section] : all;
const pointed = typeof own === 'object' ? { ...own } : {};
for (const leads of ['url', 'user', 'host', 'database', 'name', 'password', 'port', 'ssl']) delete pointed[leads];
pointed['database-url-var'] = process.env.TIDEMARK_DATABASE;
if (process.argv.includes('--no-check-order')) pointed['check-order'] = false;
module.exports = { [section]: pointed };
`;

/** Arguments that make the command use it, with the flags of the project's own scripts. */
export const pointedArguments = ({ settings: { section, flags } }: Project): readonly string[] => [
  '--config-file',
  '{scratch}/config.cjs',
  '--config-value',
  typeof section === 'string' ? section : 'db',
  ...(Array.isArray(flags) ? flags : []),
];

/** Points node-pg-migrate at a database. The password is in the environment of the command alone. */
export function pointNodePgMigrate({ root, settings }: Project, target: Target): Pointing {
  const { configFile, section } = settings;
  const path = typeof configFile === 'string' && !configFile.startsWith('/') ? joined(root, configFile) : null;
  const url = urlOf(target);
  return {
    env: {
      TIDEMARK_DATABASE: url,
      DATABASE_URL: url,
      TIDEMARK_CONFIG_SECTION: typeof section === 'string' ? section : 'db',
      ...(path === null ? {} : { TIDEMARK_CONFIG_FILE: inFolder('{worktree}', path) }),
      NODE_ENV: 'development',
    },
    files: [{ path: 'config.cjs', text: CONFIG }],
  };
}

/** As pg-connection-string reads it; a socket's folder goes into `host`. */
function urlOf({ user, password, host, port, socket, database, parameters }: Target): string {
  const secret = password === null ? '' : `:${encodeURIComponent(password)}`;
  const login = user === null ? '' : `${encodeURIComponent(user)}${secret}@`;
  const place = socket === null ? `${host ?? 'localhost'}${port === null ? '' : `:${port}`}` : '';
  const query = new URLSearchParams({
    ...parameters,
    ...(socket === null ? {} : { host: socket, ...(port === null ? {} : { port: String(port) }) }),
  });
  return `postgres://${login}${place}/${encodeURIComponent(database)}${query.size === 0 ? '' : `?${query}`}`;
}
