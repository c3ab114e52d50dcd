exports.up = pgm => {
  pgm.createTable('races', { id: 'id', meadow: { type: 'integer' } });
  pgm.addColumns('unicorns', { speed: { type: 'integer' } });
};

exports.down = pgm => {
  pgm.dropColumns('unicorns', ['speed']);
  pgm.dropTable('races');
};
