ALTER TABLE unicorns ADD COLUMN glitter VARCHAR(20);
--> statement-breakpoint
CREATE TABLE glitter_sorts (id INTEGER PRIMARY KEY, colour VARCHAR(20) NOT NULL);
--> statement-breakpoint
INSERT INTO glitter_sorts (id, colour) VALUES (1, 'pink'), (2, 'gold; teal');
