exports.up = async knex => {
  await knex.schema.createTable('unicorns', table => {
    table.increments('id');
    table.string('name', 50).notNullable();
  });
  await knex('unicorns').insert([{ name: 'Sparkles' }, { name: 'Rainbows' }]);
};

exports.down = async knex => {
  await knex.schema.dropTable('unicorns');
};
