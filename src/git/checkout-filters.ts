/** The filters that a checkout of a commit starts (gitattributes(5), `filter`): programs of the user's settings, and which attributes ask for them. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Oid } from '../domain/sighting.ts';
import type { CheckoutFilter } from './contract.ts';
import type { Place } from './place.ts';

/** See `Repository.checkoutFilters`. `env`: where the user's own attributes are looked for. */
export async function checkoutFilters(
  place: Place,
  commit: Oid,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly CheckoutFilter[]> {
  const commands = await configured(place);
  if (commands.size === 0) return [];
  const asked = await askedFor(place, commit, env);
  return [...commands].flatMap(([name, command]) =>
    asked === null || asked.has(name) ? [{ name, command, isRun: name !== 'lfs' }] : [],
  );
}

/** Smudge commands and filter processes by name; the process is what git takes where both are set. Empty ones start nothing. */
async function configured(place: Place): Promise<ReadonlyMap<string, string>> {
  const answer = await place.git.ask(['config', '-z', '--get-regexp', '^filter\\..*\\.(smudge|process)$']);
  const commands = new Map<string, string>();
  const entries = answer.stdout.toString('utf8').split('\0').slice(0, -1);
  for (const kind of ['.smudge', '.process']) {
    for (const entry of entries) {
      const [key = '', ...value] = entry.split('\n');
      const command = value.join('\n').trim();
      if (key.endsWith(kind) && command !== '') commands.set(key.slice('filter.'.length, -kind.length), command);
    }
  }
  return commands;
}

/** Names of filters that the commit's attributes, the repository's own or the user's ask for; null when the commit cannot be read. */
async function askedFor(
  place: Place,
  commit: Oid,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlySet<string> | null> {
  const found = await place.git.ask(['grep', '-h', '-a', '-e', 'filter=', commit, '--', ':(glob)**/.gitattributes']);
  // 1: no line has it, see git-grep(1).
  if (found.code !== 0 && found.code !== 1) return null;
  const setting = await place.git.ask(['config', '--path', '--get', 'core.attributesFile']);
  const home = env['XDG_CONFIG_HOME'] || join(env['HOME'] ?? homedir(), '.config');
  const own = setting.code === 0 ? setting.stdout.toString('utf8').trim() : join(home, 'git/attributes');
  const texts = [found.stdout.toString('utf8'), textOf(join(place.commonDir, 'info/attributes')), textOf(own)];
  return new Set(texts.flatMap(text => [...text.matchAll(/\bfilter=(\S+)/g)].map(([, name = '']) => name)));
}

/** Empty when there is none. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
