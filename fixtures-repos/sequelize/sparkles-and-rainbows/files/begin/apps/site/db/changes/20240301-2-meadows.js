module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.createTable('meadows', {
      id: { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true },
      name: Sequelize.STRING(50),
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('meadows');
  },
};
