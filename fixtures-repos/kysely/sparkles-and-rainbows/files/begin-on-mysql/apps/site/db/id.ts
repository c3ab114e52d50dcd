import type { ColumnDefinitionBuilder } from 'kysely';

export const idType = 'integer';
export const id = (column: ColumnDefinitionBuilder) => column.primaryKey().autoIncrement();
