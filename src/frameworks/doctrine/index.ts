/** Doctrine Migrations, alone or in Symfony: one row a class, reversal by `execute … --down` of the one class. */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Framework } from '../contract.ts';
import { baseOf, inFolder } from '../repository-paths.ts';
import { detectProjects } from './detect.ts';
import { classOf, irreversible, leavesTransaction, lossesIn } from './parse-migration.ts';
import { addressesOf, commandOf, pointAt } from './pointing.ts';
import { appliedFromRows, forgetRow, isOfOld, markRow, relabelRow } from './rows.ts';

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : []);

/** Folders of migrations, from the repository's root: the user's own choice before what was detected. */
const foldersOf = ({ settings }: Project): readonly string[] =>
  list(settings['migrations']).length > 0 ? list(settings['migrations']) : Object.values(settings['paths'] ?? {});

const folderHolding = (project: Project, path: string): string | undefined =>
  foldersOf(project).find(folder => folder === '.' || path.startsWith(`${folder}/`));

function identify(project: Project, path: string, text: string | null): MigrationId | null {
  if (!path.endsWith('.php') || folderHolding(project, path) === undefined) return null;
  const name = classOf(text ?? '');
  return name === null ? null : migrationId(name);
}

/** Why its command cannot be pointed at one database; null when it can. */
const unpointed = ({ settings }: Project): { how: 'impossible'; reason: string; wayOut: string } | null =>
  settings['url'] !== 'no'
    ? null
    : {
        how: 'impossible',
        reason:
          settings['by'] === 'symfony'
            ? 'config/packages/doctrine.yaml takes its one connection not from DATABASE_URL alone, so Doctrine cannot be pointed at this database'
            : 'cli-config.php makes the connection itself, so Doctrine cannot be pointed at this database',
        wayOut: 'Run Doctrine yourself, in a checkout of the commit that has the file, and then: tidemark status',
      };

export const doctrine = {
  name: 'doctrine',
  title: 'Doctrine Migrations',
  docs: [
    'https://www.doctrine-project.org/projects/doctrine-migrations/en/3.8/reference/configuration.html',
    'https://symfony.com/bundles/DoctrineMigrationsBundle/current/index.html',
    'https://github.com/doctrine/migrations/blob/3.8.2/src/Tools/Console/Command/ExecuteCommand.php',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: "`execute … --down` of the one missing class, in HEAD's tree",
    checksum: null,
    hazard: '`execute --down` does not find the class; `migrate` warns, and leaves what it did in place',
  },

  markers: [
    ...['yaml', 'yml'].map(end => `:(glob)**/config/packages/doctrine_migrations.${end}`),
    ...['php', 'xml', 'yml', 'yaml', 'json'].map(end => `:(glob)**/migrations.${end}`),
  ],
  detect: detectProjects,

  pathspecs: project =>
    foldersOf(project).map(folder => `:(glob)${inFolder(folder.replace(/[\\*?[\]]/g, '\\$&'), '**/*.php')}`),
  idFrom: 'text',
  identify,
  read(project, { path, text }) {
    const id = identify(project, path, text);
    return id === null
      ? { path, reason: 'it has no class that extends a migration' }
      : { id, requires: [], replaces: [] };
  },
  order: 'linear',
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  namespace: () => null,
  number: () => null,

  applied: appliedFromRows,
  forget: (project, id, rows, known) => forgetRow(project, rows, id, known),
  markApplied: (project, id, rows, known, now) => markRow(project, rows, id, known, now),
  relabel: (project, from, to, rows, known) => relabelRow(project, [from, to], rows, known),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection: addressesOf,
  program: ({ settings }) => ({
    candidates: settings['by'] === 'symfony' ? ['bin/console'] : ['vendor/bin/doctrine-migrations'],
    install: 'composer install',
  }),
  point: pointAt,
  carries: ({ root }) => [...new Set(['vendor', '.env.local'].flatMap(name => [name, inFolder(root, name)]))],

  reverse({ project, engine, migration, applied }) {
    const { id, path, text } = migration;
    const elsewhere = unpointed(project);
    if (elsewhere !== null) return elsewhere;
    if (isOfOld(project, applied.find(each => each.id === id)?.row ?? null)) {
      const wayOut = `Let Doctrine bring its table up to date first: ${project.settings['by'] === 'symfony' ? 'bin/console doctrine:migrations:sync-metadata-storage' : 'vendor/bin/doctrine-migrations migrations:sync-metadata-storage'}`;
      return {
        how: 'impossible',
        reason: `${id}: the table is one of Doctrine Migrations 2, and every row would change`,
        wayOut,
      };
    }
    const reason = irreversible(text);
    if (reason !== null) {
      const wayOut = `Undo it by hand, then take its row out of the table: tidemark forget ${id}`;
      return { how: 'impossible', reason: `${id}: ${reason}`, wayOut };
    }
    const entries: readonly (readonly [string, string])[] = Object.entries(project.settings['paths'] ?? {});
    const spaces = entries.filter(([namespace]) => id.startsWith(`${namespace}\\`)).map(([, folder]) => folder);
    const [first] = spaces;
    if (first === undefined) {
      const wayOut = `Add it to migrations_paths, or undo it by hand: tidemark forget ${id}`;
      return { how: 'impossible', reason: `${id}: its namespace is no longer among the configured ones`, wayOut };
    }
    const place = spaces.some(folder => path.startsWith(`${folder}/`)) ? path : inFolder(first, baseOf(path));
    const whole = engine !== 'mysql' && !leavesTransaction(text);
    return {
      how: 'command',
      arguments: commandOf(project, 'execute', id, '--down'),
      checkout: { kind: 'overlay', files: [{ path: place, text }] },
      // One transaction round the migration and its row (DbalExecutor); MySQL commits at each schema change.
      atomic: whole,
      whole,
    };
  },
  losses: (_project, { text }) => lossesIn(text),
  imports: () => [],
  forward: project => unpointed(project) ?? { how: 'command', arguments: commandOf(project, 'migrate') },

  hazard(_project, orphans) {
    const [first] = orphans;
    if (first === undefined) return null;
    return `Doctrine no longer has the class ${first}: "execute --down" says that it was not found, and "migrate --no-interaction" passes over it and leaves in place what it did.`;
  },
} satisfies Framework;
