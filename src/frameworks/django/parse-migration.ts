/** Reads a Django migration file as text: the class attributes that order it, and its operations. Nothing is executed. */
import { classNamed } from '../python-bodies.ts';
import { itemsOf, lastName, type PythonValue, textOf } from '../python-text.ts';
import { pythonLines } from '../python-tokens.ts';
import { spokenIn } from './generation.ts';

/** What `class Migration` says. A null attribute is not set. Offsets are into the text. */
export interface MigrationClass {
  readonly dependencies: PythonValue | null;
  readonly runBefore: PythonValue | null;
  readonly replaces: PythonValue | null;
  readonly operations: PythonValue | null;
  /** Where the first line of the class's body begins, with its indentation: attributes may be added there. */
  readonly bodyStart: number;
  readonly bodyIndent: string;
}

/** One entry of `dependencies` as written. `pair` is null for `swappable_dependency(…)` and whatever is not a pair of strings. */
export interface Dependency {
  readonly pair: readonly [string, string] | null;
  readonly source: string;
}

/** The class of a migration file, or why it has none, as a clause. */
export function migrationClass(text: string): MigrationClass | { readonly reason: string } {
  const found = classNamed(pythonLines(text), 'Migration');
  if (spokenIn(text) === 'south') return { reason: 'it is a South migration, which Django cannot run' };
  if (found === null) return { reason: 'it has no "class Migration"' };
  const { attributes: set, body, indent } = found;
  const first = body[0]?.tokens[0];
  if (first === undefined) return { reason: 'its "class Migration" has no body' };
  const dependencies = set.get('dependencies') ?? null;
  if (dependencies !== null && dependencies.is !== 'list' && dependencies.is !== 'tuple') {
    return { reason: 'its dependencies are not a plain list' };
  }
  return {
    dependencies,
    runBefore: set.get('run_before') ?? null,
    replaces: set.get('replaces') ?? null,
    operations: set.get('operations') ?? null,
    bodyStart: text.lastIndexOf('\n', first.start) + 1,
    bodyIndent: ' '.repeat(indent),
  };
}

/** The entries of `dependencies`, as written. */
export function dependenciesOf(text: string, { dependencies }: MigrationClass): readonly Dependency[] {
  if (dependencies === null) return [];
  return itemsOf(dependencies).map(item => ({ pair: pairOf(item), source: text.slice(item.start, item.end) }));
}

/** Pairs of strings in a list (`replaces`, `run_before`). */
export const pairsOf = (list: PythonValue | null): readonly (readonly [string, string])[] =>
  list === null ? [] : itemsOf(list).flatMap(item => [pairOf(item) ?? []].filter(isPair));

const isPair = (pair: readonly string[]): pair is readonly [string, string] => pair.length === 2;

function pairOf(item: PythonValue): readonly [string, string] | null {
  if (item.is !== 'tuple' && item.is !== 'list') return null;
  const [label, name] = item.items.map(textOf);
  return item.items.length === 2 && typeof label === 'string' && typeof name === 'string' ? [label, name] : null;
}

/** The calls in `operations`, those inside `SeparateDatabaseAndState` not yet unfolded; null when they are not a plain list. */
export function operationsOf({ operations }: MigrationClass): readonly PythonValue[] | null {
  if (operations === null) return [];
  return operations.is === 'list' || operations.is === 'tuple' ? operations.items : null;
}

/** Name of an operation: `RunSQL` of `migrations.RunSQL(…)`; empty when it is no call. */
export const operationName = (operation: PythonValue): string => (operation.is === 'call' ? lastName(operation) : '');

/** True when its author asked for no transaction: `atomic = False`. */
export const notAtomic = (text: string): boolean => /^[ \t]+atomic[ \t]*=[ \t]*False\b/m.test(text);

/** The text with its class attributes set anew. `dependencies` are Python source; `run_before` and `replaces` are emptied. */
export function rebased(text: string, parsed: MigrationClass, dependencies: readonly string[]): string {
  const written = `[${dependencies.join(', ')}]`;
  const edits: { readonly start: number; readonly end: number; readonly by: string }[] = [];
  if (parsed.dependencies === null) {
    const line = `${parsed.bodyIndent}dependencies = ${written}\n`;
    edits.push({ start: parsed.bodyStart, end: parsed.bodyStart, by: line });
  } else edits.push({ start: parsed.dependencies.start, end: parsed.dependencies.end, by: written });
  for (const list of [parsed.runBefore, parsed.replaces]) {
    if (list !== null) edits.push({ start: list.start, end: list.end, by: '[]' });
  }
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((out, { start, end, by }) => out.slice(0, start) + by + out.slice(end), text);
}
