/** Help, usage errors, and the sentence an old Node gets. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type Available, describeWith } from '../kit/available.ts';
import { BIN, builtCli, tidemark } from '../kit/cli.ts';

const place = { cwd: tmpdir(), env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir() } };

const COMMANDS = [
  'status',
  'show',
  'log',
  'plan',
  'reconcile',
  'adopt',
  'relabel',
  'forget',
  'ignore',
  'resume',
  'abort',
  'runs',
  'hook',
  'init',
  'doctor',
  'demo',
] as const;

describeWith('the built command line', builtCli(), () => {
  it('lists every command', async () => {
    const { code, stdout, stderr } = await tidemark(place, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const listed = [...stdout.matchAll(/^ {2}([a-z]+)(?: \[options\])?(?: [[<]| {2})/gm)].map(match => match[1]);
    expect(listed).toEqual(expect.arrayContaining([...COMMANDS]));
  });

  it.each(COMMANDS)('%s --help has an example that begins with the command', async command => {
    const { code, stdout, stderr } = await tidemark(place, command, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`\\nExample:\\n {2}tidemark ${command}\\b`));
    for (const option of [
      '-C',
      '--database',
      '--framework',
      '--project',
      '--json',
      '--no-color',
      '--quiet',
      '--verbose',
    ])
      expect(stdout).toContain(option);
  });

  it.each(['install', 'uninstall', 'status'])('hook %s --help has an example', async command => {
    const { code, stdout } = await tidemark(place, 'hook', command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`\\nExample:\\n {2}tidemark hook ${command}\\b`));
  });

  it('says its version', async () => {
    expect(await tidemark(place, '--version')).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
  });

  it.each([
    [['--frobnicate'], /unknown option '--frobnicate'/],
    [['status', '--frobnicate'], /unknown option '--frobnicate'/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['show'], /missing required argument 'id'/],
  ])('%j is a usage error', async (args, says) => {
    const end = await tidemark(place, ...args);
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toMatch(says);
  });
});

describeWith('on an older Node', oldNode(), node => {
  it('says in one sentence what it needs', () => {
    const { status, stdout, stderr } = spawnSync(node, [BIN, 'status'], { encoding: 'utf8', env: {} });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^Tidemark needs Node\.js 22\.18 or newer, and this is \d+\.\d+\.\d+[^\n]*\.\n$/);
  });
});

/** A Node on PATH that is older than Tidemark needs. */
function oldNode(): Available<string> {
  for (const folder of new Set([...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/bin', '/usr/bin'])) {
    if (folder === '' || folder.includes('node_modules')) continue;
    const node = join(folder, 'node');
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    const [major = 99, minor = 0] =
      /^v(\d+)\.(\d+)/
        .exec(stdout ?? '')
        ?.slice(1)
        .map(Number) ?? [];
    if (major < 22 || (major === 22 && minor < 18)) return { here: true, it: node };
  }
  return { here: false, because: 'no Node older than 22.18 is on PATH' };
}
