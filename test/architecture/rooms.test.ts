/** Every import in `src` keeps to the table of rooms, and the check that says so finds every kind of offence. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { offencesIn } from './room-rules.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-rooms-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** The offences of a made-up tree. */
function offences(files: Readonly<Record<string, string>>): readonly string[] {
  const root = mkdtempSync(join(scratch, 'tree-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return offencesIn(root);
}

describe('the rooms', () => {
  it('import only what they may', () => {
    expect(offencesIn(join(import.meta.dirname, '../..'))).toEqual([]);
  });
});

describe('the check of the rooms', () => {
  const operations = 'The room "operations" may import: domain, every contract.ts, node:crypto, node:path.';

  it.each([
    ['an import', `import { rails } from '../frameworks/rails/index.ts';`],
    ['an import for its effect', `import '../frameworks/rails/index.ts';`],
    ['an import of types', `import type { Rails } from '../frameworks/rails/index.ts';`],
    ['a re-export', `export { rails } from '../frameworks/rails/index.ts';`],
    ['a re-export of all', `export * from '../frameworks/rails/index.ts';`],
    ['a dynamic import', `export const rails = async () => await import('../frameworks/rails/index.ts');`],
    ['a type from import()', `export type Rails = import('../frameworks/rails/index.ts').Rails;`],
    ['a require', `export const load = (require: NodeRequire) => require('../frameworks/rails/index.ts');`],
    ['an import = require', `import rails = require('../frameworks/rails/index.ts');`],
    ['an import of several lines', `import {\n  one,\n  // two\n} from "../frameworks/rails/index.ts";`],
  ])('finds %s', (_, text) => {
    expect(offences({ 'src/operations/x.ts': text })).toEqual([
      `src/operations/x.ts imports src/frameworks/rails/index.ts. ${operations}`,
    ]);
  });

  it('says which import breaks which rule', () => {
    const files = {
      'src/domain/a.ts': `import { join } from 'node:path'; import type { Git } from '../git/contract.ts';`,
      'src/frameworks/rails/index.ts': `import { readFileSync } from 'fs';`,
      'src/databases/postgres/a.ts': `import pg from 'pg'; import { DatabaseSync } from 'node:sqlite';`,
      'src/databases/b.ts': `import { git } from '../git/git.ts';`,
      'src/git/a.ts': `import { commander } from 'commander';`,
      'src/journal/a.ts': `import { spawn } from 'node:child_process';`,
      'src/config/a.ts': `import { VERSION } from '../../package.json';`,
      'src/messages/a.ts': `import { inspect } from '../operations/inspect.ts';`,
      'src/operations/a.ts': `import { readFile } from 'node:fs/promises'; import { simpleGit } from 'simple-git';`,
      'src/cli/main.ts': `import { start } from '../hook/start.ts'; import { openTui } from '#tui';`,
      'src/cli/commands/main.ts': `import { wire } from '../../wiring.ts'; import { z } from 'zod';`,
      'src/tui/app.tsx': `import { wire } from '../wiring.ts'; export const app = <p>{require('@scope/a/b')}</p>;`,
      'src/hook/a.ts': `import { render } from 'ink';`,
      'src/wiring.ts': `import { main } from './cli/main.ts';`,
      'src/helpers/a.ts': '',
      'src/index.ts': '',
      'src/processes/a.ts': `export const load = (name: string) => import(name);\n`,
    };
    expect(offences(files)).toMatchInlineSnapshot(`
      [
        "src/cli/commands/main.ts imports src/wiring.ts. The room "cli" may import: domain, operations, messages, package.json, commander, node:fs, node:fs/promises, node:os, node:path, node:process, node:readline, node:readline/promises, node:tty, node:util, #tui.",
        "src/cli/commands/main.ts imports zod. The room "cli" may import: domain, operations, messages, package.json, commander, node:fs, node:fs/promises, node:os, node:path, node:process, node:readline, node:readline/promises, node:tty, node:util, #tui.",
        "src/cli/main.ts imports src/hook/start.ts at once. The room "cli" may load it only when it is needed: with import(), or as types.",
        "src/cli/main.ts imports #tui at once. The room "cli" may load it only when it is needed: with import(), or as types.",
        "src/config/a.ts imports package.json. The room "config" may import: domain, node:fs, node:path, zod.",
        "src/databases/b.ts imports src/git/git.ts. The room "databases" may import: domain, node:*, node:child_process, better-sqlite3, mysql2, node:sqlite, pg, pg-copy-streams.",
        "src/databases/postgres/a.ts imports pg at once. The room "databases" may load it only when it is needed: with import(), or as types.",
        "src/databases/postgres/a.ts imports node:sqlite at once. The room "databases" may load it only when it is needed: with import(), or as types.",
        "src/domain/a.ts imports node:path. The room "domain" may import: nothing.",
        "src/domain/a.ts imports src/git/contract.ts. The room "domain" may import: nothing.",
        "src/frameworks/rails/index.ts imports node:fs. The room "frameworks" may import: domain, node:crypto.",
        "src/git/a.ts imports commander. The room "git" may import: domain, node:*, node:child_process, simple-git.",
        "src/helpers/a.ts lies in no room. The rooms are: domain, frameworks, messages, databases, git, journal, processes, config, operations, cli, tui, hook, wiring.ts.",
        "src/hook/a.ts imports ink. The room "hook" may import: domain, operations, messages, wiring.ts, node:fs, node:os, node:path, node:process.",
        "src/index.ts lies in no room. The rooms are: domain, frameworks, messages, databases, git, journal, processes, config, operations, cli, tui, hook, wiring.ts.",
        "src/journal/a.ts imports node:child_process. The room "journal" may import: domain, node:crypto, node:fs, node:os, node:path.",
        "src/messages/a.ts imports src/operations/inspect.ts. The room "messages" may import: domain.",
        "src/operations/a.ts imports node:fs/promises. The room "operations" may import: domain, every contract.ts, node:crypto, node:path.",
        "src/operations/a.ts imports simple-git. The room "operations" may import: domain, every contract.ts, node:crypto, node:path.",
        "src/processes/a.ts imports, in line 1, what its text does not name. Name it.",
        "src/tui/app.tsx imports src/wiring.ts. The room "tui" may import: domain, operations, messages, diff, highlight.js, ink, lowlight, node:module, node:path, react, string-width, wrap-ansi.",
        "src/tui/app.tsx imports @scope/a. The room "tui" may import: domain, operations, messages, diff, highlight.js, ink, lowlight, node:module, node:path, react, string-width, wrap-ansi.",
        "src/wiring.ts imports src/cli/main.ts. The room "wiring.ts" may import: config, databases, domain, frameworks, git, journal, messages, operations, processes, package.json, node:crypto, node:fs, node:os, node:path, node:process.",
      ]
    `);
  });

  it('lets pass what the table allows, and what only looks like an import', () => {
    const files = {
      'src/domain/a.ts': `import { b } from './deep/b.ts';\n// import '../git/git.ts'\nexport const text = "import('../git/git.ts')";`,
      'src/databases/postgres/a.ts': `import type { Pool } from 'pg'; export const load = () => import('pg'); import { b } from '../b.ts';`,
      'src/config/a.ts': `import * as z from 'zod/mini';`,
      'src/frameworks/knex/wrapper.ts':
        "export const program = `const { spawn } = require('node:child_process'); import('./x.js')`;",
      'src/operations/a.ts': `import type { Git } from '../git/contract.ts'; import path from 'node:path';`,
      'src/cli/main.ts': `import { wire } from '../wiring.ts'; export const start = () => import('../hook/start.ts'); export const tui = () => import('#tui');`,
      'src/cli/commands/ui.ts': `import type { State } from '../../tui/state.ts'; export const tui = () => import('../../tui/start.ts');`,
      'src/tui/draw.tsx': `import { render } from 'ink'; export const a = <b />;`,
      'src/tui/a.tsx': `import { jsx } from 'react/jsx-runtime';`,
      'src/hook/a.ts': `import { wire } from '../wiring.ts';`,
      'src/wiring.ts': `import manifest from '../package.json' with { type: 'json' }; import { git } from './git/git.ts';`,
    };
    expect(offences(files)).toEqual([]);
  });
});
