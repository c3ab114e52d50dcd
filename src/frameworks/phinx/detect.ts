/** Finds Phinx by its configuration file, and reads what that says of the history table, the migrations and the database. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { spreadBraces } from '../path-globs.ts';
import { parseConfig, type Setting, textUnder, under } from '../php-settings.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';

/** In the order in which Phinx looks for them (AbstractCommand::locateConfigFile). */
const FILES = ['phinx.php', 'phinx.json', 'phinx.yaml', 'phinx.yml'];

/** All projects of a working tree: one a folder. */
export function detectProjects(tree: SourceTree): readonly Project[] {
  const files = tree.paths.filter(path => FILES.includes(baseOf(path)) && !/(^|\/)(vendor|node_modules)\//.test(path));
  const roots = [...new Set(files.map(folderOf))];
  return roots.flatMap(root => {
    const file = FILES.map(name => inFolder(root, name)).find(path => files.includes(path));
    return file === undefined ? [] : projectAt(root, file, parseConfig(file, tree.read(file) ?? ''));
  });
}

function projectAt(root: string, file: string, config: Setting): readonly Project[] {
  if (under(config, 'environments') === null) return [];
  const environment = environmentOf(config);
  const table =
    textUnder(config, 'environments', environment, 'migration_table') ??
    textUnder(config, 'environments', 'default_migration_table') ??
    'phinxlog';
  const [schema = '', name = ''] = /^[^.]+\.[^.]+$/.test(table) ? table.split('.') : ['', table];
  const migrations = under(config, 'paths', 'migrations') ?? '%%PHINX_CONFIG_DIR%%/db/migrations';
  const said = typeof migrations === 'string' ? [migrations] : Object.values(migrations);
  const folders = said.flatMap(each =>
    typeof each !== 'string'
      ? []
      : spreadBraces(each).flatMap(path => {
          const inside = path.replace(/^%%PHINX_CONFIG_DIR%%/, '.');
          return /^\/|[*?[\]%\\]/.test(inside) ? [] : (joined(root, inside) ?? []);
        }),
  );
  return [
    {
      framework: 'phinx',
      root,
      historyTable: { schema: schema === '' ? null : schema, name },
      settings: { folders: [...new Set(folders)], config: baseOf(file), environment },
    },
  ];
}

/** The environment Phinx takes without `-e`: the named one, else the first. */
function environmentOf(config: Setting): string {
  const named =
    textUnder(config, 'environments', 'default_environment') ?? textUnder(config, 'environments', 'default_database');
  const all = under(config, 'environments');
  const maps = all === null || typeof all === 'string' ? [] : Object.entries(all);
  return named ?? maps.find(([, value]) => value !== null && typeof value === 'object')?.[0] ?? '';
}

const SCHEMES: Readonly<Record<string, string>> = { sqlite: 'sqlite', pgsql: 'postgres', mysql: 'mysql' };
const encode = encodeURIComponent;

/** The address that the default environment plainly names. */
export function addressesOf({ root, settings }: Project, tree: SourceTree): readonly AddressHint[] {
  const file = inFolder(root, String(settings['config']));
  const config = parseConfig(file, tree.read(file) ?? '');
  const said = (key: string): string =>
    textUnder(config, 'environments', environmentOf(config), key)?.replace(/^%%PHINX_CONFIG_DIR%%\/?/, './') ?? '';
  const from = `${file} (environments.${environmentOf(config)})`;
  const scheme = SCHEMES[said('adapter')];
  const name = said('name');
  const parts = [name, said('host'), said('user'), said('pass'), said('port')];
  if (scheme === undefined || name === '' || said('dsn') !== '') return [];
  // What Phinx takes from the environment cannot be read here.
  if (parts.some(part => /%%\w+%%/.test(part))) return [];
  if (scheme === 'sqlite') {
    const suffix = textUnder(config, 'environments', environmentOf(config), 'suffix') ?? '.sqlite3';
    return name === ':memory:' ? [] : [{ text: `sqlite:${name}${suffix}`, base: root, from }];
  }
  const login =
    said('user') === '' ? '' : `${encode(said('user'))}${said('pass') === '' ? '' : `:${encode(said('pass'))}`}@`;
  const port = /^\d+$/.test(said('port')) ? `:${said('port')}` : '';
  return [{ text: `${scheme}://${login}${said('host') || '127.0.0.1'}${port}/${encode(name)}`, base: root, from }];
}
