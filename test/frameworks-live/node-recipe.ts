/** Acts as operations will: a worktree of HEAD with files laid over it, a scratch folder, and a command pointed at one database. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Project } from '../../src/domain/migration.ts';
import type { Framework, OverlayFile, Pointing, SourceTree, Target } from '../../src/frameworks/contract.ts';
import type { Story } from '../kit/story.ts';

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly said: string;
}

/** Runs a program with the story's cleared environment, this Node first on its PATH. */
export function runIn(
  story: Story,
  cwd: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  kill?: AbortSignal,
): Promise<Ended> {
  const path = `${dirname(process.execPath)}${delimiter}${story.env['PATH']}`;
  return new Promise(resolve => {
    const options = {
      cwd,
      env: { ...story.env, PATH: path, ...env },
      killSignal: 'SIGKILL' as const,
      ...(kill && { signal: kill }),
    };
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, said: `${stdout}${stderr}` });
    });
  });
}

/** The working tree as detection sees it: what git lists for the framework's markers. */
export async function treeOf(story: Story, framework: Framework): Promise<SourceTree> {
  const listed = await story.git(
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    ...framework.markers,
  );
  const paths = listed.split('\0').filter(path => path !== '' && existsSync(join(story.root, path)));
  return {
    paths: paths.sort(),
    read: path => (existsSync(join(story.root, path)) ? readFileSync(join(story.root, path), 'utf8') : null),
  };
}

/** The one project of a story's working tree. */
export async function theProject(story: Story, framework: Framework): Promise<Project> {
  const [project, ...more] = framework.detect(await treeOf(story, framework));
  if (project === undefined || more.length > 0) throw new Error('there should be exactly one project');
  return project;
}

/** A worktree of HEAD, ready to run the framework's command in. */
export interface Bench {
  readonly worktree: string;
  /** Runs the framework's program; the signal kills it at once. */
  run(args: readonly string[], kill?: AbortSignal): Promise<Ended>;
}

/** Lays the files, links what is carried, writes the scratch files, and points the command at the target. */
export async function benchFor(
  story: Story,
  framework: Framework,
  project: Project,
  target: Target,
  files: readonly OverlayFile[],
): Promise<Bench> {
  const place = join(story.outside, `bench ${crypto.randomUUID().slice(0, 8)}`);
  const [worktree, scratch] = [join(place, 'tree'), join(place, 'scratch')];
  await story.git('-c', 'core.hooksPath=/dev/null', 'worktree', 'add', '--quiet', '--detach', worktree, 'HEAD');
  const write = (path: string, bytes: string | Buffer) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  };
  for (const file of files) {
    const bytes =
      'text' in file ? file.text : execFileSync('git', ['cat-file', 'blob', file.blob], { cwd: story.root });
    write(join(worktree, file.path), bytes);
  }
  for (const path of framework.carries(project)) {
    const [from, to] = [join(story.root, path), join(worktree, path)];
    if (existsSync(from) && !existsSync(to)) symlinkSync(from, to);
  }
  const pointing: Pointing = framework.point(project, target);
  const filled = (text: string) => text.replaceAll('{scratch}', scratch).replaceAll('{worktree}', worktree);
  for (const file of pointing.files) write(join(scratch, file.path), filled(file.text));
  const env = Object.fromEntries(Object.entries(pointing.env).map(([name, value]) => [name, filled(value)]));
  const cwd = join(worktree, project.root);
  const program = framework
    .program(project)
    ?.candidates.map(path => join(cwd, path))
    .find(existsSync);
  if (program === undefined) throw new Error('the program is not there');
  return { worktree, run: (args, kill) => runIn(story, cwd, program, args.map(filled), env, kill) };
}
