/** The beginning of scripts that Tidemark has Node run in a project: they load the project's own modules, TypeScript included. */
import type { Project } from '../domain/migration.ts';
import type { Target } from './contract.ts';
import { inFolder } from './repository-paths.ts';

/**
 * Plain CommonJS for every Node the frameworks run on. What differs from project to project comes from the environment: `TIDEMARK_ROOT`
 * and what `targetEnvironment` gives. `project(name)` requires a package of the project; `load(file)` gives the exports of a module.
 */
export const SCRIPT = `'use strict';
// Written by Tidemark. Loads the project's own modules and points them at the database of this run.
const { existsSync, readFileSync } = require('node:fs');
const { createRequire, register } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const said = name => process.env['TIDEMARK_' + name] || undefined;
const root = said('ROOT');
process.chdir(root);
const project = createRequire(path.join(root, 'package.json'));

/** What .js and .ts mean beside a file, by the nearest package.json. */
function isModule(file) {
  if (/\\.[cm][jt]s$/.test(file)) return /\\.m[jt]s$/.test(file);
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const named = path.join(folder, 'package.json');
    if (existsSync(named)) return JSON.parse(readFileSync(named, 'utf8')).type === 'module';
    if (folder === path.dirname(folder)) return false;
  }
}

/** The first of the project's own loaders that works; with none, Node's own way to strip types remains. */
function prepareTypeScript(esm) {
  const ways = [
    ...JSON.parse(said('REGISTERS') || '[]').map(name => () => project(name)),
    ...(esm ? [] : [() => project('ts-node/register/transpile-only'), () => project('@swc-node/register')]),
    () => {
      project('tsx/cjs/api').register();
      project('tsx/esm/api').register();
    },
    ...(esm ? [() => register('ts-node/esm/transpile-only', pathToFileURL(root + '/'))] : []),
  ];
  for (const way of ways) {
    try {
      way();
      return;
    } catch (error) {
      // It is not installed, or its TypeScript is of another version.
      if (!/^(ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|ERR_PACKAGE_PATH_NOT_EXPORTED)$/.test(String(error && error.code))) console.error('Tidemark: a loader for TypeScript could not be used: ' + (error && error.message));
    }
  }
}

let prepared = false;
async function load(file) {
  const esm = isModule(file);
  if (!prepared && (said('REGISTERS') || /\\.[cm]?ts$/.test(file))) {
    prepared = true;
    prepareTypeScript(esm);
  }
  if (esm) return import(pathToFileURL(file).href);
  try {
    return require(file);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM' && error.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    return import(pathToFileURL(file).href);
  }
}

function ended(work) {
  work().then(
    () => process.exit(0),
    error => {
      console.error(error);
      process.exit(1);
    },
  );
}
`;

/** Environment that tells such a script where it is and which database is meant. The password is in the environment alone. */
export function targetEnvironment(project: Project, target: Target, more: Readonly<Record<string, string | null>>) {
  const said: Readonly<Record<string, string | null>> = {
    ROOT: inFolder('{worktree}', project.root).replace(/\/\.$/, ''),
    ENGINE: target.engine,
    DATABASE: target.database,
    HOST: target.host,
    PORT: target.port === null ? null : String(target.port),
    SOCKET: target.socket,
    USER: target.user,
    PASSWORD: target.password,
    PARAMETERS: JSON.stringify(target.parameters),
    ...more,
  };
  const env = Object.entries(said).flatMap(([name, value]) => (value === null ? [] : [[`TIDEMARK_${name}`, value]]));
  const { environment } = project.settings;
  // Settings choose by NODE_ENV too, and Tidemark's own must not reach them.
  return { ...Object.fromEntries(env), NODE_ENV: typeof environment === 'string' ? environment : 'development' };
}
