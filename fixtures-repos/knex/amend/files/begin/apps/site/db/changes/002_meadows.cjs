exports.up = async knex => {
  await knex.schema.createTable('meadows', table => {
    table.increments('id');
    table.string('name', 50);
  });
};

exports.down = async knex => {
  await knex.schema.dropTable('meadows');
};
