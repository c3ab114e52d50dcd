/** What settings may say, as a schema; `settings.schema.json`, for editors, is made from it. */
// The small build of zod: bundled, loading it and building this takes 2 ms, the full one 6 (Node 24), and reading settings stays synchronous.
import * as z from 'zod/mini';

const text = (meaning: string): z.ZodMiniString => z.string().check(z.minLength(1), z.describe(meaning));
const texts = (meaning: string): z.ZodMiniArray<z.ZodMiniString> =>
  z.array(z.string().check(z.minLength(1))).check(z.describe(meaning));

/** A tool that Tidemark does not know, for `"framework": "custom"`. */
export const customSchema = z.strictObject({
  files: text('Regular expression for names of migration files, with a group for the id: "^(?<id>\\d+)_.*\\.sql$".'),
  undoFiles: z.optional(text('The same for files that undo others, where each direction has a file of its own.')),
  upMarker: z.optional(text('How the line begins that opens the section which applies, where one file has both.')),
  downMarker: z.optional(text('How the line begins that opens the section which undoes.')),
  idColumn: text('Column of the history table that holds the id.'),
  appliedAtColumn: z.optional(text('Column that holds when it was applied.')),
  checksumColumn: z.optional(text('Column that holds a checksum of the file, in hex.')),
  checksum: z.optional(
    z
      .enum(['md5', 'sha1', 'sha256', 'sha512'])
      .check(z.describe('What the checksum is computed with. Default: "sha256".')),
  ),
  reverse: z.optional(
    texts(
      'Arguments of "program" that reverse one migration; {id} and {file} are filled in. Without it, its SQL is run.',
    ),
  ),
  forward: z.optional(texts('Arguments of "program" that apply all that is pending. Without it, their SQL is run.')),
});

/** One project. */
export const projectSchema = z.strictObject({
  framework: text('Name of the migration framework, for example "django".'),
  root: z.optional(text('Folder of the project, from the repository’s root. Default: "."')),
  database: z.optional(
    text('Address of the database, or the name of an environment variable that holds it: "$SHOP_DATABASE_URL".'),
  ),
  historyTable: z.optional(text('Name of the history table, where it is not the framework’s own.')),
  historySchema: z.optional(text('Database schema of the history table.')),
  migrations: z.optional(texts('Folders of migrations, from the project’s root.')),
  program: z.optional(
    z
      .tuple([z.string().check(z.minLength(1))], z.string())
      .check(z.describe('Program and leading arguments in place of the framework’s own: ["poetry", "run", "python"].')),
  ),
  options: z.optional(
    z
      .record(z.string(), z.string())
      .check(z.describe('Options of the framework: Django’s settings module, Knex’s environment, Alembic’s ini file.')),
  ),
  custom: z.optional(customSchema),
  carry: z.optional(
    texts(
      'Untracked files and folders to link into the worktree besides the framework’s own, from the project’s root.',
    ),
  ),
});

/** All settings. */
export const settingsSchema = z.strictObject({
  $schema: z.optional(text('Where an editor finds the schema of this file.')),
  projects: z.optional(
    z.array(projectSchema).check(z.describe('Projects, where detection does not find the right ones.')),
  ),
  timeLimitSeconds: z.optional(
    z.int().check(z.minimum(1), z.maximum(86_400), z.describe('Seconds a framework’s command may take. Default: 600.')),
  ),
});
