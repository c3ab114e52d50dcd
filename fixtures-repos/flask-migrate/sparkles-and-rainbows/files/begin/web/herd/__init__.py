import os

from flask import Flask

from herd.extensions import db, migrate

DRIVERS = {"postgres:": "postgresql+psycopg2:", "mysql:": "mysql+pymysql:"}


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL") or "sqlite:///herd.db"
    for scheme, driver in DRIVERS.items():
        if app.config["SQLALCHEMY_DATABASE_URI"].startswith(scheme):
            app.config["SQLALCHEMY_DATABASE_URI"] = driver + app.config["SQLALCHEMY_DATABASE_URI"][len(scheme) :]
    db.init_app(app)
    migrate.init_app(app, db, directory="history", command="herd-schema", version_table="herd_revisions")
    return app
