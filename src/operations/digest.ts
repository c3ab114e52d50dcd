/** Digests: short names for what was seen, so that a later look can tell whether it is still the same. */
import { createHash } from 'node:crypto';
import type { Row } from '../domain/migration.ts';
import type { Plan } from '../domain/plan.ts';
import type { Schema } from '../domain/schema.ts';

const digest = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(canonical(value)))
    .digest('hex');

/** The same data with its keys in one order, so that equal data has equal text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner)]),
  );
}

/** Digest of history rows in their order. */
export const digestRows = (rows: readonly Row[]): string => digest(rows);

/** Digest of a schema. */
export const digestSchema = (schema: Schema): string => digest(schema);

/** A plan's id: 12 hex digits over everything it says. */
export const planId = (plan: Omit<Plan, 'id'>): string => digest(plan).slice(0, 12);

/** A configuration's mark: 32 hex digits over facts of it. */
export const markOf = (facts: unknown): string => digest(facts).slice(0, 32);

/** Are two rows the same, whatever the order of their columns? */
export const sameRow = (one: Row, other: Row): boolean =>
  JSON.stringify(canonical(one)) === JSON.stringify(canonical(other));
