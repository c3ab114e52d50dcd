CREATE TABLE prizes (id INTEGER PRIMARY KEY, race INTEGER NOT NULL, what VARCHAR(50) NOT NULL);
--> statement-breakpoint
CREATE INDEX prizes_by_race ON prizes (race);
