DROP TABLE meadows;
