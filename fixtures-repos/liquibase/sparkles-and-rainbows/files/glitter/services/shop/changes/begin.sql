--liquibase formatted sql

--changeset rainbows:1
CREATE TABLE unicorns (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL);
INSERT INTO unicorns (id, name) VALUES (1, 'Sparkles'), (2, 'Rainbows');
--rollback DROP TABLE unicorns;

--changeset rainbows:2
CREATE TABLE meadows (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL, unicorn INTEGER REFERENCES unicorns (id));
INSERT INTO meadows (id, name, unicorn) VALUES (1, 'North', 1);
--rollback DROP TABLE meadows;

--changeset sparkles:3
ALTER TABLE unicorns ADD COLUMN glitter VARCHAR(20);
CREATE TABLE glitter_sorts (id INTEGER PRIMARY KEY, colour VARCHAR(20) NOT NULL);
INSERT INTO glitter_sorts (id, colour) VALUES (1, 'pink'), (2, 'gold'), (3, 'teal');
--rollback DROP TABLE glitter_sorts;
--rollback ALTER TABLE unicorns DROP COLUMN glitter;
