CREATE TABLE unicorns (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL)
--> statement-breakpoint
INSERT INTO unicorns (id, name) VALUES (1, 'Sparkles'), (2, 'Rainbows');
