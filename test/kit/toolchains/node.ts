/** Real frameworks and their drivers from npm, installed once per machine into the cache folder: the pinned versions of one set a folder. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import { cacheFolder, installedOnce, LONGEST_INSTALL_MS } from './once.ts';

/** Packages with the versions that are installed. */
type Pins = Readonly<Record<string, string>>;

/** Node packages with the pinned versions. */
export interface NodePackages<P extends Pins> {
  /** Absolute: holds `node_modules`. */
  readonly folder: string;
  /** Absolute path of a package's command. */
  bin(name: string): string;
  readonly versions: P;
}

const run = promisify(execFile);

/**
 * Installs a set of packages at the first wish. Says why when there is no npm or no registry. `name` enters the folder's name. `flags`: further
 * arguments of `npm install` (`--legacy-peer-deps`).
 */
export async function npmPackages<P extends Pins>(
  name: string,
  pins: P,
  flags: readonly string[] = [],
): Promise<Available<NodePackages<P>>> {
  // The system and Node's own binary interface decide which prebuilt binaries are right.
  const identity = [pins, flags, process.platform, process.arch, process.versions.modules];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `${name}-${key}`);
  try {
    await installedOnce(folder, async () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: pins }));
      const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
      await run('npm', ['install', ...quiet, ...flags], { cwd: folder, timeout: LONGEST_INSTALL_MS });
    });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { here: false, because: `${name} cannot be installed: ${said.trim().split('\n').slice(-3).join(' ')}` };
  }
  return { here: true, it: { folder, bin: program => join(folder, 'node_modules', '.bin', program), versions: pins } };
}

/** What Knex and dbmate are run with. better-sqlite3 and dbmate bring their binaries along; nothing is compiled or downloaded besides. */
const PINNED = {
  knex: '3.3.0',
  pg: '8.23.1',
  mysql2: '3.24.5',
  'better-sqlite3': '13.2.0',
  dbmate: '2.36.0',
} as const;

/** Knex with its drivers, and dbmate. */
export interface NodeToolchain extends NodePackages<typeof PINNED> {
  /** Absolute path of Knex's command. */
  readonly knex: string;
  /** Absolute path of dbmate's command. */
  readonly dbmate: string;
}

/** The toolchain of Knex and dbmate, or why it is not here. */
export async function nodeToolchain(): Promise<Available<NodeToolchain>> {
  const packages = await npmPackages('node', PINNED);
  if (!packages.here) return packages;
  return { here: true, it: { ...packages.it, knex: packages.it.bin('knex'), dbmate: packages.it.bin('dbmate') } };
}
