-- Up Migration
CREATE TABLE unicorns (id serial PRIMARY KEY, name varchar(50) NOT NULL);
INSERT INTO unicorns (name) VALUES ('Sparkles'), ('Rainbows');

-- Down Migration
DROP TABLE unicorns;
