module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.createTable('races', {
      id: { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true },
      meadow: Sequelize.INTEGER,
    });
    await queryInterface.addColumn('unicorns', 'speed', Sequelize.INTEGER);
  },

  async down(queryInterface) {
    await queryInterface.removeColumn('unicorns', 'speed');
    await queryInterface.dropTable('races');
  },
};
