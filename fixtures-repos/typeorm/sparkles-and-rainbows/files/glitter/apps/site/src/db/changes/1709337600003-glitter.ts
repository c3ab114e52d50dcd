import { MigrationInterface, QueryRunner, Table, TableColumn } from 'typeorm';

export class StoreGlitter1709337600003 implements MigrationInterface {
  name = 'Glitter1709337600003';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'glitter_sorts',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
          { name: 'colour', type: 'varchar', length: '20', isNullable: true },
        ],
      }),
    );
    await queryRunner.addColumn('unicorns', new TableColumn({ name: 'glitter', type: 'varchar', length: '20', isNullable: true }));
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('unicorns', 'glitter');
    await queryRunner.dropTable('glitter_sorts');
  }
}
