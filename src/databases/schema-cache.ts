/** Schemas that were built once, by what they were built from: files in the state folder that may be removed at any time. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Schema } from '../domain/schema.ts';
import type { Surroundings } from './engine.ts';

/** Older ones go first. */
const KEPT_AT_MOST = 32;

const homeOf = (around: Surroundings): string => join(around.stateHome, 'schemas');
const fileOf = (around: Surroundings, key: string): string => join(homeOf(around), `${key}.json`);

/** null when there is none, or it cannot be read. */
export function rememberedSchema(around: Surroundings, key: string): Schema | null {
  try {
    const found: unknown = JSON.parse(readFileSync(fileOf(around, key), 'utf8'));
    return Array.isArray(found) ? (found as Schema) : null;
  } catch {
    return null;
  }
}

/** Nothing depends on it: a disk that does not let us is no problem. */
export function rememberSchema(around: Surroundings, key: string, schema: Schema): void {
  try {
    mkdirSync(homeOf(around), { recursive: true, mode: 0o700 });
    const file = fileOf(around, key);
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(schema), { mode: 0o600 });
    renameSync(`${file}.${process.pid}`, file);
    const all = readdirSync(homeOf(around)).map(name => join(homeOf(around), name));
    const byAge = all.map(path => ({ path, at: statSync(path).mtimeMs })).sort((a, b) => b.at - a.at);
    for (const { path } of byAge.slice(KEPT_AT_MOST)) rmSync(path, { force: true });
  } catch {
    // It is built again.
  }
}
