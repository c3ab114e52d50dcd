# Races

# --- !Ups
CREATE TABLE races (id INTEGER PRIMARY KEY, meadow INTEGER NOT NULL);
ALTER TABLE unicorns ADD COLUMN speed INTEGER;

# --- !Downs
ALTER TABLE unicorns DROP COLUMN speed;
DROP TABLE races;
