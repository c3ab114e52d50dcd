exports.up = async knex => {
  await knex.schema.createTable('glitter_sorts', table => {
    table.increments('id');
    table.string('colour', 20);
  });
  await knex.schema.alterTable('unicorns', table => {
    table.string('glitter', 20);
  });
};

exports.down = async knex => {
  await knex.schema.alterTable('unicorns', table => {
    table.dropColumn('glitter');
  });
  await knex.schema.dropTable('glitter_sorts');
};
