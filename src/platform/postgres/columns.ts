import type { EntitySchemaColumnOptions } from 'typeorm';

/** Column kinds that the entities share, so that each table file reads as a list of names. */
export const id: EntitySchemaColumnOptions = { type: 'int', primary: true, generated: 'increment' };
export const uuid: EntitySchemaColumnOptions = { type: 'uuid' };
export const word: EntitySchemaColumnOptions = { type: 'varchar' };
export const longText: EntitySchemaColumnOptions = { type: 'text' };
export const count: EntitySchemaColumnOptions = { type: 'int', default: 0 };
export const flag: EntitySchemaColumnOptions = { type: 'boolean', default: false };
export const moment: EntitySchemaColumnOptions = { type: 'timestamptz' };
export const json: EntitySchemaColumnOptions = { type: 'jsonb' };
export const createdAt: EntitySchemaColumnOptions = { type: 'timestamptz', createDate: true };
export const updatedAt: EntitySchemaColumnOptions = { type: 'timestamptz', updateDate: true };

export function orNull(column: EntitySchemaColumnOptions): EntitySchemaColumnOptions {
  return { ...column, nullable: true };
}

export function named(name: string, column: EntitySchemaColumnOptions): EntitySchemaColumnOptions {
  return { ...column, name };
}
