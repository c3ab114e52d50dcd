CREATE TABLE races (id INTEGER PRIMARY KEY, meadow INTEGER NOT NULL);
--> statement-breakpoint
ALTER TABLE unicorns ADD COLUMN speed INTEGER;
