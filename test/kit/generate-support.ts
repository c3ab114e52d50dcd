/**
 * Writes the table of frameworks in README.md from what each declares and from the results of the live tests. `node
 * test/kit/generate-support.ts` writes, `--check` only says whether the table is fresh (exit 1 when it is not).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Engine } from '../../src/domain/migration.ts';
import type { Framework } from '../../src/frameworks/contract.ts';
import { FRAMEWORKS } from '../../src/frameworks/registry.ts';
import { README } from './generate-keys.ts';

const RESULTS = join(import.meta.dirname, '../frameworks-live/results');

const [BEGIN, END] = ['<!-- support:begin -->\n', '<!-- support:end -->'];

const resultSchema = z.strictObject({
  /** Of the real framework that played the story. */
  version: z.string(),
  /** Engines the story was played on. */
  engines: z.array(z.enum(['sqlite', 'postgres', 'mysql'])),
});

/** What the live tests of one framework found: which version played the story, and on which engines. */
export type LiveResult = z.infer<typeof resultSchema>;

/** The recorded result of one framework; null where it was never played. */
export function recordedResult(framework: string): LiveResult | null {
  const file = join(RESULTS, `${framework}.json`);
  return existsSync(file) ? resultSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

/** Adds one engine to a framework's result; another version begins anew. Called by the live tests where `UPDATE_SUPPORT=1`. */
export function recordResult(framework: string, version: string, engine: Engine): void {
  const before = recordedResult(framework);
  const kept = before?.version === version ? before.engines : [];
  const engines = (['sqlite', 'postgres', 'mysql'] as const).filter(each => each === engine || kept.includes(each));
  const file = join(RESULTS, `${framework}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ version, engines })}\n`);
}

/** One row a framework, in the order of their titles. */
export function supportTable(): string {
  const rows = [...FRAMEWORKS]
    .sort((a, b) => a.title.localeCompare(b.title, 'en'))
    .map(framework => `| ${cellsOf(framework).join(' | ')} |`);
  const titles = ['framework', 'version run', 'SQLite', 'PostgreSQL', 'MariaDB', 'how it is reversed', 'checksum used'];
  const head = `| ${[...titles, 'at HEAD, its own rollback'].join(' | ')} |`;
  return [head, '|---|---|---|---|---|---|---|---|', ...rows, ''].join('\n');
}

function cellsOf({ name, title, engines, support }: Framework): readonly string[] {
  const result = recordedResult(name);
  const mark = (engine: Engine): string =>
    result?.engines.includes(engine) === true ? 'yes' : engines.includes(engine) ? 'from source, not run' : '–';
  const version = result === null ? 'none: from source, not run' : result.version;
  const marks = [mark('sqlite'), mark('postgres'), mark('mysql')];
  return [title, version, ...marks, support.reversal, support.checksum ?? 'none', support.hazard];
}

/** The text with a fresh table between its marks. Throws when it has no such marks. */
export function withSupport(text: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`README.md has no ${BEGIN.trim()} and ${END}`);
  return text.slice(0, from + BEGIN.length) + supportTable() + text.slice(to);
}

if (import.meta.main) {
  const text = readFileSync(README, 'utf8');
  const fresh = withSupport(text);
  if (!process.argv.includes('--check')) writeFileSync(README, fresh);
  else if (fresh !== text) {
    console.error('The frameworks in README.md are stale. Run: node test/kit/generate-support.ts');
    process.exitCode = 1;
  }
}
