/**
 * Points manage.py at one database, and South at one migration: a launcher and a settings module of ours in the scratch folder. They are
 * written for Python 2.6 and 3 alike. Everything secret is in the environment.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';
import { settingsModule } from '../django/pointing.ts';

/** The launcher, from the scratch folder. */
export const LAUNCHER = 'tidemark_south.py';
/** Package of packages with one migration each, in the project's folder. */
export const ALONE = 'tidemark_south_alone';
/** Package of the migrations that come before those. */
export const BEFORE = 'tidemark_south_before';

/** Environment and scratch files for one database. */
export function pointAt(project: Project, target: Target): Pointing {
  const { password, ...shown } = target;
  return {
    env: {
      TIDEMARK_TARGET: JSON.stringify(shown),
      TIDEMARK_PASSWORD: password ?? '',
      TIDEMARK_DJANGO_SETTINGS: settingsModule(project),
      TIDEMARK_WORKTREE: '{worktree}',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    files: [
      { path: LAUNCHER, text: launcher },
      { path: 'tidemark_south_settings.py', text: settings },
      // Apps that are not asked for have no migrations, and so none that could be missing.
      { path: 'tidemark_south_none/__init__.py', text: '' },
    ],
  };
}

const launcher = `"""Runs the project's own manage.py on the database Tidemark was asked for, and on no other."""
from __future__ import print_function
import os
import runpy
import sys

action, words = sys.argv[1], sys.argv[2:]
chosen = os.environ.get("DJANGO_SETTINGS_MODULE") or os.environ.get("TIDEMARK_DJANGO_SETTINGS")
if not chosen:
    sys.exit("Tidemark does not know the settings module: set DJANGO_SETTINGS_MODULE. Nothing was run.")
os.environ["TIDEMARK_DJANGO_SETTINGS"] = chosen
os.environ["DJANGO_SETTINGS_MODULE"] = "tidemark_south_settings"
os.environ["TIDEMARK_SOUTH_APP"] = words[0] if action == "reverse" else ""
os.environ["TIDEMARK_SOUTH_MODULE"] = "${ALONE}.%s__%s" % tuple(words[:2]) if action == "reverse" else ""
os.environ["TIDEMARK_SOUTH_GONE"] = words[2] if len(words) > 2 else ""
sys.path.insert(0, os.getcwd())

from django.core.management.base import BaseCommand


def refuse_another_database():
    from django.db import connections

    asked = __import__("tidemark_south_settings").TIDEMARK_ASKED
    got = connections["default"].settings_dict
    wrong = [key for key, value in asked.items() if str(got.get(key, "")) != str(value)]
    if wrong:
        sys.exit("The project puts another default database in place of the one Tidemark asked for (%s). Nothing was run." % ", ".join(wrong))


def alone():
    """The one migration has nothing before it and nothing that hangs on it; its models are frozen in the one before all the same."""
    from south.migration.base import Migration
    from south.orm import FakeORM

    def prev_orm(self):
        if getattr(self.migration_class(), "symmetrical", False):
            return self.orm()
        name = "${BEFORE}.%s__%s" % (self.app_label(), self.name())
        try:
            before = __import__(name, {}, {}, ["Migration"]).Migration
        except ImportError:
            before = None
        return FakeORM(before, self.app_label())

    Migration.calculate_dependencies = lambda self: None
    Migration.prev_orm = prev_orm


original_execute = BaseCommand.execute
state = {"ready": False}


def execute(self, *args, **options):
    refuse_another_database()
    if not state["ready"]:
        state["ready"] = True
        if action == "reverse":
            alone()
        elif action == "apply":
            begin()
    return original_execute(self, *args, **options)


def begin():
    """Makes the history table where there is none, as "syncdb" does."""
    from django.core.management import call_command
    from django.db import connection

    if "south_migrationhistory" not in connection.introspection.table_names():
        call_command("syncdb", interactive=False, migrate=False, migrate_all=False, load_initial_data=False, verbosity=1)


BaseCommand.execute = execute
target = [words[0], "zero"] if action == "reverse" else ["--merge"]
always = ["--noinput", "--no-initial-data", "--ignore-ghost-migrations", "--settings=tidemark_south_settings"]
sys.argv = [os.path.abspath("manage.py"), "migrate"] + target + always
runpy.run_path(sys.argv[0], run_name="__main__")
`;

const settings = `"""The project's settings with Tidemark's default database, and with one migration where one is to be reversed."""
import json
import os

_project = __import__(os.environ["TIDEMARK_DJANGO_SETTINGS"], {}, {}, ["*"])
globals().update(dict((_name, getattr(_project, _name)) for _name in dir(_project) if _name.isupper()))

_target = json.loads(os.environ["TIDEMARK_TARGET"])
_engine = _target["engine"]
_words = {"sqlite": ("sqlite", "spatialite"), "postgres": ("postg", "psqlextra"), "mysql": ("mysql", "mariadb")}[_engine]
_stock = {"sqlite": "sqlite3", "postgres": "postgresql_psycopg2", "mysql": "mysql"}[_engine]
# These options would lead elsewhere.
_places = ("service", "passfile", "host", "hostaddr", "port", "dbname", "database", "db", "user", "password", "passwd", "unix_socket", "read_default_file", "read_default_group")

_databases = dict(getattr(_project, "DATABASES", None) or {})
_default = dict(_databases.get("default") or {})
if not any(_word in str(_default.get("ENGINE", "")).lower() for _word in _words):
    _default = {"ENGINE": "django.db.backends." + _stock}
    SOUTH_DATABASE_ADAPTERS = {}
_options = dict((_key, _value) for _key, _value in dict(_default.get("OPTIONS") or {}).items() if _key not in _places)
_parameters = dict(_target["parameters"])
if _engine == "postgres":
    _path = _parameters.pop("search_path", None)
    if _path:
        _options["options"] = ("%s -c search_path=%s" % (_options.get("options", ""), _path.replace(" ", ""))).strip()
    _options.update(dict((_key, _value) for _key, _value in _parameters.items() if _key.startswith("ssl") or _key in ("options", "connect_timeout")))
elif _engine == "mysql" and "charset" in _parameters:
    _options["charset"] = _parameters["charset"]

_served = _engine != "sqlite"
TIDEMARK_ASKED = {
    "ENGINE": _default["ENGINE"],
    "NAME": _target["database"],
    "USER": (_target["user"] or "") if _served else "",
    "PASSWORD": os.environ["TIDEMARK_PASSWORD"] if _served else "",
    "HOST": (_target["socket"] or _target["host"] or "") if _served else "",
    "PORT": str(_target["port"] or "") if _served and not _target["socket"] else "",
}
DATABASES = dict(_databases, default=dict(_default, OPTIONS=_options, **TIDEMARK_ASKED))


class _OnlyOne(dict):
    """Folders of migrations by app: one has the migration to reverse, all others have none."""

    def __contains__(self, app):
        return True

    def __getitem__(self, app):
        return os.environ["TIDEMARK_SOUTH_MODULE"] if app == os.environ["TIDEMARK_SOUTH_APP"] else "tidemark_south_none"


if os.environ["TIDEMARK_SOUTH_MODULE"]:
    SOUTH_MIGRATION_MODULES = _OnlyOne()
if os.environ["TIDEMARK_SOUTH_GONE"] and os.environ["TIDEMARK_SOUTH_GONE"] not in getattr(_project, "INSTALLED_APPS", ()):
    INSTALLED_APPS = list(getattr(_project, "INSTALLED_APPS", ())) + [os.environ["TIDEMARK_SOUTH_GONE"]]
`;
