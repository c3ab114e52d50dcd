-- migrate:up
CREATE TABLE shows (id INTEGER PRIMARY KEY, title VARCHAR(50));
CREATE VIEW on_stage AS SELECT id, name, 'none' AS glitter FROM unicorns;

-- migrate:down
DROP VIEW on_stage;
DROP TABLE shows;
