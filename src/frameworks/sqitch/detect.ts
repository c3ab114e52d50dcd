/** Finds Sqitch projects, by `sqitch.conf`, and by a `sqitch.plan` beside none. Those of other engines than PostgreSQL are found too, so that it can be said why not. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { parsePlan } from './parse-plan.ts';

/** Pathspecs of everything that `detectSqitch` looks at. */
export const MARKERS = [':(glob)**/sqitch.conf', ':(glob)**/sqitch.plan'] as const;

/** Values by section and key: `engine.pg` and `target`. Names in quotes keep their case. */
type Configuration = ReadonlyMap<string, string>;

function parseConfiguration(text: string): Configuration {
  const values = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/).map(each => each.slice(0, 2000).trim())) {
    const [, head, name] = /^\[\s*([A-Za-z0-9-]+)(?:\s+"([^"]*)")?\s*\]/.exec(line) ?? [];
    if (head !== undefined) section = `${head.toLowerCase()}${name === undefined ? '' : `.${name}`}`;
    const [, key, value = ''] = /^([A-Za-z][A-Za-z0-9_-]*)\s*=(.*)$/.exec(line) ?? [];
    if (key === undefined) continue;
    const quoted = /^\s*"((?:[^"\\]|\\.)*)"/.exec(value)?.[1]?.replace(/\\(.)/g, '$1');
    values.set(`${section} ${key.toLowerCase()}`, quoted ?? value.replace(/\s[#;].*$/, '').trim());
  }
  return values;
}

/** Sqitch's names of the engines that Tidemark speaks to, and the scheme of their addresses here. */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['pg', 'postgres'],
  ['postgres', 'postgres'],
  ['postgresql', 'postgres'],
  ['sqlite', 'sqlite'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
]);

/** What a project's own target says, before its engine, before all engines. */
function settingsOf(configuration: Configuration) {
  const named = configuration.get('core engine');
  const key = named ?? 'pg';
  const target = configuration.get(`engine.${key} target`) ?? configuration.get('core target') ?? null;
  const said = (name: string): string | null =>
    configuration.get(`target.${target ?? ''} ${name}`) ??
    configuration.get(`engine.${key} ${name}`) ??
    configuration.get(`core ${name}`) ??
    null;
  const uri = configuration.get(`target.${target ?? ''} uri`) ?? (target?.startsWith('db:') === true ? target : null);
  const scheme = SCHEMES.get(named ?? /^db:([a-z]+)/.exec(uri ?? 'db:pg:')?.[1] ?? '') ?? null;
  return { said, uri, scheme };
}

/** The projects of a repository, by root. */
export function detectSqitch(tree: SourceTree): readonly Project[] {
  const named = (name: string) => tree.paths.filter(path => baseOf(path) === name).map(folderOf);
  const configured = named('sqitch.conf');
  const roots = [...configured, ...named('sqitch.plan').filter(root => !configured.some(each => isAbove(each, root)))];
  return [...new Set(roots)].sort().flatMap(root => {
    const { said, scheme } = settingsOf(parseConfiguration(tree.read(inFolder(root, 'sqitch.conf')) ?? ''));
    const top = said('top_dir') ?? '.';
    const path = joined(root, said('plan_file') ?? `${top}/sqitch.plan`);
    const text = path === null ? null : tree.read(path);
    const plan = text === null ? null : parsePlan(text);
    const folder = (kind: string) => joined(root, said(`${kind}_dir`) ?? `${top}/${kind}`);
    const [deploy, revert, verify] = [folder('deploy'), folder('revert'), folder('verify')];
    if (
      scheme === null ||
      path === null ||
      text === null ||
      plan === null ||
      deploy === null ||
      revert === null ||
      verify === null
    )
      return [];
    return [
      {
        framework: 'sqitch',
        root,
        historyTable: { schema: said('registry') ?? 'sqitch', name: 'changes' },
        settings: {
          deploy,
          revert,
          verify,
          extension: said('extension') ?? 'sql',
          project: plan.project,
          order: plan.changes.map(({ id }) => id),
          plan: text,
          planFile: path,
        },
      },
    ];
  });
}

const isAbove = (folder: string, path: string): boolean =>
  folder === '.' || path === folder || path.startsWith(`${folder}/`);

/** The target of its configuration, as an address. */
export function addressesOf({ root }: Project, tree: SourceTree): readonly AddressHint[] {
  const path = inFolder(root, 'sqitch.conf');
  const { uri, scheme } = settingsOf(parseConfiguration(tree.read(path) ?? ''));
  const [, place] = /^db:[a-z]+:(.+)$/.exec(uri ?? '') ?? [];
  if (place === undefined || scheme === null) return [];
  const text = scheme === 'sqlite' || place.startsWith('//') ? `${scheme}:${place}` : `${scheme}:///${place}`;
  return [{ text, base: root, from: `${path} (target)` }];
}
