import { MigrationInterface, QueryRunner, Table, TableColumn } from 'typeorm';

export class Prizes1709510400005 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'prizes',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
          { name: 'race', type: 'integer', isNullable: true },
        ],
      }),
    );
    await queryRunner.query('CREATE INDEX prizes_by_race ON prizes (race)');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('prizes');
  }
}
