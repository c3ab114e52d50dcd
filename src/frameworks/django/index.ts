/** Django 1.7 and later: migrations per app, `django_migrations` with one row each, reversal by `migrate` in an overlay. */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Framework } from '../contract.ts';
import { importedPaths } from '../python-imports.ts';
import { folderOf, inFolder } from '../repository-paths.ts';
import { detectProjects, isOwn, pathspecsOf } from './detect.ts';
import { folderLabel, stemOf } from './labels.ts';
import { irreversible, lossesOf } from './losses.ts';
import { layOut } from './overlay.ts';
import { dependenciesOf, migrationClass, notAtomic, pairsOf } from './parse-migration.ts';
import { LAUNCHER, pointAt, settingsModule } from './pointing.ts';
import { columnsOf, historyRows } from './rows.ts';
import { addressOf, readSettings } from './settings.ts';

const setting = (project: Project, name: 'labels' | 'tables', key: string): string | null => {
  const map = project.settings[name] as Readonly<Record<string, string>> | undefined;
  return map !== undefined && Object.hasOwn(map, key) ? (map[key] ?? null) : null;
};

function identify(project: Project, path: string): MigrationId | null {
  const stem = stemOf(path);
  const folder = folderOf(path);
  if (stem === null || !isOwn(project, path)) return null;
  const label = setting(project, 'labels', folder) ?? (/(^|\/)migrations$/.test(folder) ? folderLabel(folder) : null);
  return label === null ? null : migrationId(`${label}.${stem}`);
}

/** `auth.__first__` and `auth.__latest__` are ends of another app, not migrations: they are left out. */
const named = ([label, name]: readonly [string, string]): readonly MigrationId[] =>
  /^__\w+__$/.test(name) ? [] : [migrationId(`${label}.${name}`)];

const TABLE = historyRows({ table: 'django_migrations', app: 'app', name: 'name' });

const BY_HAND = 'Undo it by hand, then take its row out of the table: tidemark forget';

export const django = {
  name: 'django',
  title: 'Django',
  docs: [
    'https://docs.djangoproject.com/en/5.2/topics/migrations/',
    'https://docs.djangoproject.com/en/5.2/ref/django-admin/#migrate',
    'https://docs.djangoproject.com/en/5.2/ref/migration-operations/',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal:
      "`migrate` in a rebased overlay: HEAD's tree with the missing files laid over it, so that no other migration's column is lost",
    checksum: null,
    hazard: 'does not see the row: `migrate` reports nothing to do',
  },

  markers: [':(glob)**/manage.py', ':(glob)**/migrations/*.py'],
  detect: detectProjects,

  pathspecs: pathspecsOf,
  idFrom: 'path',
  identify,
  read(project, { path, text }) {
    const id = identify(project, path);
    const parsed = migrationClass(text);
    if (id === null) return { path, reason: 'it lies in no folder of an app' };
    if ('reason' in parsed) return { path, reason: parsed.reason };
    const pairs = dependenciesOf(text, parsed).flatMap(({ pair }) => (pair === null ? [] : [pair]));
    return { id, requires: pairs.flatMap(named), replaces: pairsOf(parsed.replaces).flatMap(named) };
  },
  order: 'graph',
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  namespace: id => columnsOf(id).app || null,
  number: id => /^\d+/.exec(columnsOf(id).name)?.[0] ?? null,

  ownsTable: columns => ['app', 'name', 'applied'].every(column => columns.includes(column)),
  applied: (_project, rows) => TABLE.applied(rows, true),
  forget: (_project, id, rows) => TABLE.forget(rows, id),
  markApplied: (_project, id, rows, _known, now) => TABLE.mark(rows, id, now),
  relabel: (_project, from, to, rows) => TABLE.relabel(rows, from, to),
  mayAppear(_project, applied, onDisk) {
    const ids = new Set(applied.map(({ id }) => id));
    // Every `migrate` records a squash all of whose parts are applied (executor.check_replacements).
    const complete = onDisk.filter(({ replaces }) => replaces.length > 0 && replaces.every(each => ids.has(each)));
    return complete.map(({ id }) => id);
  },

  createHistoryTable: () => null,

  connection(project, tree) {
    const module = settingsModule(project);
    const address = module === '' ? null : addressOf(readSettings(tree, project.root, module), project.root);
    return address === null ? [] : [address];
  },
  program: () => ({
    candidates: ['.venv/bin/python', 'venv/bin/python', 'env/bin/python', 'python', 'python3'],
    install: 'pip install django',
  }),
  point: pointAt,
  carries(project) {
    const module = settingsModule(project).split('.');
    const folder = inFolder(project.root, module.slice(0, -1).join('/') || '.').replace(/(^|\/)\.$/, '') || '.';
    const local = ['local_settings.py', 'settings_local.py', 'local.py', '.env'];
    const places = [...new Set([project.root, folder, inFolder(folder, 'settings')])];
    return [...new Set(['.env', ...places.flatMap(place => local.map(name => inFolder(place, name)))])];
  },

  reverse(request) {
    const { id, text } = request.migration;
    const parsed = migrationClass(text);
    const reason = 'reason' in parsed ? parsed.reason : irreversible(parsed);
    if (reason !== null) return { how: 'impossible', reason: `${id}: ${reason}`, wayOut: `${BY_HAND} ${id}` };
    const overlay = layOut(request);
    if ('reason' in overlay) return { how: 'impossible', ...overlay };
    const target = overlay.targets.get(id) ?? 'zero';
    return {
      how: 'command',
      arguments: [`{scratch}/${LAUNCHER}`, 'migrate', columnsOf(id).app, target, '--noinput'],
      checkout: { kind: 'overlay', files: overlay.files },
      // The row goes after the migration's own transaction and outside it (executor.unapply_migration).
      atomic: false,
      ...(notAtomic(text) ? { whole: false } : {}),
    };
  },
  losses(project, { path, text }) {
    const id = identify(project, path);
    const parsed = migrationClass(text);
    if (id === null || 'reason' in parsed) return { tables: [], columns: [], unsure: 'it cannot be read' };
    const label = columnsOf(id).app;
    return lossesOf(parsed, label, model => setting(project, 'tables', `${label}.${model}`) ?? `${label}_${model}`);
  },
  imports: (project, { path, text }) => importedPaths(path, text, [...new Set([project.root, '.'])]),
  forward: () => ({ how: 'command', arguments: [`{scratch}/${LAUNCHER}`, 'migrate', '--noinput'] }),

  hazard(_project, orphans) {
    const [first] = orphans;
    if (first === undefined) return null;
    const which = orphans.length === 1 ? first : `${first} and ${orphans.length - 1} more`;
    return `Django does not see ${which}: "migrate" says there is nothing to do, and "migrate --prune" would remove the row and leave what it made in the database.`;
  },
} satisfies Framework;
