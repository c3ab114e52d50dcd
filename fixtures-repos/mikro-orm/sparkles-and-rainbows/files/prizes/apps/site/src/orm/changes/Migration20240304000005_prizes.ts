import { Migration } from '@mikro-orm/migrations';
import { id } from '../id.ts';

export class Migration20240304000005_prizes extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create table prizes (${id}, race integer)`);
    this.addSql('create index prizes_by_race on prizes (race)');
  }

  override async down(): Promise<void> {
    this.addSql('drop table prizes');
  }
}
