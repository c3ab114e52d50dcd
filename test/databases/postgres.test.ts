/** The conformance suite on PostgreSQL. */
import pg from 'pg';
import { postgresHere } from '../kit/servers.ts';
import { describeEngine } from './conformance.ts';

describeEngine({
  title: 'PostgreSQL',
  needed: postgresHere(),
  async place(server) {
    const fresh = await server.freshDatabase('conformance');
    const client = new pg.Client({
      connectionString: fresh.url,
      types: { getTypeParser: () => (value: string | null) => value },
    });
    await client.connect();
    return {
      url: fresh.url,
      otherUrl: `postgresql+psycopg2://${fresh.user}:${fresh.password}@localhost:${fresh.port}/${fresh.name}?connect_timeout=3`,
      missingUrl: `${fresh.url}_gone`,
      execute: async sql => void (await client.query(sql)),
      texts: async sql =>
        (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.map(row => row.map(String).join('|')),
      async drop() {
        await client.end();
        await fresh.drop();
      },
    };
  },
  server: /^PostgreSQL \d+(\.\d+)?$/,
  transactionalSchema: true,
  exact: `CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE DOMAIN counted AS bigint CHECK (value <> 7);
    CREATE TABLE exact (a bigint, b counted, c timestamptz, d timestamp, e numeric, f double precision, g real, h bytea, i boolean, j json, k jsonb,
      l char(5), m text, n uuid, o text[], p mood, q interval, r date, s time with time zone, t inet, u money, v int4range, w point, x xml, y bit(3), z "char");
    INSERT INTO exact VALUES
      (9223372036854775807, -9007199254740993, '2024-01-10 09:31:00.123456+02', '2024-01-10 09:31:00.000001', 1234567890.123456789000, 0.1, 1.1, '\\x00ff27', true,
       '{"a" :  1}', '{"b": 2}', 'ab', E'ä€😀\\n''"\\\\', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"x,y",NULL,"q\\"z"}', 'it''s ok', '1 year 2 days 03:04:05.678901',
       '2024-02-29', '09:31:00.5+02', '10.0.0.1/8', 12.34, '[1,5)', '(1.5,-2)', '<a/>', B'101', 'c'),
      (1, NULL, 'infinity', '-infinity', 'NaN', 'Infinity', '-0', '', false, NULL, NULL, '', '', NULL, '{}', NULL, '-1 mon +1 day', '0044-03-15 BC', NULL, '::1', NULL, 'empty', NULL, NULL, B'000', NULL),
      (0, 0, '1900-01-01 00:00:00+00', NULL, 0.10, 1e-7, 16777217, NULL, NULL, '[]', '[]', 'abcde', '20240110093000', NULL, NULL, 'sad', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);`,
  exactShown:
    'SELECT a, b, c, d, e, float8send(f), float4send(g), h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z FROM exact',
  nasty: `CREATE TYPE pair AS (x int, "y z" text); CREATE DOMAIN short AS varchar(3)[];
    CREATE TABLE nasty (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, p pair, pp pair[], s short, grid int[][], v tsvector, b varbit, j jsonb, n numeric(40, 20), made bigint GENERATED ALWAYS AS (id + 1) STORED,
      o oid, l lseg, m macaddr8, mr int4multirange, t1 timestamptz(3), i2 interval day to second, x text COLLATE "C", bp bpchar, nn numeric DEFAULT 5, d date);`,
  nastyRows: `INSERT INTO nasty OVERRIDING SYSTEM VALUE VALUES
      (1, ROW(1, E'a"\\,\n'), ARRAY[ROW(NULL, ''), ROW(2, NULL)]::pair[], '{"a b",NULL,""}', '{{1,2},{NULL,4}}', 'a:1A b', B'10110', '{"k": [1, 1e400, null, "\\u00e9"]}', 12345678901234567890.12345678901234567890, DEFAULT,
       4294967295, '[(1,2),(3,4)]', '08:00:2b:01:02:03:04:05', '{[1,3),[7,9)}', '2024-01-10 09:31:00.123456+02', '1 02:03:04.000001', E'\t\\N\\.', 'ab  ', 'NaN', 'infinity'),
      (2, NULL, '{}', NULL, '[5:6]={1,2}', '', '', 'null', NULL, DEFAULT, 0, NULL, NULL, '{}', '4713-01-01 00:00:00+00 BC', NULL, '', '', '-Infinity', '4713-01-01 BC'),
      (99, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, DEFAULT, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
      (7, ROW(NULL, NULL), NULL, '{}', NULL, NULL, NULL, '"\\\\N"', 0.10, DEFAULT, NULL, NULL, NULL, NULL, NULL, '00:00:00', '\\.', ' ', 0.10, NULL);
    SELECT setval('nasty_id_seq', 99); DELETE FROM nasty WHERE id = 99;`,
  nastyShown: 'SELECT nasty.*::text, octet_length(bp), array_dims(grid) FROM nasty ORDER BY id',
  trigger:
    "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changed = 1; RETURN NEW; END'; CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON stamped FOR EACH ROW EXECUTE FUNCTION stamp(); ALTER TABLE stamped ENABLE ALWAYS TRIGGER stamp;",
  quoted: { name: 'mi"gra\'ti`ons ☃', sql: '"mi""gra\'ti`ons ☃"' },
  equal: {
    'a column of CREATE TABLE, and one added later': [
      "CREATE TABLE t (id serial PRIMARY KEY, colour varchar(20) NOT NULL DEFAULT 'red')",
      "CREATE TABLE t (id serial PRIMARY KEY); ALTER TABLE t ADD COLUMN colour character varying(20) DEFAULT 'red' NOT NULL",
    ],
    'column order': ['CREATE TABLE t (a int, b text)', 'CREATE TABLE t (b text, a int)'],
    'serial, and the same by hand': [
      'CREATE TABLE t (id serial)',
      "CREATE SEQUENCE numbers AS int; CREATE TABLE t (id int NOT NULL DEFAULT nextval('numbers')); ALTER SEQUENCE numbers OWNED BY t.id",
    ],
    'names counted up by the server': [
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p); CREATE INDEX ON c (p)',
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c_p_idx (x int); CREATE TABLE c (p int); CREATE INDEX ON c (p); ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p; DROP TABLE c_p_idx',
    ],
    'a dropped column': ['CREATE TABLE t (a int)', 'CREATE TABLE t (b int, a int); ALTER TABLE t DROP COLUMN b'],
    'another search path': [
      'CREATE TABLE t (a int DEFAULT 1)',
      'SET search_path = pg_catalog, public; CREATE TABLE public.t (a int DEFAULT 1)',
    ],
  },
  different: {
    'a table': ['SELECT 1', 'CREATE TABLE t (a int)'],
    'a column': ['CREATE TABLE t (a int)', 'ALTER TABLE t ADD COLUMN b int'],
    'a type': ['CREATE TABLE t (a varchar(20))', 'ALTER TABLE t ALTER a TYPE varchar(21)'],
    'a default': ['CREATE TABLE t (a int)', 'ALTER TABLE t ALTER a SET DEFAULT 1'],
    'not null': ['CREATE TABLE t (a int)', 'ALTER TABLE t ALTER a SET NOT NULL'],
    'a collation': ['CREATE TABLE t (a text)', 'ALTER TABLE t ALTER a TYPE text COLLATE "POSIX"'],
    'an identity': ['CREATE TABLE t (a int NOT NULL)', 'ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY'],
    'a generated column': ['CREATE TABLE t (a int)', 'ALTER TABLE t ADD b int GENERATED ALWAYS AS (a + 1) STORED'],
    'a check': ['CREATE TABLE t (a int)', 'ALTER TABLE t ADD CHECK (a > 0)'],
    'a check not yet checked': [
      'CREATE TABLE t (a int CHECK (a > 0))',
      'ALTER TABLE t DROP CONSTRAINT t_a_check; ALTER TABLE t ADD CHECK (a > 0) NOT VALID',
    ],
    'a primary key': ['CREATE TABLE t (a int NOT NULL)', 'ALTER TABLE t ADD PRIMARY KEY (a)'],
    'a unique constraint': ['CREATE TABLE t (a int)', 'ALTER TABLE t ADD UNIQUE (a)'],
    'a foreign key': [
      'CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE t (a int)',
      'ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p',
    ],
    'its action': [
      'CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE t (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES p)',
      'ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE',
    ],
    'an exclusion': ['CREATE TABLE t (a int4range)', 'ALTER TABLE t ADD EXCLUDE USING gist (a WITH &&)'],
    'an index': ['CREATE TABLE t (a int)', 'CREATE INDEX i ON t (a)'],
    'a partial index': [
      'CREATE TABLE t (a int); CREATE INDEX i ON t (a)',
      'DROP INDEX i; CREATE INDEX i ON t (a) WHERE a > 0',
    ],
    'an index on an expression': [
      'CREATE TABLE t (a text); CREATE INDEX i ON t (a)',
      'DROP INDEX i; CREATE INDEX i ON t (lower(a))',
    ],
    'an invalid index': [
      'CREATE TABLE t (a int); CREATE INDEX i ON t (a)',
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
    ],
    'a view': ['CREATE VIEW v AS SELECT 1 AS a', 'CREATE OR REPLACE VIEW v AS SELECT 2 AS a'],
    'a materialized view': ['SELECT 1', 'CREATE MATERIALIZED VIEW v AS SELECT 1 AS a'],
    'a function': [
      "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
    ],
    'an aggregate': ['SELECT 1', 'CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int)'],
    'a trigger, disabled': [
      "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()",
      'ALTER TABLE t DISABLE TRIGGER g',
    ],
    'an enum value': ["CREATE TYPE e AS ENUM ('a')", "ALTER TYPE e ADD VALUE 'b'"],
    'a domain': ['CREATE DOMAIN d AS int', 'ALTER DOMAIN d ADD CHECK (value > 0)'],
    'a composite type': ['CREATE TYPE c AS (a int)', 'ALTER TYPE c ADD ATTRIBUTE b text'],
    'a sequence': ['CREATE SEQUENCE s', 'ALTER SEQUENCE s INCREMENT 5'],
    'a schema': ['SELECT 1', 'CREATE SCHEMA sales'],
    'a table in another schema': ['CREATE SCHEMA sales', 'CREATE TABLE sales.t (a int)'],
    'row level security': ['CREATE TABLE t (a int)', 'ALTER TABLE t ENABLE ROW LEVEL SECURITY'],
    'a policy': ['CREATE TABLE t (a int)', 'CREATE POLICY p ON t USING (a > 0)'],
    'a partition': [
      'CREATE TABLE t (a int) PARTITION BY RANGE (a)',
      'CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (2)',
    ],
  },
  rich: `CREATE SCHEMA sales; CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN positive AS int CHECK (value > 0); CREATE TYPE pair AS (a int, b text);
    CREATE TABLE parent (id serial PRIMARY KEY, name text UNIQUE, mood mood DEFAULT 'ok', n positive);
    CREATE TABLE sales.child (id int GENERATED ALWAYS AS IDENTITY, parent_id int REFERENCES parent ON DELETE CASCADE, data bytea);
    CREATE INDEX child_parent ON sales.child (parent_id) WHERE parent_id > 0; CREATE SEQUENCE free START 7;
    CREATE VIEW v AS SELECT p.name, c.data FROM parent p JOIN sales.child c ON c.parent_id = p.id; CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM parent;
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
    CREATE TRIGGER g BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE TABLE parts (a int) PARTITION BY RANGE (a); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (10);
    INSERT INTO parent (name, n) VALUES ('a', 1), (E'b\\tc', NULL); INSERT INTO sales.child (parent_id, data) VALUES (1, '\\x00ff'); INSERT INTO parts VALUES (3);
    SELECT nextval('free'), lo_create(4711);`,
  afterBackup: `DROP VIEW v; CREATE VIEW w AS SELECT * FROM sales.child; DELETE FROM parent WHERE id = 1; CREATE SCHEMA later; CREATE TABLE later.t (a int);
    CREATE TYPE other AS ENUM ('x'); ALTER TABLE parent ADD COLUMN o other; CREATE FUNCTION extra() RETURNS int LANGUAGE sql AS 'SELECT 1'; DELETE FROM history;
    ALTER TYPE mood ADD VALUE 'new'; CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int); CREATE PUBLICATION news FOR TABLE parent;`,
  richShown: [
    'SELECT * FROM parent ORDER BY id',
    'SELECT * FROM sales.child',
    'SELECT * FROM parts',
    'SELECT last_value FROM free',
    'SELECT last_value FROM parent_id_seq',
    'SELECT oid FROM pg_largeobject_metadata',
    'SELECT pubname FROM pg_publication',
  ],
});
