--liquibase formatted sql

--changeset sparkles:4
CREATE TABLE races (id INTEGER PRIMARY KEY, meadow INTEGER NOT NULL);
ALTER TABLE unicorns ADD COLUMN speed INTEGER;
--rollback ALTER TABLE unicorns DROP COLUMN speed;
--rollback DROP TABLE races;

--changeset sparkles:5
CREATE TABLE prizes (id INTEGER PRIMARY KEY, race INTEGER NOT NULL, what VARCHAR(50) NOT NULL);
CREATE INDEX prizes_by_race ON prizes (race);
--rollback DROP TABLE prizes;
