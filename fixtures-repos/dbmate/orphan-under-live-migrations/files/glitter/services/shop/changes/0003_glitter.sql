-- migrate:up
ALTER TABLE unicorns ADD COLUMN glitter VARCHAR(20);

-- migrate:down
ALTER TABLE unicorns DROP COLUMN glitter;
