import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('unicorns')
export class Unicorn {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ length: 50 })
  name!: string;
}
