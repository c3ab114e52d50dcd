/**
 * The Python module, in the scratch folder, that puts engines of the database Tidemark was asked for in place of every engine a
 * project could make, and refuses any other. Launchers of Alembic and of what is built on it use it. Everything secret is in the environment.
 */

/** The module's file. */
export const ENGINES = {
  path: 'tidemark_engines.py',
  text: `"""Engines for the database Tidemark was asked for, in place of those a project would make."""
import importlib
import importlib.util
import json
import os
import sys

import sqlalchemy
import sqlalchemy.engine
import sqlalchemy.engine.create
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy.engine.url import URL, make_url

target = json.loads(os.environ["TIDEMARK_TARGET"])
engine_name = target["engine"]
# SQLAlchemy's drivers and the module each needs, in the order they are tried.
DRIVERS = {
    ("sqlite", False): [("sqlite+pysqlite", "sqlite3")],
    ("sqlite", True): [("sqlite+aiosqlite", "aiosqlite")],
    ("postgres", False): [("postgresql+psycopg2", "psycopg2"), ("postgresql+psycopg", "psycopg"), ("postgresql+pg8000", "pg8000")],
    ("postgres", True): [("postgresql+asyncpg", "asyncpg"), ("postgresql+psycopg", "psycopg")],
    ("mysql", False): [("mysql+mysqldb", "MySQLdb"), ("mysql+pymysql", "pymysql"), ("mysql+mysqlconnector", "mysql.connector")],
    ("mysql", True): [("mysql+asyncmy", "asyncmy"), ("mysql+aiomysql", "aiomysql")],
}
FAMILY = {"sqlite": ("sqlite",), "postgres": ("postgresql", "postgres"), "mysql": ("mysql", "mariadb")}[engine_name]
LIBPQ = ("postgresql+psycopg2", "postgresql+psycopg")
# Of the arguments of the project's own engine only these are kept: none of them says where to connect.
KEPT = {"echo", "future", "poolclass", "execution_options", "json_serializer", "json_deserializer", "_is_async", "_coerce_config"}
made = []
# Set by launchers that point the project's own settings instead: engines are then made as it asks.
state = {"replacing": True}


def there(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def project_driver(url):
    """Driver the project names for this engine, and whether it is an asynchronous one."""
    try:
        url = make_url(url)
        dialect = url.get_dialect()
    except Exception:
        return None, False
    same = url.get_backend_name() in FAMILY
    return ("%s+%s" % (url.get_backend_name(), dialect.driver) if same else None), bool(getattr(dialect, "is_async", False))


def our_url(asked, asynchronous):
    named, named_asynchronous = project_driver(asked) if asked else (None, False)
    asynchronous = asynchronous or named_asynchronous
    choices = DRIVERS[(engine_name, asynchronous)]
    installed = [driver for driver, module in choices if there(module)]
    modules = dict(choices)
    # The project's driver goes first where it is of the right kind and there.
    driver = named if named and named_asynchronous == asynchronous and (named not in modules or named in installed) else None
    driver = driver or (installed[0] if installed else None)
    if driver is None:
        sys.exit("No Python driver for this database is installed: one of %s is needed. Nothing was run." % ", ".join(modules.values()))
    if engine_name == "sqlite":
        return URL.create(driver, database=target["database"])
    query = query_for(driver)
    host, port = target["host"], target["port"]
    if target["socket"]:
        query["unix_socket" if engine_name == "mysql" else "host"] = target["socket"]
        host, port = None, (port if engine_name == "postgres" else None)
    return URL.create(driver, target["user"], os.environ["TIDEMARK_PASSWORD"] or None, host, port, target["database"], query)


def query_for(driver):
    parameters = dict(target["parameters"])
    path = parameters.pop("search_path", None)
    if driver in LIBPQ:
        if path:
            parameters["options"] = ("%s -csearch_path=%s" % (parameters.get("options", ""), path.replace(" ", ""))).strip()
        return parameters
    if driver.endswith("+asyncpg"):
        return {"ssl": parameters["sslmode"]} if "sslmode" in parameters else {}
    return {key: value for key, value in parameters.items() if key == "charset"}


original_create = sqlalchemy.engine.create.create_engine
original_from_config = sqlalchemy.engine.create.engine_from_config


def create_engine(url=None, **options):
    if not state["replacing"]:
        return original_create(url, **options)
    kept = {key: value for key, value in options.items() if key in KEPT}
    engine = original_create(our_url(url, bool(options.get("_is_async"))), **kept)
    made.append(engine)
    return engine


def engine_from_config(configuration, prefix="sqlalchemy.", **options):
    if not state["replacing"]:
        return original_from_config(configuration, prefix, **options)
    # The URL may be missing: env.py takes it from elsewhere, or the file is not in the repository.
    return original_from_config({prefix + "url": "", **dict(configuration or {})}, prefix, **options)


def replace_engines():
    replaced = {id(original_create): create_engine, id(original_from_config): engine_from_config}
    for name in ("sqlalchemy.ext.asyncio", "sqlalchemy.ext.asyncio.engine"):
        try:
            asynchronous = importlib.import_module(name)
        except ImportError:
            continue
        original_async = getattr(asynchronous, "async_engine_from_config", None)
        if original_async is not None and id(original_async) not in replaced:

            def async_engine_from_config(configuration, prefix="sqlalchemy.", _original=original_async, **options):
                return _original({prefix + "url": "", **dict(configuration or {})}, prefix, **options)

            replaced[id(original_async)] = async_engine_from_config
    # Every name under which SQLAlchemy offers these functions: env.py imports them only later.
    for module in [each for name, each in list(sys.modules.items()) if name.partition(".")[0] == "sqlalchemy"]:
        for name, value in list(vars(module).items()):
            if id(value) in replaced:
                setattr(module, name, replaced[id(value)])


def is_made(engine):
    return any(engine is each or getattr(engine, "pool", None) is each.pool for each in made)


def guard(is_ours):
    """Lets Alembic run on one connection, of an engine that is_ours says is of the database asked for."""
    original_configure = EnvironmentContext.configure
    configured = []

    def configure(self, connection=None, *arguments, **options):
        engine = getattr(connection, "engine", None)
        if engine is None or not is_ours(engine):
            sys.exit("env.py uses a connection that Tidemark did not make, or none at all. Nothing was run.")
        if configured:
            sys.exit("env.py runs the migrations on several databases, and Tidemark was asked for one.")
        configured.append(connection)
        return original_configure(self, connection, *arguments, **options)

    EnvironmentContext.configure = configure
`,
} as const;
