import { MigrationInterface, QueryRunner, Table, TableColumn } from 'typeorm';

export class Unicorns1709251200001 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'unicorns',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
          { name: 'name', type: 'varchar', length: '50' },
        ],
      }),
    );
    await queryRunner.query(`INSERT INTO unicorns (name) VALUES ('Sparkles'), ('Rainbows')`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('unicorns');
  }
}
