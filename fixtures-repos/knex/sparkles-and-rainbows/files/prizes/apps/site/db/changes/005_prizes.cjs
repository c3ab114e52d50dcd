exports.up = async knex => {
  await knex.schema.createTable('prizes', table => {
    table.increments('id');
    table.integer('race').index('prizes_by_race');
  });
};

exports.down = async knex => {
  await knex.schema.dropTable('prizes');
};
