/** Flask-Migrate: Alembic's revisions and heads, with the Flask application in place of its configuration; reversal by `flask db downgrade`. */
import { alembic } from '../alembic/index.ts';
import { applyAll, reverseRevision } from '../alembic/reverse.ts';
import type { Framework } from '../contract.ts';
import { inFolder } from '../repository-paths.ts';
import { readApplication } from './application.ts';
import { detectProjects } from './detect.ts';
import { commandOf, pointAt } from './pointing.ts';

export const flaskMigrate = {
  name: 'flask-migrate',
  title: 'Flask-Migrate',
  docs: [
    'https://flask-migrate.readthedocs.io/en/latest/',
    'https://flask-sqlalchemy.readthedocs.io/en/stable/config/',
    'https://alembic.sqlalchemy.org/en/latest/branches.html',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: "`flask db downgrade` in an overlay that has every head's revisions",
    checksum: null,
    hazard: "every command fails with `Can't locate revision`",
  },

  markers: [':(glob)**/alembic.ini', ':(glob)**/versions/*.py'],
  detect: detectProjects,

  pathspecs: alembic.pathspecs,
  idFrom: alembic.idFrom,
  identify: alembic.identify,
  read: alembic.read,
  order: alembic.order,
  compare: alembic.compare,
  namespace: alembic.namespace,
  number: alembic.number,

  ownsTable: alembic.ownsTable,
  applied: alembic.applied,
  forget: alembic.forget,
  markApplied: alembic.markApplied,
  relabel: alembic.relabel,
  mayAppear: alembic.mayAppear,

  createHistoryTable: () => null,

  connection: ({ root }, tree) => readApplication(tree, root).addresses,
  program: () => ({
    candidates: ['.venv/bin/python', 'venv/bin/python', 'env/bin/python', 'python', 'python3'],
    install: 'pip install Flask-Migrate',
  }),
  point: pointAt,
  carries: ({ root }) => [
    ...new Set(['.env', ...['.env', '.flaskenv', 'instance/config.py'].map(name => inFolder(root, name))]),
  ],

  reverse: request => reverseRevision(request, commandOf),
  losses: alembic.losses,
  imports: alembic.imports,
  forward: (project, _file, _engine, left = []) => applyAll(project, left, commandOf),

  hazard(_project, orphans) {
    const [first] = orphans;
    if (first === undefined) return null;
    return `Flask-Migrate stops at every command ("Can't locate revision identified by '${first}'"): nothing can be applied, reversed or stamped until its file is back or its row is gone.`;
  },
} satisfies Framework;
