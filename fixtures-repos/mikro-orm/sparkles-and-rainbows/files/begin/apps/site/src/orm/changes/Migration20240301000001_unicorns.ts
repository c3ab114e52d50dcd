import { Migration } from '@mikro-orm/migrations';
import { id } from '../id.ts';

export class Migration20240301000001_unicorns extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create table unicorns (${id}, name varchar(50) not null)`);
    this.addSql(`insert into unicorns (name) values ('Sparkles'), ('Rainbows')`);
  }

  override async down(): Promise<void> {
    this.addSql('drop table unicorns');
  }
}
