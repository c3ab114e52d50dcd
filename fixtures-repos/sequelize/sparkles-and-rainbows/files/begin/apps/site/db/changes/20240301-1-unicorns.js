module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.createTable('unicorns', {
      id: { type: Sequelize.INTEGER, primaryKey: true, allowNull: false },
      name: { type: Sequelize.STRING(50), allowNull: false },
    });
    await queryInterface.bulkInsert('unicorns', [
      { id: 1, name: 'Sparkles' },
      { id: 2, name: 'Rainbows' },
    ]);
  },

  async down(queryInterface) {
    await queryInterface.dropTable('unicorns');
  },
};
