module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.createTable('glitter_sorts', {
      id: { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true },
      colour: Sequelize.STRING(20),
    });
    await queryInterface.addColumn('unicorns', 'glitter', Sequelize.STRING(20));
  },

  async down(queryInterface) {
    await queryInterface.removeColumn('unicorns', 'glitter');
    await queryInterface.dropTable('glitter_sorts');
  },
};
