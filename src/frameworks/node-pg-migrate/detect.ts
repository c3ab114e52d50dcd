/** Finds projects of node-pg-migrate by package.json: what its scripts say, and the configuration files they name. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { addressIn, textOf, textsOf } from '../js-settings.ts';
import { entryOf, exportedValue, type JsValue } from '../js-values.ts';
import { dependsOn, flagsIn, hasFlag } from '../package-json.ts';
import { globFrom, spreadBraces } from '../path-globs.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';

const TOOL = 'node-pg-migrate';

/** Pathspecs of everything that `detectNodePgMigrate` looks at. */
export const MARKERS = [':(glob)**/package.json'] as const;

/** One project per package.json that names the tool, sorted. */
export const detectNodePgMigrate = (tree: SourceTree): readonly Project[] =>
  tree.paths
    .filter(path => baseOf(path) === 'package.json' && !`/${path}`.includes('/node_modules/'))
    .map(path => ({ root: folderOf(path), text: tree.read(path) ?? '' }))
    .filter(({ text }) => dependsOn(text, TOOL) || hasFlag(text, TOOL))
    .sort((a, b) => (a.root < b.root ? -1 : 1))
    .map(({ root, text }) => projectOf(tree, root, text));

/** Settings of a project: flags of its scripts, which its configuration wins over (bin/node-pg-migrate.js of 9.0.0, `applyIf`). */
function projectOf(tree: SourceTree, root: string, text: string): Project {
  const flag = (...names: readonly string[]): string | null => flagsIn(text, TOOL, ...names)[0] ?? null;
  const section = flag('--config-value') ?? 'db';
  const file = flag('-f', '--config-file');
  const configs = [usualConfig(tree, root, section), file === null ? null : configIn(tree, root, file, section)];
  const said = (name: string): JsValue | null =>
    configs.reduceRight<JsValue | null>((found, config) => found ?? entryOf(config, name), null);
  const text_ = (name: string, otherwise: string | null): string | null => textOf(said(name)) ?? otherwise;
  const schemas = textsOf(said('schema')).length > 0 ? textsOf(said('schema')) : flagsIn(text, TOOL, '-s', '--schema');
  const dir = text_('migrations-dir', flag('-m', '--migrations-dir')) ?? 'migrations';
  const isGlob = hasFlag(text, TOOL, '--use-glob');
  const globs = spreadBraces(isGlob ? dir : `${dir}/*`).flatMap(glob => globFrom(root, glob) ?? []);
  const passed = VALUES.flatMap(name => flagsIn(text, TOOL, ...name).flatMap(value => [name[0] ?? '', value]));
  const flags = SWITCHES.filter(name => hasFlag(text, TOOL, name));
  return {
    framework: TOOL,
    root,
    historyTable: {
      schema: text_('migrations-schema', flag('--migrations-schema')) ?? schemas[0] ?? 'public',
      name: text_('migrations-table', flag('-t', '--migrations-table')) ?? 'pgmigrations',
    },
    settings: { globs, section, flags: [...passed, ...flags], ...(file === null ? {} : { configFile: file }) },
  };
}

/** Flags of a script that its commands must be given again. */
const VALUES = [
  ['--migrations-dir', '-m'],
  ['--migrations-table', '-t'],
  ['--migrations-schema'],
  ['--schema', '-s'],
  ['--ignore-pattern'],
  ['--lock-value'],
  ['--tsconfig-paths'],
] as const;
const SWITCHES = ['--use-glob', '--decamelize', '--no-single-transaction', '--create-schema'] as const;

/** The section of the package "config": `config/default.json`, `config/default.js`. */
function usualConfig(tree: SourceTree, root: string, section: string): JsValue | null {
  for (const name of ['default.json', 'default.js', 'default.ts']) {
    const text = tree.read(inFolder(root, `config/${name}`));
    if (text !== null) return entryOf(parsed(text, name), section);
  }
  return null;
}

function configIn(tree: SourceTree, root: string, file: string, section: string): JsValue | null {
  const path = file.startsWith('/') ? null : joined(root, file);
  const value = path === null ? null : parsed(tree.read(path) ?? '', path);
  return entryOf(value, section) ?? value;
}

const parsed = (text: string, name: string): JsValue =>
  exportedValue(name.endsWith('.json') ? `module.exports = ${text}` : text);

const NAMES = { url: ['database-url-var', 'url'], file: [], database: ['database', 'name'], user: ['user'] } as const;

/** The database its configuration names. `DATABASE_URL`, and the variable of `-d`, are looked at by Tidemark anyway or read from `.env`. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { section, configFile } = project.settings;
  const { root } = project;
  const name = typeof section === 'string' ? section : 'db';
  const variables = parseEnvironment(tree.read(inFolder(root, '.env')) ?? tree.read('.env') ?? '');
  const [variable] = flagsIn(tree.read(inFolder(root, 'package.json')) ?? '', TOOL, '-d', '--database-url-var');
  const own = variable === undefined || !Object.hasOwn(variables, variable) ? undefined : variables[variable];
  if (own !== undefined && own !== '') return [{ text: own, base: root, from: `.env (${variable})` }];
  const file = typeof configFile === 'string' ? configFile : null;
  const config = file === null ? usualConfig(tree, root, name) : configIn(tree, root, file, name);
  const address = addressIn(config, 'postgres', NAMES, variables);
  const from = file === null ? inFolder(root, 'config/default') : inFolder(root, file);
  return address === null ? [] : [{ text: address.text, base: root, from: `${from} (${name})` }];
}
