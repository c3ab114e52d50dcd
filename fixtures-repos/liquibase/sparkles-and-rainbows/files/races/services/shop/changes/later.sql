--liquibase formatted sql

--changeset sparkles:4
CREATE TABLE races (id INTEGER PRIMARY KEY, meadow INTEGER NOT NULL);
ALTER TABLE unicorns ADD COLUMN speed INTEGER;
--rollback ALTER TABLE unicorns DROP COLUMN speed;
--rollback DROP TABLE races;
