DROP TABLE prizes;
