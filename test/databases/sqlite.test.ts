/** The conformance suite on SQLite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describeEngine } from './conformance.ts';

describeEngine({
  title: 'SQLite',
  needed: { here: true, it: null },
  async place() {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
    const file = join(folder, 'app.db');
    const using = <T>(act: (database: Database.Database) => T): T => {
      const database = new Database(file);
      try {
        return act(database);
      } finally {
        database.close();
      }
    };
    using(database => database.exec('CREATE TABLE x (y); DROP TABLE x'));
    return {
      url: `sqlite:${file}`,
      otherUrl: join(folder, '..', folder.split('/').at(-1) ?? '', 'app.db'),
      missingUrl: `sqlite:${join(folder, 'missing.db')}`,
      execute: async sql => void using(database => database.exec(sql)),
      texts: async sql =>
        using(database =>
          database
            .prepare<[], unknown[]>(sql)
            .raw(true)
            .safeIntegers(true)
            .all()
            .map(row => row.map(String).join('|')),
        ),
      drop: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
  server: /^SQLite 3\.\d+\.\d+$/,
  transactionalSchema: true,
  exact: `CREATE TABLE exact (a INTEGER, b REAL, c TEXT, d BLOB, e NUMERIC, f DATETIME, g BOOLEAN, h, i TEXT COLLATE NOCASE);
    INSERT INTO exact VALUES
      (9223372036854775807, 0.1, 'ä€😀' || char(0) || 'x', x'00ff27', 12345678901234567, '2024-01-10 09:31:00.123456+02:00', 1, 'text', 'One'),
      (-9007199254740993, 3.0, '', x'', 1.5, 1704879060, 0, 2.5, 'one'),
      (NULL, 1e300, '00123', NULL, '0012', NULL, NULL, x'01', 'ONE'),
      (1, -0.5, '12345678901234567890', x'61', 0, 'x', 1, 7, '1');`,
  exactShown: `SELECT typeof(a), a, typeof(b), printf('%!.20g', b), typeof(c), hex(c), typeof(d), hex(d), typeof(e), quote(e), typeof(f), quote(f),
      g, typeof(h), quote(h), typeof(i), i FROM exact`,
  nasty: `CREATE TABLE nasty (id INTEGER PRIMARY KEY AUTOINCREMENT, any_one, i INTEGER, r REAL, t TEXT COLLATE NOCASE, n NUMERIC DEFAULT 5, made AS (i + 1), b BLOB);`,
  nastyRows: `INSERT INTO nasty (id, any_one, i, r, t, n, b) VALUES
      (1, CAST(x'80ff00fe' AS TEXT), 'not a number', 9e999, CAST(x'c328' AS TEXT), -9e999, 'text in a blob'),
      (2, 1, 2.5, x'01', '', '', x''), (3, 1.0, x'', 'real?', x'61', x'00', 1), (4, '1', NULL, -0.0, char(9) || char(10) || char(13) || '\\N' || char(0) || 'x', 1e-320, 0.1),
      (99, 1, 1, 1, 1, 1, 1), (7, '\\N', 9223372036854775807, 123456789012345678, '\\', 9007199254740993, '\\.');
    DELETE FROM nasty WHERE id = 99;`,
  nastyShown: `SELECT id, made, typeof(any_one), hex(any_one), typeof(i), quote(i), typeof(r), printf('%!.20g', r), hex(r), typeof(t), hex(t), typeof(n), printf('%!.20g', n), hex(n),
      typeof(b), hex(b) FROM nasty ORDER BY id`,
  trigger:
    'CREATE TRIGGER stamp AFTER INSERT ON stamped BEGIN UPDATE stamped SET changed = 1 WHERE id = NEW.id; END; CREATE TRIGGER again AFTER UPDATE OF name ON stamped BEGIN UPDATE stamped SET changed = 2 WHERE id = NEW.id; END;',
  quoted: { name: 'mi"gra\'ti`ons ☃', sql: '"mi""gra\'ti`ons ☃"' },
  equal: {
    'a column of CREATE TABLE, and one added later': [
      'CREATE TABLE t (id INTEGER PRIMARY KEY, "colour" VARCHAR( 20 ) NOT NULL DEFAULT \'red\');',
      "CREATE TABLE [t] (id integer primary key); ALTER TABLE t ADD COLUMN colour varchar(20) DEFAULT ('red') NOT NULL /* bright */;",
    ],
    'column order, quotes, case, comments': [
      'CREATE TABLE t (a INT, b TEXT /* note */, CHECK (a > 0), UNIQUE (a, b));',
      'CREATE TABLE "t" (\n  "b" text,\n  "a" int check ( "a" > 0 ),\n  CONSTRAINT pair UNIQUE ("a", "b")\n);',
    ],
    'a renamed table and column': [
      'CREATE TABLE new (id INTEGER PRIMARY KEY, wing INT); CREATE INDEX i ON new (wing ASC) WHERE wing > 1; CREATE VIEW v AS SELECT wing FROM new;',
      'CREATE TABLE old (id INTEGER PRIMARY KEY, arm INT); CREATE INDEX i ON old (arm) WHERE arm > 1; CREATE VIEW v AS SELECT arm FROM old; ALTER TABLE old RENAME TO new; ALTER TABLE new RENAME COLUMN arm TO wing;',
    ],
    'foreign keys in the column or below': [
      'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id INT REFERENCES p (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);',
      'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id INT, FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);',
    ],
    'the customary rebuild': [
      'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT);',
      'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b TEXT); CREATE TABLE "new__t" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "a" text NULL); INSERT INTO new__t SELECT id, a FROM t; DROP TABLE t; ALTER TABLE new__t RENAME TO t;',
    ],
  },
  different: {
    'a table': ['SELECT 1', 'CREATE TABLE t (a)'],
    'a column': ['CREATE TABLE t (a)', 'ALTER TABLE t ADD COLUMN b'],
    'a type': ['CREATE TABLE t (a INT)', 'DROP TABLE t; CREATE TABLE t (a TEXT)'],
    'a default': ['CREATE TABLE t (a INT)', 'DROP TABLE t; CREATE TABLE t (a INT DEFAULT 1)'],
    'the case of a text default': [
      "CREATE TABLE t (a TEXT DEFAULT 'Red')",
      "DROP TABLE t; CREATE TABLE t (a TEXT DEFAULT 'red')",
    ],
    'not null': ['CREATE TABLE t (a INT)', 'DROP TABLE t; CREATE TABLE t (a INT NOT NULL)'],
    'a collation': ['CREATE TABLE t (a TEXT)', 'DROP TABLE t; CREATE TABLE t (a TEXT COLLATE NOCASE)'],
    'a check': ['CREATE TABLE t (a INT)', 'DROP TABLE t; CREATE TABLE t (a INT CHECK (a > 0))'],
    'another check': ['CREATE TABLE t (a INT CHECK (a > 0))', 'DROP TABLE t; CREATE TABLE t (a INT CHECK (a > 1))'],
    'a primary key': [
      'CREATE TABLE t (a INT, b INT)',
      'DROP TABLE t; CREATE TABLE t (a INT, b INT, PRIMARY KEY (b, a))',
    ],
    autoincrement: [
      'CREATE TABLE t (a INTEGER PRIMARY KEY)',
      'DROP TABLE t; CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)',
    ],
    'a unique constraint': ['CREATE TABLE t (a INT)', 'DROP TABLE t; CREATE TABLE t (a INT UNIQUE)'],
    'a foreign key': ['CREATE TABLE t (a INT)', 'DROP TABLE t; CREATE TABLE t (a INT REFERENCES x (y))'],
    'its action': [
      'CREATE TABLE t (a INT REFERENCES x (y))',
      'DROP TABLE t; CREATE TABLE t (a INT REFERENCES x (y) ON DELETE CASCADE)',
    ],
    'its time': [
      'CREATE TABLE t (a INT REFERENCES x (y))',
      'DROP TABLE t; CREATE TABLE t (a INT REFERENCES x (y) DEFERRABLE INITIALLY DEFERRED)',
    ],
    'a generated column': [
      'CREATE TABLE t (a INT, b AS (a + 1))',
      'DROP TABLE t; CREATE TABLE t (a INT, b AS (a + 2))',
    ],
    strict: ['CREATE TABLE t (a INT)', 'DROP TABLE t; CREATE TABLE t (a INT) STRICT'],
    'without rowid': [
      'CREATE TABLE t (a INT PRIMARY KEY NOT NULL)',
      'DROP TABLE t; CREATE TABLE t (a INT PRIMARY KEY NOT NULL) WITHOUT ROWID',
    ],
    'an index': ['CREATE TABLE t (a)', 'CREATE INDEX i ON t (a)'],
    'a unique index': ['CREATE TABLE t (a); CREATE INDEX i ON t (a)', 'DROP INDEX i; CREATE UNIQUE INDEX i ON t (a)'],
    'a partial index': [
      'CREATE TABLE t (a); CREATE INDEX i ON t (a)',
      'DROP INDEX i; CREATE INDEX i ON t (a) WHERE a > 0',
    ],
    'an index on an expression': [
      'CREATE TABLE t (a); CREATE INDEX i ON t (a)',
      'DROP INDEX i; CREATE INDEX i ON t (lower(a))',
    ],
    'a view': [
      'CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t',
      'DROP VIEW v; CREATE VIEW v AS SELECT a + 1 FROM t',
    ],
    'a trigger': [
      'CREATE TABLE t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END',
      'DROP TRIGGER g; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 2; END',
    ],
    'a virtual table': ['SELECT 1', 'CREATE VIRTUAL TABLE f USING fts5 (text)'],
  },
  rich: `CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, data BLOB);
    CREATE TABLE child (parent_id INT REFERENCES parent (id), n INT CHECK (n > 0)); CREATE INDEX child_n ON child (n) WHERE n > 5;
    CREATE VIEW v AS SELECT name FROM parent; CREATE TRIGGER g AFTER DELETE ON child BEGIN UPDATE parent SET data = NULL; END;
    INSERT INTO parent (name, data) VALUES ('a', x'00ff'), ('b', NULL); INSERT INTO child VALUES (1, 1), (2, 9);`,
  afterBackup: `DROP VIEW v; DELETE FROM child; DROP TABLE child; CREATE TABLE later (id INTEGER PRIMARY KEY); CREATE VIEW w AS SELECT * FROM parent;
    INSERT INTO later VALUES (1); UPDATE parent SET name = 'z' WHERE id = 1; DELETE FROM history WHERE id = 1;`,
  richShown: [
    'SELECT id, name, quote(data) FROM parent ORDER BY id',
    'SELECT * FROM child',
    'SELECT * FROM sqlite_sequence',
  ],
});
