exports.up = async knex => {
  await knex.schema.createTable('races', table => {
    table.increments('id');
    table.integer('meadow');
  });
  await knex.schema.alterTable('unicorns', table => {
    table.integer('speed');
  });
};

exports.down = async knex => {
  await knex.schema.alterTable('unicorns', table => {
    table.dropColumn('speed');
  });
  await knex.schema.dropTable('races');
};
