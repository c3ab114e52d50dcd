ALTER TABLE unicorns DROP COLUMN speed;
DROP TABLE races;
