/**
 * Makes `src/config/settings.schema.json`, for editors, from the schema the settings are checked with. Run it after
 * changing that, then the formatter.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { settingsSchema } from '../../src/config/settings-schema.ts';

/** The file that is made. */
export const SETTINGS_SCHEMA_FILE = join(import.meta.dirname, '../../src/config/settings.schema.json');

/** What it must say; how it is laid out is the formatter's business. */
export function settingsJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(settingsSchema, { io: 'input' });
  return { $schema, title: 'Settings of Tidemark: tidemark.config.json, or "tidemark" in package.json', ...schema };
}

if (import.meta.main) writeFileSync(SETTINGS_SCHEMA_FILE, `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
