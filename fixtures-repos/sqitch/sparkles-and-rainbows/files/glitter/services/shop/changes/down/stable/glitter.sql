BEGIN;
DROP TABLE glitter_sorts;
ALTER TABLE unicorns DROP COLUMN glitter;
COMMIT;
