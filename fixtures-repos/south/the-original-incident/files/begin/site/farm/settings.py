import os
from urllib.parse import unquote, urlsplit

try:
    import pymysql

    pymysql.install_as_MySQLdb()
except ImportError:
    pass

BASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECRET_KEY = "only for tests"
INSTALLED_APPS = ("django.contrib.contenttypes", "django.contrib.auth", "south", "stable")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(BASE_DIR, "farm.db")}}

if "DATABASE_URL" in os.environ:
    _url = urlsplit(os.environ["DATABASE_URL"])
    DATABASES["default"] = {
        "ENGINE": "django.db.backends." + {"postgres": "postgresql_psycopg2", "mysql": "mysql"}[_url.scheme],
        "NAME": _url.path.lstrip("/"),
        "USER": _url.username,
        "PASSWORD": unquote(_url.password),
        "HOST": _url.hostname,
        "PORT": str(_url.port),
    }
