/** Finds Play's evolutions: by their folders below `conf`, by `application.conf`, and by a build that asks for them. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { jdbcAddress, type Settings } from '../java-settings.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { readHocon } from './hocon.ts';

/** Revision numbers, which may be padded with zeros to 15 characters (`EnvironmentEvolutionsReader`). */
export const FILE_NAME = /^(0{0,14}[1-9]\d{0,9})\.sql$/;

/** Pathspecs of everything that `detectPlay` looks at. */
export const MARKERS = [':(glob)**/conf/*/*/*.sql', ':(glob)**/conf/application.conf', ':(glob)**/build.sbt'] as const;

const CONF = 'conf/application.conf';

/** One project a database: each has its own table and address. */
export function detectPlay(tree: SourceTree): readonly Project[] {
  const apps = new Map<string, Settings>();
  for (const path of tree.paths) {
    const name = baseOf(path);
    const text = name === 'application.conf' || name === 'build.sbt' ? (tree.read(path) ?? '') : '';
    const root = name === 'build.sbt' ? folderOf(path) : rootOf(path);
    if (
      name === 'build.sbt' ? !/\bevolutions\b/.test(text) : name === 'application.conf' && !/\bevolutions\b/.test(text)
    )
      continue;
    if (root === null || apps.has(root)) continue;
    const isScript = FILE_NAME.test(name) && baseOf(folderOf(folderOf(path))) === 'evolutions';
    if (isScript || text !== '') apps.set(root, readHocon(tree.read(inFolder(root, CONF)) ?? ''));
  }
  return [...apps].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([root, settings]) => projectsOf(tree, root, settings));
}

/** The application a file below `conf` belongs to. */
function rootOf(path: string): string | null {
  const at = `/${path}`.lastIndexOf('/conf/');
  return at === -1 ? null : at === 0 ? '.' : path.slice(0, at - 1);
}

/** A setting of evolutions: that of the database, else that of all. */
const settingOf = (settings: Settings, db: string, name: string): string | null =>
  settings.get(`play.evolutions.db.${db}.${name}`) ?? settings.get(`play.evolutions.${name}`) ?? null;

function projectsOf(tree: SourceTree, root: string, settings: Settings): readonly Project[] {
  const named = [...settings.keys()].flatMap(name => /^play\.evolutions\.db\.([^.]+)\./.exec(name)?.[1] ?? []);
  const folder = folderFor(root, settings.get('play.evolutions.path') ?? 'evolutions');
  const found = tree.paths.flatMap(path => {
    const [own, db] = [folderOf(folderOf(path)), baseOf(folderOf(path))];
    return own === folder && FILE_NAME.test(baseOf(path)) ? [db] : [];
  });
  const dbs = [...new Set(['default', ...found, ...named])].filter(
    db => db !== 'default' || found.includes(db) || found.length + named.length === 0,
  );
  return dbs.sort().flatMap(db => {
    const place = folderFor(root, settingOf(settings, db, 'path') ?? 'evolutions');
    if (place === null || settingOf(settings, db, 'enabled') === 'false') return [];
    const own = inFolder(place, db);
    const prefix = `play.evolutions.db.${db}.substitutions.mappings.`;
    const general = 'play.evolutions.substitutions.mappings.';
    const substitutions = [general, prefix].flatMap(each =>
      [...settings].flatMap(([name, value]) =>
        name.startsWith(each) ? [[name.slice(each.length), value] as const] : [],
      ),
    );
    return [
      {
        framework: 'play',
        // Several databases of one application are told apart by their folders.
        root: db === 'default' ? root : own,
        historyTable: {
          schema: settingOf(settings, db, 'schema') || null,
          name: settingOf(settings, db, 'metaTable') ?? 'play_evolutions',
        },
        settings: {
          ...{ db, app: root, folder: own, substitutions: Object.fromEntries(substitutions) },
          prefix: settingOf(settings, db, 'substitutions.prefix') ?? '$evolutions{{{',
          suffix: settingOf(settings, db, 'substitutions.suffix') ?? '}}}',
        },
      },
    ];
  });
}

/** `evolutions` lies in `conf`; with a slash it is a path from the application's folder (reference.conf, `play.evolutions.path`). */
const folderFor = (root: string, path: string): string | null =>
  path.startsWith('/') ? null : joined(root, path.includes('/') ? path : `conf/${path}`);

/** The address that `db.<name>` has in application.conf. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { app, db } = project.settings;
  if (typeof app !== 'string' || typeof db !== 'string') return [];
  const path = inFolder(app, CONF);
  const settings = readHocon(tree.read(path) ?? '');
  const of = (name: string): string | null => settings.get(`db.${db}.${name}`) ?? null;
  const text = jdbcAddress(of('url'), of('username') ?? of('user'), of('password'));
  return text === null ? [] : [{ text, base: app, from: `${path} (db.${db})` }];
}
