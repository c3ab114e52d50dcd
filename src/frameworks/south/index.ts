/** South, before Django 1.7: migrations per app, `south_migrationhistory` with one row each, reversal by `migrate` with one migration alone. */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Framework } from '../contract.ts';
import { spokenIn } from '../django/generation.ts';
import { django } from '../django/index.ts';
import { settingsModule } from '../django/pointing.ts';
import { historyRows } from '../django/rows.ts';
import { addressOf, readSettings } from '../django/settings.ts';
import { importedPaths } from '../python-imports.ts';
import { detectProjects, nameAt, pathspecsOf } from './detect.ts';
import { lossesIn, southMigration, withoutFrozen } from './parse-migration.ts';
import { pointAt } from './pointing.ts';
import { APPLY, reverseMigration } from './reverse.ts';

const TABLE = historyRows({ table: 'south_migrationhistory', app: 'app_name', name: 'migration' });

const idAt = (project: Project, path: string): MigrationId | null => {
  const at = nameAt(project, path);
  return at === null ? null : migrationId(`${at.app}.${at.name}`);
};

export const south = {
  name: 'south',
  title: 'South',
  docs: [
    'https://south.readthedocs.io/en/latest/commands.html',
    'https://south.readthedocs.io/en/latest/dependencies.html',
    'https://south.readthedocs.io/en/latest/settings.html',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: '`migrate APP zero` in an overlay where the app has that one migration only',
    checksum: null,
    hazard: '`migrate` refuses (`GhostMigrations`), and its `--delete-ghost-migrations` drops the rows of all of them',
  },

  markers: [':(glob)**/manage.py', ':(glob)**/migrations/*.py', ':(glob)**/south_migrations/*.py'],
  detect: detectProjects,

  pathspecs: pathspecsOf,
  // An app may have both generations: Django's own files lie where South's lay before.
  idFrom: 'text',
  identify: (project, path, text) => (text !== null && spokenIn(text) === 'south' ? idAt(project, path) : null),
  read(project, { path, text }) {
    const id = idAt(project, path);
    if (id === null) return { path, reason: 'it lies in no folder of an app' };
    const parsed = southMigration(text);
    if ('reason' in parsed) return { path, reason: parsed.reason };
    return { id, requires: parsed.dependsOn.map(([app, name]) => migrationId(`${app}.${name}`)), replaces: [] };
  },
  isOthers: (_project, { text }) => spokenIn(text) === 'django',
  order: 'graph',
  chained: true,
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  namespace: django.namespace,
  number: django.number,

  applied: ({ settings }, rows) =>
    // Rows of South 0.6 may have no time: South does not count them.
    TABLE.applied(
      rows.filter(row => row['applied'] !== null),
      settings['zoned'] === 'true',
    ),
  forget: (_project, id, rows) => TABLE.forget(rows, id),
  markApplied: (_project, id, rows, _known, now) => TABLE.mark(rows, id, now),
  relabel: (_project, from, to, rows) => TABLE.relabel(rows, from, to),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection(project, tree) {
    const module = settingsModule(project);
    const address = module === '' ? null : addressOf(readSettings(tree, project.root, module), project.root);
    return address === null ? [] : [address];
  },
  program: () => ({
    candidates: ['.venv/bin/python', 'venv/bin/python', 'env/bin/python', 'python', 'python2.7', 'python2', 'python3'],
    install: 'pip install "Django<1.7" South',
  }),
  point: pointAt,
  carries: django.carries,

  reverse: reverseMigration,
  losses(_project, { text }) {
    const parsed = southMigration(text);
    return 'reason' in parsed ? { tables: [], columns: [], unsure: 'it cannot be read' } : lossesIn(parsed);
  },
  deeds: withoutFrozen,
  imports: (project, { path, text }) => importedPaths(path, text, [...new Set([project.root, '.'])]),
  forward: () => ({ how: 'command', arguments: APPLY }),

  hazard(_project, orphans) {
    const [first] = orphans;
    if (first === undefined) return null;
    return `South refuses to migrate any app while ${first} has no file (GhostMigrations). The option it suggests, --delete-ghost-migrations, takes the rows of all such migrations out at once and leaves what they made in the database.`;
  },
} satisfies Framework;
