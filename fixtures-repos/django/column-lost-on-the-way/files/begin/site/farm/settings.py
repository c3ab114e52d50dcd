import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

try:
    import pymysql

    pymysql.install_as_MySQLdb()
except ImportError:
    pass

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only for tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "stable.apps.StableConfig"]
MIGRATION_MODULES = {"unicorn_stable": "stable.changes"}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "farm.db"}}

if "DATABASE_URL" in os.environ:
    _url = urlsplit(os.environ["DATABASE_URL"])
    DATABASES["default"] = {
        "ENGINE": "django.db.backends." + {"postgres": "postgresql", "mysql": "mysql"}[_url.scheme],
        "NAME": _url.path.lstrip("/"),
        "USER": _url.username,
        "PASSWORD": unquote(_url.password),
        "HOST": _url.hostname,
        "PORT": str(_url.port),
    }
