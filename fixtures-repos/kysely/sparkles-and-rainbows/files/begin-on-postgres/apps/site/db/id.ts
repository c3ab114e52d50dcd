import type { ColumnDefinitionBuilder } from 'kysely';

export const idType = 'serial';
export const id = (column: ColumnDefinitionBuilder) => column.primaryKey();
