/** The real husky, lefthook, simple-git-hooks and pre-commit, installed once per machine from their registries. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import { cacheFolder, installedOnce, LONGEST_INSTALL_MS } from './once.ts';

/** lefthook brings its binary along; the others are scripts. */
const PINNED = { husky: '9.1.7', lefthook: '2.2.2', 'simple-git-hooks': '2.14.0' } as const;
const PRE_COMMIT = '4.7.0';

/** Hook managers with the pinned versions. Absolute paths of their commands. */
export interface HookManagers {
  readonly husky: string;
  readonly lefthook: string;
  readonly simpleGitHooks: string;
  readonly preCommit: string;
}

const run = promisify(execFile);

/** The managers, installed at the first wish. Says why when npm, Python or a registry is missing. */
export async function hookManagers(): Promise<Available<HookManagers>> {
  const identity = [PINNED, PRE_COMMIT, process.platform, process.arch];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `hook-managers-${key}`);
  try {
    await installedOnce(folder, () => install(folder));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      here: false,
      because: `hook managers cannot be installed: ${said.trim().split('\n').slice(-3).join(' ')}`,
    };
  }
  const bin = (name: string): string => join(folder, 'node_modules', '.bin', name);
  return {
    here: true,
    it: {
      husky: bin('husky'),
      lefthook: bin('lefthook'),
      simpleGitHooks: bin('simple-git-hooks'),
      preCommit: join(folder, 'python', 'bin', 'pre-commit'),
    },
  };
}

async function install(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: PINNED }));
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];
  const limits = { cwd: folder, timeout: LONGEST_INSTALL_MS };
  await run('npm', ['install', ...flags], limits);
  await run('python3', ['-m', 'venv', join(folder, 'python')], limits);
  const pip = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:'];
  const python = join(folder, 'python', 'bin', 'python');
  await run(python, ['-m', 'pip', 'install', ...pip, `pre-commit==${PRE_COMMIT}`], limits);
}
