/**
 * Points manage.py at one database: a launcher and a settings module of ours in the scratch folder. They take the project's settings
 * over and put the address asked for in place of the default database; everything secret is in the environment.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';
import { inFolder } from '../repository-paths.ts';
import { APPS_FILE } from './overlay.ts';

/** The launcher, from the scratch folder. */
export const LAUNCHER = 'tidemark_manage.py';

/** Settings module of a project; empty when manage.py names none. */
export const settingsModule = (project: Project): string => {
  const { settings } = project.settings;
  return typeof settings === 'string' ? settings : '';
};

/** Environment and scratch files for one database. */
export function pointAt(project: Project, target: Target): Pointing {
  const { password, ...shown } = target;
  return {
    env: {
      TIDEMARK_TARGET: JSON.stringify(shown),
      TIDEMARK_PASSWORD: password ?? '',
      TIDEMARK_DJANGO_SETTINGS: settingsModule(project),
      TIDEMARK_DJANGO_APPS: `{worktree}/${inFolder(project.root, APPS_FILE)}`,
      TIDEMARK_WORKTREE: '{worktree}',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    files: [
      { path: LAUNCHER, text: launcher },
      { path: 'tidemark_settings.py', text: settings },
      { path: 'tidemark_apps.py', text: apps },
    ],
  };
}

const launcher = `"""Runs the project's own manage.py on the database Tidemark was asked for, and on no other."""
import os
import runpy
import sys

# A settings module chosen by the user's environment goes before the one manage.py names, as in Django itself.
chosen = os.environ.get("DJANGO_SETTINGS_MODULE") or os.environ.get("TIDEMARK_DJANGO_SETTINGS")
if not chosen:
    sys.exit("Tidemark does not know the settings module: set DJANGO_SETTINGS_MODULE. Nothing was run.")
os.environ["TIDEMARK_DJANGO_SETTINGS"] = chosen
os.environ["DJANGO_SETTINGS_MODULE"] = "tidemark_settings"
sys.path.insert(0, os.getcwd())

from django.core.management.base import BaseCommand
from django.db.migrations.loader import MigrationLoader


def refuse_another_database():
    from django.db import connections

    asked = getattr(__import__("tidemark_settings"), "TIDEMARK_ASKED")
    got = connections["default"].settings_dict
    wrong = [key for key, value in asked.items() if str(got.get(key, "")) != str(value)]
    if wrong:
        sys.exit("The project puts another default database in place of the one Tidemark asked for (%s). Nothing was run." % ", ".join(wrong))


original_execute = BaseCommand.execute


def execute(self, *args, **options):
    refuse_another_database()
    return original_execute(self, *args, **options)


BaseCommand.execute = execute
original_by_prefix = MigrationLoader.get_migration_by_prefix


def by_name_or_prefix(self, app_label, name):
    # Django takes every name for a prefix, also a full one: 0003_a is ambiguous beside 0003_a_b.
    return self.disk_migrations.get((app_label, name)) or original_by_prefix(self, app_label, name)


MigrationLoader.get_migration_by_prefix = by_name_or_prefix
sys.argv = [os.path.abspath("manage.py"), *sys.argv[1:], "--settings=tidemark_settings"]
runpy.run_path(sys.argv[0], run_name="__main__")
`;

const settings = `"""The project's settings with Tidemark's default database."""
import importlib
import json
import os

_project = importlib.import_module(os.environ["TIDEMARK_DJANGO_SETTINGS"])
globals().update({_name: getattr(_project, _name) for _name in dir(_project) if _name.isupper()})

_target = json.loads(os.environ["TIDEMARK_TARGET"])
_engine = _target["engine"]
_words = {"sqlite": ("sqlite", "spatialite"), "postgres": ("postg", "psqlextra"), "mysql": ("mysql", "mariadb")}[_engine]
_stock = {"sqlite": "sqlite3", "postgres": "postgresql", "mysql": "mysql"}[_engine]
# These options would lead elsewhere.
_places = {"service", "passfile", "host", "hostaddr", "port", "dbname", "database", "db", "user", "password", "passwd", "unix_socket", "read_default_file", "read_default_group"}

_databases = dict(getattr(_project, "DATABASES", None) or {})
_default = dict(_databases.get("default") or {})
_same = any(_word in str(_default.get("ENGINE", "")).lower() for _word in _words)
if not _same:
    _default = {"ENGINE": "django.db.backends." + _stock}
_options = {_key: _value for _key, _value in dict(_default.get("OPTIONS") or {}).items() if _key not in _places}
_parameters = dict(_target["parameters"])
if _engine == "postgres":
    _path = _parameters.pop("search_path", None)
    if _path:
        _options["options"] = ("%s -c search_path=%s" % (_options.get("options", ""), _path.replace(" ", ""))).strip()
    _options.update({_key: _value for _key, _value in _parameters.items() if _key.startswith("ssl") or _key in ("options", "connect_timeout", "gssencmode")})
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
DATABASES = {**_databases, "default": {**_default, **TIDEMARK_ASKED, "OPTIONS": _options}}


def _installed(apps):
    import tidemark_apps

    names = [app if isinstance(app, str) else getattr(app, "name", "") for app in apps]
    there = lambda name: any(app == name or (app.startswith(name + ".") and app.rpartition(".")[2][:1].isupper()) for app in names)
    return [*apps, *("tidemark_apps." + cls.__name__ for cls in tidemark_apps.GONE if not there(cls.name))]


if os.path.exists(os.environ["TIDEMARK_DJANGO_APPS"]):
    INSTALLED_APPS = _installed(list(getattr(_project, "INSTALLED_APPS", ())))
`;

const apps = `"""Apps that are gone from HEAD and whose migrations are to be reversed."""
import json
import os
import sys

from django.apps import AppConfig


def dotted(folder):
    above = [os.path.realpath(path or ".") for path in sys.path]
    inside = [path for path in above if folder.startswith(path + os.sep)]
    return os.path.relpath(folder, max(inside, key=len)).replace(os.sep, ".")


def config(entry):
    folder = os.path.realpath(os.path.join(os.environ["TIDEMARK_WORKTREE"], os.path.dirname(entry["folder"])))
    return type("Gone_" + entry["label"], (AppConfig,), {"name": dotted(folder), "label": entry["label"], "path": folder, "default_auto_field": "django.db.models.AutoField", "__module__": __name__})


with open(os.environ["TIDEMARK_DJANGO_APPS"]) as file:
    GONE = [config(entry) for entry in json.load(file)]
globals().update({cls.__name__: cls for cls in GONE})
`;
