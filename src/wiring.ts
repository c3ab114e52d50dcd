/** Joins operations to the real rooms. The only file that knows everyone. */
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { createConfig } from './config/config.ts';
import { createDatabases } from './databases/databases.ts';
import { draftReversal } from './frameworks/draft-reversal.ts';
import { FRAMEWORKS } from './frameworks/registry.ts';
import { sqlLosses } from './frameworks/sql-losses.ts';
import { hasStatements } from './frameworks/sql-text.ts';
import { createGit } from './git/git.ts';
import { createJournalRoom } from './journal/journals.ts';
import type { Outside } from './operations/outside.ts';
import { createProcesses } from './processes/processes.ts';

export const VERSION: string = manifest.version;

/** The outside world as the product sees it, for one environment. */
export function wire(env: Readonly<Record<string, string | undefined>>): Outside {
  const stateHome = path.join(xdg(env, 'XDG_STATE_HOME', '.local/state'), 'tidemark');
  return {
    git: createGit({ env }),
    databases: createDatabases({ env, stateHome, clock: Date.now }),
    frameworks: FRAMEWORKS,
    sql: { losses: sqlLosses, draft: draftReversal, hasStatements },
    journals: createJournalRoom(),
    processes: createProcesses(),
    config: createConfig(),
    clock: Date.now,
    env,
    randomHex: digits =>
      randomBytes(Math.ceil(digits / 2))
        .toString('hex')
        .slice(0, digits),
    stateHome,
    version: VERSION,
  };
}

/** A folder of the XDG base directory rules: relative values are not to be used. */
function xdg(env: Readonly<Record<string, string | undefined>>, name: string, fallback: string): string {
  const asked = env[name];
  return asked?.startsWith('/') ? asked : path.join(env['HOME'] ?? homedir(), fallback);
}
