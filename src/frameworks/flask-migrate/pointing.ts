/**
 * Points `flask db` at one database: a launcher in the scratch folder that puts our address into the settings of the application
 * before Flask-SQLAlchemy reads them, and lets Alembic run on no other connection. Other extensions get engines of ours instead.
 */
import type { Project } from '../../domain/migration.ts';
import { ENGINES } from '../alembic/engines.ts';
import { pointedEnv } from '../alembic/pointing.ts';
import type { Pointing, Target } from '../contract.ts';

/** The launcher, from the scratch folder. */
const LAUNCHER = 'tidemark_flask.py';

/** Arguments of a command of `flask db`. */
export const commandOf = ({ settings }: Project, command: string, ...words: readonly string[]): readonly string[] => [
  `{scratch}/${LAUNCHER}`,
  command,
  '--directory',
  `{worktree}/${String(settings['script'])}`,
  ...words,
];

/** Environment and scratch files for one database. The option `app` says what FLASK_APP would. */
export function pointAt({ settings: { app } }: Project, target: Target): Pointing {
  return {
    env: { ...pointedEnv(target), ...(typeof app === 'string' ? { FLASK_APP: app } : {}) },
    files: [ENGINES, { path: LAUNCHER, text: launcher }],
  };
}

const launcher = `"""Runs "flask db" on the database Tidemark was asked for, and on no other, whatever the application's settings say."""
import os
import sys

import tidemark_engines as engines
from flask import cli

URI, OPTIONS, BINDS = "SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_ENGINE_OPTIONS", "SQLALCHEMY_BINDS"


def pointed(app):
    """The application's settings with the address asked for in place of the default database. Its other databases stay."""
    url = engines.our_url(app.config.get(URI) or None, False)
    app.config[URI] = url.render_as_string(hide_password=False) if hasattr(url, "render_as_string") else str(url)
    app.config[OPTIONS] = kept(app.config.get(OPTIONS))
    app.config[BINDS] = {name: value for name, value in (app.config.get(BINDS) or {}).items() if name is not None}


def kept(options):
    return {name: value for name, value in (options or {}).items() if name in engines.KEPT}


def point_flask_sqlalchemy():
    try:
        from flask_sqlalchemy import SQLAlchemy
    except ImportError:
        return
    original = SQLAlchemy.init_app

    def init_app(self, app, *arguments, **options):
        engines.state["replacing"] = False
        pointed(app)
        if getattr(self, "_engine_options", None):
            self._engine_options = kept(self._engine_options)
        return original(self, app, *arguments, **options)

    SQLAlchemy.init_app = init_app


def is_ours(engine):
    if engines.state["replacing"]:
        return engines.is_made(engine)
    url = engine.url
    wanted = engines.our_url(url, False)
    same = [name for name in ("database", "host", "port", "username", "password") if getattr(url, name) != getattr(wanted, name)] == []
    sockets = [dict(each.query).get("unix_socket") or dict(each.query).get("host") for each in (url, wanted)]
    return same and sockets[0] == sockets[1] and url.get_backend_name() in engines.FAMILY


engines.replace_engines()
engines.guard(is_ours)
point_flask_sqlalchemy()
sys.path.insert(0, os.getcwd())
cli.load_dotenv()
info = cli.ScriptInfo(app_import_path=os.environ.get("FLASK_APP") or None)
try:
    app = info.load_app()
except cli.NoAppException as problem:
    sys.exit("Flask does not find the application: %s Set FLASK_APP, or the option \\"app\\" in tidemark.config.json. Nothing was run." % problem)
migrate = app.extensions.get("migrate") if hasattr(app, "extensions") else None
if migrate is None:
    sys.exit("The application has no Flask-Migrate. Nothing was run.")
if not engines.state["replacing"]:
    # Flask-SQLAlchemy 2 reads the settings only now, and they may have been set again since.
    pointed(app)
# The group of commands may have another name than "db".
name = getattr(getattr(migrate, "migrate", None), "command", "db")
cli.cli.main(args=[name, *sys.argv[1:]], prog_name="flask", obj=info)
`;
