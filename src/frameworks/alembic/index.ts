/** Alembic: revisions in a graph, of which `alembic_version` holds only the newest; reversal by `downgrade` with every file in place. */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { Framework } from '../contract.ts';
import { importedPaths } from '../python-imports.ts';
import { baseOf, folderOf, inFolder } from '../repository-paths.ts';
import { addressesOf, detectProjects } from './detect.ts';
import { appliedFromHeads, forgetHead, markHead, relabelHead } from './heads.ts';
import { lossesIn, revisionIn } from './parse-revision.ts';
import { commandOf, pointAt, versionFolders } from './pointing.ts';
import { applyAll, reverseRevision } from './reverse.ts';

const isRecursive = (project: Project): boolean => project.settings['recursive'] === 'true';

/** Files Alembic takes for revisions: every `.py` but `__init__*` and editors' `.#*` (alembic/script/base.py). */
function isRevisionFile(project: Project, path: string): boolean {
  if (!/^(?!\.#|__init__).*\.py$/.test(baseOf(path))) return false;
  const folders = versionFolders(project);
  return (
    folders.includes(folderOf(path)) || (isRecursive(project) && folders.some(each => path.startsWith(`${each}/`)))
  );
}

const literal = (folder: string): string => folder.replace(/[\\*?[\]]/g, '\\$&');

/** `depends_on` may name a branch label, which stands for the revision that carries it. */
function labelled(project: Project, name: string): MigrationId {
  const labels = project.settings['labels'] as Readonly<Record<string, string>> | undefined;
  return migrationId((labels !== undefined && Object.hasOwn(labels, name) ? labels[name] : undefined) ?? name);
}

export const alembic = {
  name: 'alembic',
  title: 'Alembic',
  docs: [
    'https://alembic.sqlalchemy.org/en/latest/tutorial.html',
    'https://alembic.sqlalchemy.org/en/latest/branches.html',
    'https://alembic.sqlalchemy.org/en/latest/api/runtime.html',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: "`downgrade` in an overlay that has every head's revisions",
    checksum: null,
    hazard: "every command fails with `Can't locate revision`",
  },

  markers: [':(glob)**/alembic.ini', ':(glob)**/pyproject.toml', ':(glob)**/versions/*.py'],
  detect: detectProjects,

  pathspecs: project => [
    ...versionFolders(project).map(
      folder => `:(glob)${inFolder(literal(folder), isRecursive(project) ? '**/*.py' : '*.py')}`,
    ),
    ':(glob,exclude)**/__init__*',
  ],
  idFrom: 'text',
  identify(project, path, text) {
    const revision = text !== null && isRevisionFile(project, path) ? revisionIn(path, text) : null;
    return revision === null || 'reason' in revision ? null : migrationId(revision.id);
  },
  read(project, { path, text }) {
    const revision = revisionIn(path, text);
    if ('reason' in revision) return { path, reason: revision.reason };
    const requires = [...revision.down.map(migrationId), ...revision.dependsOn.map(name => labelled(project, name))];
    return { id: migrationId(revision.id), requires: [...new Set(requires)], replaces: [] };
  },
  order: 'graph',
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  namespace: () => null,
  number: () => null,

  ownsTable: columns => columns.includes('version_num'),
  applied: (_project, rows, known) => appliedFromHeads(rows, known),
  forget: (_project, id, rows, known) => forgetHead(rows, id, known),
  markApplied: (_project, id, rows, known) => markHead(rows, id, known),
  relabel: (_project, from, to, rows, known) => relabelHead(rows, from, to, known),
  mayAppear: () => [],

  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({
    candidates: ['.venv/bin/python', 'venv/bin/python', 'env/bin/python', 'python', 'python3'],
    install: 'pip install alembic',
  }),
  point: pointAt,
  carries: project => [...new Set(['.env', inFolder(project.root, '.env')])],

  reverse: request => reverseRevision(request, commandOf),
  losses: (_project, { text }) => lossesIn(text),
  imports: (project, { path, text }) =>
    importedPaths(path, text, [...new Set([project.root, '.', inFolder(project.root, 'src')])]),
  forward: (project, _file, _engine, left = []) => applyAll(project, left, commandOf),

  hazard(_project, orphans) {
    const [first] = orphans;
    if (first === undefined) return null;
    return `Alembic stops at every command ("Can't locate revision identified by '${first}'"): nothing can be applied, reversed or stamped until its file is back or its row is gone.`;
  },
} satisfies Framework;
