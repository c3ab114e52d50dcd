/** Finds projects of sequelize-cli by `.sequelizerc`, or by a package.json that names Sequelize beside its usual configuration. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { modulesIn } from '../js-imports.ts';
import { dependsOn, flagIn } from '../package-json.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { addressOf, parseConfig, parseOptions } from './parse-config.ts';

/** Pathspecs of everything that `detectSequelize` looks at. */
export const MARKERS = [':(glob)**/.sequelizerc', ':(glob)**/package.json'] as const;

/** Where the command looks for its configuration, in its order (helpers/config-helper.js of sequelize-cli 6.6.5). */
const CONFIGS = ['config/config.js', 'config/config.json'] as const;

/** The environment the command chooses where it is told none. */
const ENVIRONMENT = 'development';

/** One project per folder, sorted. */
export function detectSequelize(tree: SourceTree): readonly Project[] {
  const paths = tree.paths.filter(path => !`/${path}`.includes('/node_modules/'));
  const roots = new Set(paths.filter(path => baseOf(path) === '.sequelizerc').map(folderOf));
  for (const path of paths.filter(each => baseOf(each) === 'package.json')) {
    const text = tree.read(path) ?? '';
    if (!dependsOn(text, 'sequelize-cli', 'sequelize')) continue;
    const root = folderOf(path);
    const configured = CONFIGS.some(name => tree.read(inFolder(root, name)) !== null);
    if (configured || flagsOf(text).some(found => found !== null)) roots.add(root);
  }
  return [...roots].sort().flatMap(root => projectOf(tree, root) ?? []);
}

/** `sequelize-cli --options-path x --config y --migrations-path z db:migrate` in a script of package.json. */
const flagsOf = (text: string) =>
  ['--options-path', '--config', '--migrations-path'].map(flag => flagIn(text, 'sequelize', flag));

function projectOf(tree: SourceTree, root: string): Project | null {
  const [optionsFlag, configFlag, migrationsFlag] = flagsOf(tree.read(inFolder(root, 'package.json')) ?? '');
  const optionsPath = optionsFlag ?? '.sequelizerc';
  const options = parseOptions(readIn(tree, root, optionsPath) ?? '');
  const usual = CONFIGS.find(name => tree.read(inFolder(root, name)) !== null);
  const config = configFlag ?? options.config ?? usual ?? null;
  const settings = parseConfig(
    (config === null ? null : readIn(tree, root, config)) ?? '',
    ENVIRONMENT,
    config?.endsWith('.json') === true,
  );
  // The history is kept in a file, or nowhere.
  if (settings.storage !== 'sequelize') return null;
  const written = migrationsFlag ?? options.migrations ?? 'migrations';
  const migrations = written.startsWith('/') ? null : joined(root, written);
  return {
    framework: 'sequelize',
    root,
    historyTable: { schema: settings.schema, name: settings.table },
    settings: {
      options: optionsPath,
      environment: ENVIRONMENT,
      migrations: migrations ?? joined(root, 'migrations') ?? 'migrations',
      ...(config === null ? {} : { config }),
      ...(migrationsFlag === null ? {} : { migrationsFlag: written }),
      ...(settings.dialect === null ? {} : { dialect: settings.dialect }),
      modules: modulesIn(tree, root),
    },
  };
}

function readIn(tree: SourceTree, root: string, path: string): string | null {
  const file = path.startsWith('/') ? null : joined(root, path);
  return file === null ? null : tree.read(file);
}

/** The database the project's environment names. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { config } = project.settings;
  if (typeof config !== 'string') return [];
  const settings = parseConfig(readIn(tree, project.root, config) ?? '', ENVIRONMENT, config.endsWith('.json'));
  const variables = parseEnvironment(tree.read(inFolder(project.root, '.env')) ?? tree.read('.env') ?? '');
  const address = addressOf(settings, variables);
  if (address === null) return [];
  // `storage` is relative to the folder the command runs in, unless it begins at the configuration's own.
  const base = address.fromFile ? (joined(project.root, folderOf(config)) ?? project.root) : project.root;
  return [{ text: address.text, base, from: `${inFolder(project.root, config)} (${ENVIRONMENT})` }];
}
