/** The conformance suite on MariaDB. */
import mysql from 'mysql2/promise';
import { mariadbHere } from '../kit/servers.ts';
import { describeEngine } from './conformance.ts';

describeEngine({
  title: 'MariaDB',
  needed: mariadbHere(),
  async place(server) {
    const fresh = await server.freshDatabase('conformance');
    const client = await mysql.createConnection({
      uri: fresh.url,
      multipleStatements: true,
      rowsAsArray: true,
      charset: 'utf8mb4',
      dateStrings: true,
    });
    return {
      url: fresh.url,
      otherUrl: `${fresh.user}:${fresh.password}@tcp(localhost:${fresh.port})/${fresh.name}?parseTime=true`,
      missingUrl: `${fresh.url}_gone`,
      execute: async sql => void (await client.query(sql)),
      async texts(sql) {
        const [rows] = await client.query<mysql.RowDataPacket[][]>(sql);
        return rows.map(row => row.map(String).join('|'));
      },
      async drop() {
        await client.end();
        await fresh.drop();
      },
    };
  },
  server: /^MariaDB \d+\.\d+\.\d+$/,
  transactionalSchema: false,
  exact: `SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
    CREATE TABLE exact (a BIGINT UNSIGNED, b BIGINT, c TIMESTAMP(6) NULL, d DATETIME(6), e DECIMAL(30,12), f DOUBLE, g FLOAT, h BLOB, i BOOLEAN, j JSON,
      k CHAR(5), l VARCHAR(50), m VARCHAR(50) CHARACTER SET latin1, n BINARY(4), o BIT(12), p ENUM('sad', 'it''s ok'), q SET('a', 'b'), r DATE, s TIME(3),
      t YEAR, u INT(5) ZEROFILL, v VARBINARY(10), w UUID, x TEXT, y INET6, z INT AUTO_INCREMENT, KEY (z));
    SET SESSION time_zone = '+05:00';
    INSERT INTO exact VALUES
      (18446744073709551615, -9223372036854775808, '2024-01-10 09:31:00.123456', '2024-01-10 09:31:00.000001', 123456789.123456789012, 0.1, 16777216, x'00ff27', true,
       '{"a" :  1}', 'ab', 'ä€😀\\n''"\\\\', 'é', x'01020304', b'101010101010', 'it''s ok', 'a,b', '2024-02-29', '-12:34:56.789', 2024, 42, x'00', UUID(), 'Text', '::1', 0),
      (0, 9007199254740993, NULL, '0000-00-00 00:00:00', 0.1, 1e-7, 1.1, '', false, NULL, '', 'text ', NULL, NULL, b'0', 'sad', '', '0000-00-00', '838:59:59', 0, NULL, NULL, NULL, 'text', NULL, 1),
      (1, 1, '2038-01-19 03:14:07', NULL, NULL, -1.5e300, -0.5, NULL, NULL, '[]', 'x', 'TEXT', '20240110093000', x'00', NULL, NULL, NULL, NULL, '00:00:00', NULL, 99999, NULL, NULL, 'TEXT', NULL, 2);
    SET SESSION time_zone = SYSTEM, SESSION sql_mode = DEFAULT;`,
  exactShown: `SELECT a, b, UNIX_TIMESTAMP(c), d, e, f, CAST(g AS DOUBLE), HEX(h), i, j, HEX(k), HEX(l), HEX(m), HEX(n), HEX(o), p, q, r, s, t, u, HEX(v), w, x, y, z FROM exact`,
  nasty: `CREATE TABLE nasty (id INT PRIMARY KEY AUTO_INCREMENT, g GEOMETRY, u VARCHAR(20) CHARACTER SET utf16, c VARCHAR(20) CHARACTER SET cp932, e ENUM('a', 'b'), l LONGBLOB, f FLOAT, d DOUBLE, made INT AS (y + 1) STORED,
      b BIT(64), t MEDIUMTEXT CHARACTER SET latin1, n DECIMAL(65, 30) DEFAULT 5, y YEAR, s TIMESTAMP(6) NULL, bb BINARY(3), ci VARCHAR(20) COLLATE utf8mb4_general_ci, da DATETIME);`,
  nastyRows: `SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';
    INSERT INTO nasty (id, g, u, c, e, l, f, d, b, t, n, y, s, bb, ci, da) VALUES
      (1, ST_GeomFromText('POINT(1.1 2.2)', 4326), '😀 \n', _cp932 x'8160817c', 'x', x'0009000d0a5c4e', 0.1, 1.7976931348623157e308, b'1111111111111111111111111111111111111111111111111111111111111111', _latin1 x'e980ff', 99999999999999999999999999999999999.123456789012345678901234567890, 0, '2024-06-01 00:00:00.000001', '', 'A', '2024-02-31 00:00:00'),
      (2, NULL, '', '', 'a', '', -0e0, -0e0, b'0', '', 0, 2155, NULL, 'a', 'a ', '0000-00-00'), (99, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
      (7, ST_GeomFromText('GEOMETRYCOLLECTION(POINT(0 0))'), NULL, NULL, NULL, NULL, 3.4028234e38, 5e-324, NULL, '\\N', NULL, NULL, NULL, NULL, CONCAT(CHAR(9), '''', CHAR(92)), NULL);
    DELETE FROM nasty WHERE id = 99; SET SESSION sql_mode = DEFAULT;`,
  nastyShown: `SELECT id, HEX(g), HEX(u), HEX(c), e + 0, HEX(l), f * 1e0, d, made, HEX(b), HEX(t), n, y, UNIX_TIMESTAMP(s), HEX(bb), HEX(ci), CAST(da AS CHAR) FROM nasty ORDER BY id`,
  trigger: null,
  quoted: { name: 'mi"gra\'ti`ons ☃', sql: '`mi"gra\'ti``ons ☃`' },
  equal: {
    'a column of CREATE TABLE, and one added later': [
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTO_INCREMENT, colour VARCHAR(20) NOT NULL DEFAULT 'red')",
      "CREATE TABLE t (id INT AUTO_INCREMENT, PRIMARY KEY (id)); ALTER TABLE t ADD COLUMN colour VARCHAR(20) DEFAULT 'red' NOT NULL FIRST; INSERT INTO t () VALUES (); DELETE FROM t",
    ],
    'names counted up by the server': [
      'CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (a INT, b INT, FOREIGN KEY (a) REFERENCES p (id), FOREIGN KEY (b) REFERENCES p (id), CHECK (a > 0), CHECK (a > b))',
      'CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (a INT, b INT, KEY a (a)); ALTER TABLE c ADD FOREIGN KEY (a) REFERENCES p (id), ADD CHECK (b > 5); ALTER TABLE c DROP CONSTRAINT CONSTRAINT_1; ALTER TABLE c ADD CHECK (a > b); ALTER TABLE c ADD CHECK (a > 0); ALTER TABLE c ADD FOREIGN KEY (b) REFERENCES p (id); ALTER TABLE c DROP FOREIGN KEY c_ibfk_1; ALTER TABLE c ADD FOREIGN KEY (a) REFERENCES p (id) ON DELETE RESTRICT',
    ],
    'another definer, another database': [
      'CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t; CREATE PROCEDURE p() SELECT 1',
      "CREATE TABLE t (a INT); CREATE DEFINER = 'somebody'@'%' VIEW v AS SELECT a FROM t; CREATE DEFINER = 'somebody'@'%' PROCEDURE p() SELECT 1",
    ],
  },
  different: {
    'a table': ['SELECT 1', 'CREATE TABLE t (a INT)'],
    'a column': ['CREATE TABLE t (a INT)', 'ALTER TABLE t ADD COLUMN b INT'],
    'a type': ['CREATE TABLE t (a VARCHAR(20))', 'ALTER TABLE t MODIFY a VARCHAR(21)'],
    'a default': ['CREATE TABLE t (a INT)', 'ALTER TABLE t ALTER a SET DEFAULT 1'],
    'a default of another kind': [
      "CREATE TABLE t (a VARCHAR(20) DEFAULT 'NULL')",
      'ALTER TABLE t ALTER a DROP DEFAULT',
    ],
    'not null': ['CREATE TABLE t (a INT)', 'ALTER TABLE t MODIFY a INT NOT NULL'],
    'a collation': ['CREATE TABLE t (a TEXT)', 'ALTER TABLE t MODIFY a TEXT COLLATE utf8mb4_bin'],
    'the collation of a table': ['CREATE TABLE t (a INT)', 'ALTER TABLE t COLLATE utf8mb4_bin'],
    'an engine': ['CREATE TABLE t (a INT)', 'ALTER TABLE t ENGINE = MyISAM'],
    'auto increment': ['CREATE TABLE t (a INT PRIMARY KEY)', 'ALTER TABLE t MODIFY a INT AUTO_INCREMENT'],
    'a time that updates itself': [
      'CREATE TABLE t (a DATETIME)',
      'ALTER TABLE t MODIFY a DATETIME ON UPDATE CURRENT_TIMESTAMP',
    ],
    'a generated column': ['CREATE TABLE t (a INT)', 'ALTER TABLE t ADD b INT AS (a + 1) STORED'],
    'a check': ['CREATE TABLE t (a INT)', 'ALTER TABLE t ADD CHECK (a > 0)'],
    'a primary key': ['CREATE TABLE t (a INT NOT NULL)', 'ALTER TABLE t ADD PRIMARY KEY (a)'],
    'a unique index': ['CREATE TABLE t (a INT, KEY a (a))', 'ALTER TABLE t DROP KEY a, ADD UNIQUE a (a)'],
    'an index on a part': ['CREATE TABLE t (a TEXT, KEY a (a(5)))', 'ALTER TABLE t DROP KEY a, ADD KEY a (a(6))'],
    'a foreign key': [
      'CREATE TABLE p (a INT PRIMARY KEY); CREATE TABLE t (a INT, KEY (a))',
      'ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p (a)',
    ],
    'its action': [
      'CREATE TABLE p (a INT PRIMARY KEY); CREATE TABLE t (a INT, CONSTRAINT k FOREIGN KEY (a) REFERENCES p (a))',
      'ALTER TABLE t DROP FOREIGN KEY k; ALTER TABLE t ADD CONSTRAINT k2 FOREIGN KEY (a) REFERENCES p (a) ON DELETE CASCADE',
    ],
    'a view': ['CREATE VIEW v AS SELECT 1 AS a', 'CREATE OR REPLACE VIEW v AS SELECT 2 AS a'],
    'a trigger': ['CREATE TABLE t (a INT)', 'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1'],
    'a procedure': ['CREATE PROCEDURE p() SELECT 1', 'DROP PROCEDURE p; CREATE PROCEDURE p() SELECT 2'],
    'its parameters': ['CREATE PROCEDURE p(a INT) SELECT 1', 'DROP PROCEDURE p; CREATE PROCEDURE p(a TEXT) SELECT 1'],
    'a function': ['SELECT 1', 'CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a + 1'],
    'an event': ['SELECT 1', 'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1'],
    'a sequence': ['CREATE SEQUENCE s', 'ALTER SEQUENCE s INCREMENT 5'],
    partitions: ['CREATE TABLE t (a INT)', 'ALTER TABLE t PARTITION BY HASH (a) PARTITIONS 4'],
  },
  rich: `CREATE TABLE parent (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20) UNIQUE, data BLOB, kind ENUM('a', 'b') DEFAULT 'a');
    CREATE TABLE child (parent_id INT, n INT CHECK (n > 0), FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE);
    CREATE SEQUENCE free START WITH 7; CREATE TABLE numbered (id BIGINT DEFAULT NEXTVAL(free));
    CREATE VIEW v AS SELECT p.name, c.n FROM parent p JOIN child c ON c.parent_id = p.id;
    CREATE TRIGGER g BEFORE INSERT ON parent FOR EACH ROW SET NEW.name = UPPER(NEW.name);
    CREATE PROCEDURE p(a INT) BEGIN SELECT a; SELECT 'x;y'; END; CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a + 1;
    CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM child WHERE n = 99;
    INSERT INTO parent (name, data) VALUES ('a', x'00ff0a27'), ('b\\r\\n', NULL); INSERT INTO child VALUES (1, 1), (2, 9); SELECT NEXTVAL(free);`,
  afterBackup: `DROP VIEW v; CREATE VIEW w AS SELECT * FROM child; DELETE FROM parent WHERE id = 1; CREATE TABLE later (parent_id INT, FOREIGN KEY (parent_id) REFERENCES parent (id));
    DROP PROCEDURE p; CREATE PROCEDURE q() SELECT 1; CREATE EVENT e2 ON SCHEDULE EVERY 1 DAY DO SELECT 1; CREATE SEQUENCE s2; ALTER TABLE parent ADD COLUMN extra INT; DELETE FROM history;`,
  richShown: [
    'SELECT id, name, HEX(data), kind FROM parent ORDER BY id',
    'SELECT * FROM child',
    'SELECT NEXT_NOT_CACHED_VALUE FROM free',
  ],
});
