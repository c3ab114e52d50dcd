export const up = pgm => {
  pgm.createTable('meadows', { id: 'id', name: { type: 'varchar(50)' } });
};

export const down = pgm => {
  pgm.dropTable('meadows');
};
