/** Finds Knex projects by their knexfiles, and reads what those name. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { modulesIn } from '../js-imports.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { addressOf, parseKnexfile } from './parse-knexfile.ts';

/** What Knex's command looks for, in its order (bin/cli.js of 3.3.0), and `.cjs`, which must be named with `--knexfile`. */
const NAMES = ['knexfile.js', 'knexfile.mjs', 'knexfile.ts', 'knexfile.cjs'] as const;

/** Pathspecs of everything that `detectKnex` looks at. */
export const MARKERS = [...NAMES.map(name => `:(glob)**/${name}`), ':(glob)**/package.json'] as const;

/** One project per folder with a knexfile, sorted by folder. */
export function detectKnex(tree: SourceTree): readonly Project[] {
  const found = new Map<string, string>();
  const paths = tree.paths.filter(path => !`/${path}`.includes('/node_modules/'));
  for (const path of paths) {
    if (baseOf(path) !== 'package.json') continue;
    for (const named of namedInScripts(tree.read(path) ?? '')) {
      const knexfile = joined(folderOf(path), named);
      if (knexfile !== null && tree.read(knexfile) !== null) found.set(folderOf(knexfile), baseOf(knexfile));
    }
  }
  for (const name of NAMES) {
    for (const path of paths) {
      if (baseOf(path) === name && !found.has(folderOf(path))) found.set(folderOf(path), name);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([root, knexfile]) => projectOf(tree, root, knexfile));
}

/** `knex --knexfile src/db/config.ts migrate:latest` in a script of package.json. */
const namedInScripts = (text: string): readonly string[] =>
  text.includes('knex')
    ? [...text.matchAll(/--knexfile[= ]['"\\]{0,2}([^\s'"\\$]{1,300})/g)].flatMap(match => match[1] ?? [])
    : [];

function projectOf(tree: SourceTree, root: string, knexfile: string): Project {
  const environment = 'development';
  const settings = parseKnexfile(tree.read(inFolder(root, knexfile)) ?? '', environment);
  return {
    framework: 'knex',
    root,
    historyTable: { schema: settings.schema, name: settings.table },
    settings: {
      knexfile,
      environment,
      ...(settings.client === null ? {} : { client: settings.client }),
      migrations: settings.folders.flatMap(folder => (folder.startsWith('/') ? [] : (joined(root, folder) ?? []))),
      extensions: settings.extensions,
      modules: modulesIn(tree, root),
    },
  };
}

/** The database the project's environment names. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { knexfile, environment } = project.settings;
  if (typeof knexfile !== 'string' || typeof environment !== 'string') return [];
  const path = inFolder(project.root, knexfile);
  const settings = parseKnexfile(tree.read(path) ?? '', environment);
  const variables = parseEnvironment(tree.read(inFolder(project.root, '.env')) ?? tree.read('.env') ?? '');
  const address = addressOf(settings, variables);
  return address === null ? [] : [{ text: address.text, base: project.root, from: `${path} (${environment})` }];
}
