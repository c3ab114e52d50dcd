/** Makes a small repository out of told commits: the demo's. Names and dates are given, so its commit ids repeat. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Chapter } from './contract.ts';
import { cleanEnvironment, gitIn } from './run-git.ts';

/** Creates the repository in an empty folder, on branch `main`. `untracked` files are written last and excluded from git. */
export async function makeRepository(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
  chapters: readonly Chapter[],
  untracked: Readonly<Record<string, string>>,
): Promise<void> {
  const clean = cleanEnvironment(env);
  await gitIn(folder, clean).text(['init', '--quiet', '--initial-branch=main']);
  for (const chapter of chapters) {
    for (const [file, text] of Object.entries(chapter.write)) await write(folder, file, text);
    for (const file of chapter.remove) await rm(path.join(folder, file));
    const dated = {
      ...clean,
      GIT_AUTHOR_NAME: chapter.author,
      GIT_AUTHOR_EMAIL: `${chapter.author.toLowerCase()}@example.com`,
      GIT_AUTHOR_DATE: chapter.date,
      GIT_COMMITTER_NAME: chapter.author,
      GIT_COMMITTER_EMAIL: `${chapter.author.toLowerCase()}@example.com`,
      GIT_COMMITTER_DATE: chapter.date,
    };
    const git = gitIn(folder, dated);
    await git.text(['add', '--all']);
    await git.text(['commit', '--quiet', '--no-verify', '-m', chapter.subject], {
      settings: ['commit.gpgSign=false', 'core.autocrlf=false'],
    });
  }
  await write(folder, '.git/info/exclude', `${Object.keys(untracked).join('\n')}\n`);
  for (const [file, text] of Object.entries(untracked)) await write(folder, file, text);
}

async function write(folder: string, file: string, text: string): Promise<void> {
  const target = path.join(folder, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}
