DROP TABLE unicorns;
