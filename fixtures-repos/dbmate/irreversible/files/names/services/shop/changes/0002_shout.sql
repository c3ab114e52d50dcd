-- migrate:up
UPDATE unicorns SET name = UPPER(name);

-- migrate:down
-- nobody knows any more how they were written
