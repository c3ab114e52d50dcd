import { Migration } from '@mikro-orm/migrations';
import { id } from '../id.ts';

export class Migration20240301000002_meadows extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create table meadows (${id}, name varchar(50))`);
  }

  override async down(): Promise<void> {
    this.addSql('drop table meadows');
  }
}
