/** Beside husky, lefthook, pre-commit and simple-git-hooks, each the real one: theirs still runs, ours runs too, and neither undoes the other. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { both, describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { gitsHere, newestGit } from '../kit/toolchains/git.ts';
import { hookManagers } from '../kit/toolchains/hook-managers.ts';
import { add, copyOf, newShop, read, type Shop } from './hooked-shop.ts';

const managers = await hookManagers();
const newest = await newestGit();
const [git = { bin: '', version: '' }] = gitsHere();

const SAYS = 'tidemark: 0003 is applied to sqlite:app.db, and main has no file for it.\n';

/** The snippet that install prints. */
const snippetIn = (stdout: string): string =>
  stdout
    .split('\n')
    .filter(line => line.startsWith('    '))
    .map(line => line.slice(4))
    .join('\n');

/** Switches to main and back, and expects both hooks to have spoken. */
async function expectBoth(shop: Shop, theirs: string): Promise<void> {
  const end = await shop.git('switch', 'main');
  expect(end.code, end.stderr).toBe(0);
  expect(end.stderr + end.stdout).toContain(SAYS);
  expect(end.stderr + end.stdout).toContain(theirs);
  const back = await shop.git('switch', 'topic');
  expect(back.code, back.stderr).toBe(0);
  expect(back.stderr + back.stdout).not.toContain('tidemark: ');
}

describeWith('beside hook managers', both(builtCli(), managers), ([, tools]) => {
  let whole: Shop;
  beforeAll(async () => {
    whole = await newShop(git);
    await whole.must('switch', '--quiet', 'main');
    // Both branches have what the managers need.
    await add(whole, 'package.json', '{"name":"shop","private":true}\n');
    await whole.must('switch', '--quiet', 'topic');
    await whole.must('merge', '--quiet', '--no-edit', 'main');
  });
  afterAll(() => rmSync(whole.outside, { recursive: true, force: true }));

  /** Commits a file to both branches. */
  async function onBoth(shop: Shop, path: string, text: string): Promise<void> {
    await shop.must('switch', '--quiet', 'main');
    await add(shop, path, text);
    await shop.must('switch', '--quiet', 'topic');
    await shop.must('merge', '--quiet', '--no-edit', 'main');
  }

  describe('husky', () => {
    it('asks before it writes into committed files, and leaves no trace', async () => {
      await using shop = copyOf(whole, git);
      await onBoth(shop, '.husky/post-checkout', 'echo husky was here\n');
      await shop.sh(tools.husky);
      expect(await shop.must('config', 'core.hooksPath')).toBe('.husky/_');
      if (newestIsHere(git)) return;

      const asked = await shop.tidemark('hook', 'install');
      expect(asked).toMatchObject({ code: 3, stdout: '' });
      expect(asked.stderr).toContain('next  tidemark hook install --committed');
      expect(await shop.must('status', '--porcelain')).toBe('');
      expect(existsSync(join(shop.root, '.git/tidemark/hook'))).toBe(false);

      const done = await shop.tidemark('hook', 'install', '--committed');
      expect(done, done.stderr).toMatchObject({ code: 0 });
      expect(await shop.must('status', '--porcelain')).toContain('M .husky/post-checkout');
      await shop.must('stash', '--quiet', '--include-untracked');
      await shop.must('switch', '--quiet', 'main');
      await shop.must('stash', 'pop', '--quiet');
      await shop.must('add', '--all');
      await shop.must('commit', '--quiet', '-m', 'Tidemark in husky');
      await shop.must('switch', '--quiet', 'topic');
      await shop.must('merge', '--quiet', '--no-edit', 'main');
      await expectBoth(shop, 'husky was here');
      const skipped = await shop.sh('HUSKY=0 git switch main');
      expect(skipped.stderr).not.toContain('tidemark: ');
      await shop.must('switch', '--quiet', 'topic');
      expect(await shop.tidemark('hook', 'install')).toMatchObject({ code: 0 });
      expect((await shop.tidemark('hook', 'status')).stdout).toContain('Installed in .husky (husky): post-checkout');

      expect(await shop.tidemark('hook', 'uninstall')).toMatchObject({ code: 0 });
      expect(read(shop, '.husky/post-checkout')).toBe('echo husky was here\n');
      expect(existsSync(join(shop.root, '.husky/post-merge'))).toBe(false);
    });

    it('the committed block does nothing for a colleague without Tidemark', async () => {
      await using shop = copyOf(whole, git);
      await shop.sh(tools.husky);
      await shop.tidemark('hook', 'install', '--committed', '--files');
      await shop.must('add', '--all', '--force', '.husky/post-checkout');
      await shop.must('commit', '--quiet', '-m', 'Tidemark in husky');
      await shop.must('clone', '--quiet', '.', '../colleague');
      const colleague = shop.at(join(shop.outside, 'colleague'));
      await colleague.sh(tools.husky);
      const end = await colleague.git('switch', '-c', 'mine', 'HEAD~1');
      expect(end).toMatchObject({ code: 0, stderr: "Switched to a new branch 'mine'\n" });
    });
  });

  it('lefthook: its settings get a snippet, which works and stays', async () => {
    await using shop = copyOf(whole, git);
    const own = 'post-checkout:\n  commands:\n    theirs:\n      run: echo lefthook was here\n';
    await onBoth(shop, 'lefthook.yml', own);
    expect(await shop.sh(`${tools.lefthook} install`)).toMatchObject({ code: 0 });
    const done = await shop.tidemark('hook', 'install', '--files');
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(done.stdout).toContain('lefthook.yml has to call it.');
    expect(done.stderr).toContain('next  lefthook install');
    expect(await shop.must('status', '--porcelain')).toBe('');
    expect((await shop.tidemark('hook', 'status')).stdout).toContain('lefthook does not call it');
    // The snippet's first hook joins the part of that name.
    const [, ...lines] = snippetIn(done.stdout).split('\n');
    const merged = `${own}${lines.slice(1).join('\n')}\n`;
    await onBoth(shop, 'lefthook.yml', merged);
    expect(await shop.sh(`${tools.lefthook} install`)).toMatchObject({ code: 0 });
    expect(await shop.tidemark('hook', 'install', '--files')).toMatchObject({ code: 0 });
    expect((await shop.tidemark('hook', 'status')).stdout).not.toContain('does not call it');
    await expectBoth(shop, 'lefthook was here');
    const reverted = await shop.git('revert', '--no-edit', ':/Add db/migrations/0003');
    expect(reverted.code, reverted.stderr).toBe(0);
    expect(reverted.stderr + reverted.stdout).toContain('tidemark: 0003 is applied');
    await shop.tidemark('hook', 'uninstall');
    const silent = await shop.git('switch', 'main');
    expect(silent.code).toBe(0);
    expect(silent.stdout + silent.stderr).not.toContain('tidemark: ');
  });

  it('pre-commit: beside its other hooks in files; where it has the same hooks, by a snippet', async () => {
    await using shop = copyOf(whole, git);
    const own = [
      'repos:',
      '  - repo: local',
      '    hooks:',
      '      - id: theirs',
      '        name: theirs',
      '        language: system',
      '        entry: echo pre-commit was here',
      '        always_run: true',
      '        pass_filenames: false',
      '        verbose: true',
      '        stages: [post-checkout]',
      '',
    ].join('\n');
    await onBoth(shop, '.pre-commit-config.yaml', own);
    expect(await shop.sh(`${tools.preCommit} install`)).toMatchObject({ code: 0 });
    const files = await shop.tidemark('hook', 'install', '--files');
    expect(files.stdout).toContain('Installed in .git/hooks');
    // Installed after ours, it keeps ours as its legacy hook and runs it.
    expect(await shop.sh(`${tools.preCommit} install -t post-checkout`)).toMatchObject({ code: 0 });
    await expectBoth(shop, 'pre-commit was here');
    expect(await shop.sh(`${tools.preCommit} uninstall -t post-checkout`)).toMatchObject({ code: 0 });
    await shop.tidemark('hook', 'uninstall');

    expect(await shop.sh(`${tools.preCommit} install -t post-checkout`)).toMatchObject({ code: 0 });
    const done = await shop.tidemark('hook', 'install', '--files');
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(done.stdout).toContain('.pre-commit-config.yaml has to call it.');
    const snippet = snippetIn(done.stdout).split('\n').slice(1).join('\n');
    await onBoth(shop, '.pre-commit-config.yaml', `${own}${snippet}\n`);
    const [, then = ''] = /next {2}(pre-commit .*)/.exec(done.stderr) ?? [];
    expect(await shop.sh(then.replace('pre-commit', tools.preCommit))).toMatchObject({ code: 0 });
    await shop.tidemark('status');
    await expectBoth(shop, 'pre-commit was here');
    const reverted = await shop.git('revert', '--no-edit', ':/Add db/migrations/0003');
    expect(reverted.stderr + reverted.stdout).toContain('tidemark: 0003 is applied');
  });

  it('simple-git-hooks: its settings get a snippet', async () => {
    await using shop = copyOf(whole, git);
    await onBoth(shop, 'package.json', '{"name":"shop","private":true,"simple-git-hooks":{}}\n');
    const done = await shop.tidemark('hook', 'install', '--files');
    expect(done.stdout).toContain('package.json has to call it.');
    const both = { name: 'shop', private: true, ...JSON.parse(snippetIn(done.stdout)) };
    both['simple-git-hooks']['post-checkout'] += '\necho simple-git-hooks was here';
    await onBoth(shop, 'package.json', `${JSON.stringify(both, null, 2)}\n`);
    const installed = await shop.sh(tools.simpleGitHooks);
    expect(installed.code, installed.stderr).toBe(0);
    await shop.tidemark('status');
    await expectBoth(shop, 'simple-git-hooks was here');
  });
});

describeWith('beside hook managers, with hooks in git’s settings', both(both(builtCli(), managers), newest), needs => {
  const [[, tools], git] = needs;
  it.each(['husky', 'lefthook', 'preCommit'] as const)('%s', async name => {
    await using shop = await newShop(git);
    await shop.must('switch', '--quiet', 'main');
    const words = `${name} was here`;
    const files = {
      husky: ['.husky/post-checkout', `echo ${words}\n`],
      lefthook: ['lefthook.yml', `post-checkout:\n  commands:\n    theirs:\n      run: echo ${words}\n`],
      preCommit: [
        '.pre-commit-config.yaml',
        `repos:\n  - repo: local\n    hooks:\n      - {id: a, name: a, language: system, entry: echo ${words}, always_run: true, verbose: true, stages: [post-checkout]}\n`,
      ],
    } as const;
    const [path, text] = files[name];
    await add(shop, path, text);
    await shop.must('switch', '--quiet', 'topic');
    await shop.must('merge', '--quiet', '--no-edit', 'main');
    const take = {
      husky: tools.husky,
      lefthook: `${tools.lefthook} install`,
      preCommit: `${tools.preCommit} install -t post-checkout`,
    };
    const taken = await shop.sh(take[name]);
    expect(taken.code, taken.stderr + taken.stdout).toBe(0);
    expect((await shop.tidemark('hook', 'install')).stdout).toContain('git settings');
    expect(await shop.must('status', '--porcelain')).toBe('');
    await expectBoth(shop, words);
    await shop.tidemark('hook', 'uninstall');
    expect(await shop.must('config', '--local', '--list')).not.toContain('tidemark');
  });
});

/** A git that keeps hooks in its settings never writes into husky's files. */
const newestIsHere = ({ version }: { version: string }): boolean => Number(version.split('.')[1]) >= 54;
