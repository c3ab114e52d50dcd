/** Cutting PostgreSQL scripts into statements. */
import { expect, it } from 'vitest';
import { statementsOf } from '../../src/databases/postgres/statements.ts';

const trimmed = (script: string): readonly string[] => statementsOf(script).map(statement => statement.trim());

it.for([
  ['SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
  ['SELECT 1;;; -- done;\n/* ; */', ['SELECT 1']],
  ["SELECT ';', 'it''s;', E'\\';', e'a\\\\'; SELECT 2", ["SELECT ';', 'it''s;', E'\\';', e'a\\\\'", 'SELECT 2']],
  ['SELECT 1 AS "a;b""c;"; SELECT 2', ['SELECT 1 AS "a;b""c;"', 'SELECT 2']],
  ['/* a /* nested; */ b; */ SELECT 1; SELECT 2', ['/* a /* nested; */ b; */ SELECT 1', 'SELECT 2']],
  ['DO $$ BEGIN NULL; END $$; DO $a$ $$; $a$; SELECT 2', ['DO $$ BEGIN NULL; END $$', 'DO $a$ $$; $a$', 'SELECT 2']],
  ['SELECT a$1, $1, b$c$d; SELECT 2', ['SELECT a$1, $1, b$c$d', 'SELECT 2']],
  ["SELECT name'x;y'; SELECT 2", ["SELECT name'x;y'", 'SELECT 2']],
  [
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END; SELECT 2',
    ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END', 'SELECT 2'],
  ],
  [
    'CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3',
    ['CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)', 'SELECT 3'],
  ],
  ['BEGIN; SELECT 1; COMMIT', ['BEGIN', 'SELECT 1', 'COMMIT']],
  ["SELECT 'never closed; SELECT 2", ["SELECT 'never closed", 'SELECT 2']],
  ['', []],
] as const)('%s', ([script, statements]) => {
  expect(trimmed(script)).toEqual(statements);
});
