import { Migration } from '@mikro-orm/migrations';
import { id } from '../id.ts';

export class Migration20240303000004_races extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create table races (${id}, meadow integer)`);
    this.addSql('alter table unicorns add column speed integer');
  }

  override async down(): Promise<void> {
    this.addSql('alter table unicorns drop column speed');
    this.addSql('drop table races');
  }
}
