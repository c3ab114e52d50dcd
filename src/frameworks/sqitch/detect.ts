/** Finds Sqitch projects for PostgreSQL: by `sqitch.conf`, and by a `sqitch.plan` beside none. */
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

/** What a project's own target says, before its engine, before all engines. */
function settingsOf(configuration: Configuration) {
  const target = configuration.get('engine.pg target') ?? configuration.get('core target') ?? null;
  const said = (key: string): string | null =>
    configuration.get(`target.${target ?? ''} ${key}`) ??
    configuration.get(`engine.pg ${key}`) ??
    configuration.get(`core ${key}`) ??
    null;
  const uri = configuration.get(`target.${target ?? ''} uri`) ?? (target?.startsWith('db:') === true ? target : null);
  const engine = configuration.get('core engine') ?? (uri === null ? 'pg' : (/^db:([a-z]+)/.exec(uri)?.[1] ?? ''));
  return { said, uri, isPostgres: /^(?:pg|postgres|postgresql)$/.test(engine) };
}

/** The projects of a repository, by root. */
export function detectSqitch(tree: SourceTree): readonly Project[] {
  const named = (name: string) => tree.paths.filter(path => baseOf(path) === name).map(folderOf);
  const configured = named('sqitch.conf');
  const roots = [...configured, ...named('sqitch.plan').filter(root => !configured.some(each => isAbove(each, root)))];
  return [...new Set(roots)].sort().flatMap(root => {
    const { said, isPostgres } = settingsOf(parseConfiguration(tree.read(inFolder(root, 'sqitch.conf')) ?? ''));
    const top = said('top_dir') ?? '.';
    const path = joined(root, said('plan_file') ?? `${top}/sqitch.plan`);
    const text = path === null ? null : tree.read(path);
    const plan = text === null ? null : parsePlan(text);
    const folder = (kind: string) => joined(root, said(`${kind}_dir`) ?? `${top}/${kind}`);
    const [deploy, revert, verify] = [folder('deploy'), folder('revert'), folder('verify')];
    if (
      !isPostgres ||
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
  const { uri } = settingsOf(parseConfiguration(tree.read(path) ?? ''));
  const [, place] = /^db:(?:pg|postgres|postgresql):(.+)$/.exec(uri ?? '') ?? [];
  if (place === undefined) return [];
  const text = place.startsWith('//') ? `postgres:${place}` : `postgres:///${place}`;
  return [{ text, base: root, from: `${path} (target)` }];
}
