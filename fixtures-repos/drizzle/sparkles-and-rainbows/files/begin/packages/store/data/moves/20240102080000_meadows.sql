CREATE TABLE meadows (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL, unicorn INTEGER REFERENCES unicorns (id));
--> statement-breakpoint
INSERT INTO meadows (id, name, unicorn) VALUES (1, 'North', 1);
