module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.createTable('prizes', {
      id: { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true },
      race: Sequelize.INTEGER,
    });
    await queryInterface.addIndex('prizes', ['race'], { name: 'prizes_by_race' });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('prizes');
  },
};
