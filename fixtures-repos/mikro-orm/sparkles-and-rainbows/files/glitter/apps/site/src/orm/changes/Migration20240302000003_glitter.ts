import { Migration } from '@mikro-orm/migrations';
import { id } from '../id.ts';

export class Glitter extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create table glitter_sorts (${id}, colour varchar(20))`);
    this.addSql('alter table unicorns add column glitter varchar(20)');
  }

  override async down(): Promise<void> {
    this.addSql('alter table unicorns drop column glitter');
    this.addSql('drop table glitter_sorts');
  }
}
