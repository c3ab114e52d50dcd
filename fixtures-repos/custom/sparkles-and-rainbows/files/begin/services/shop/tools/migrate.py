"""The shop's own migration runner: migrate.py up | down NAME | status. It keeps its table itself."""
import hashlib
import os
import re
import sys
from datetime import datetime, timezone
from urllib.parse import unquote, urlsplit

url = os.environ.get("DATABASE_URL", "sqlite:shop.db")


def connect():
    if url.startswith("sqlite:"):
        import sqlite3

        return sqlite3.connect(url[len("sqlite:"):], isolation_level=None), "?"
    parts = urlsplit(url)
    where = {
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }
    if url.startswith("postgres"):
        import psycopg2

        return psycopg2.connect(dbname=parts.path[1:], **where), "%s"
    import pymysql

    return pymysql.connect(database=parts.path[1:], **where), "%s"


connection, mark = connect()
cursor = connection.cursor()
cursor.execute("CREATE TABLE IF NOT EXISTS shop_done (name VARCHAR(100) PRIMARY KEY, done_at VARCHAR(40), checksum VARCHAR(64))")


def text_of(name, direction):
    with open(os.path.join("changes", f"{name}.{direction}.sql"), "rb") as file:
        return file.read()


def run(script):
    for statement in script.decode().split(";\n"):
        if statement.strip():
            cursor.execute(statement)


on_disk = sorted(re.sub(r"\.do\.sql$", "", name) for name in os.listdir("changes") if name.endswith(".do.sql"))
cursor.execute("SELECT name FROM shop_done")
done = {row[0] for row in cursor.fetchall()}
word = sys.argv[1]
if word == "up":
    for name in on_disk:
        if name not in done:
            run(text_of(name, "do"))
            checksum = hashlib.sha1(text_of(name, "do")).hexdigest()
            values = (name, datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S"), checksum)
            cursor.execute(f"INSERT INTO shop_done VALUES ({mark}, {mark}, {mark})", values)
            print("done", name)
elif word == "down":
    run(text_of(sys.argv[2], "undo"))
    cursor.execute(f"DELETE FROM shop_done WHERE name = {mark}", (sys.argv[2],))
    print("undone", sys.argv[2])
else:
    print("pending", [name for name in on_disk if name not in done])
    print("unknown", sorted(done - set(on_disk)))
if not url.startswith("sqlite:"):
    connection.commit()
connection.close()
