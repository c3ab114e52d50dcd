import { MigrationInterface, QueryRunner, Table, TableColumn } from 'typeorm';

export class Races1709424000004 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'races',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
          { name: 'meadow', type: 'integer', isNullable: true },
        ],
      }),
    );
    await queryRunner.addColumn('unicorns', new TableColumn({ name: 'speed', type: 'integer', isNullable: true }));
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('unicorns', 'speed');
    await queryRunner.dropTable('races');
  }
}
