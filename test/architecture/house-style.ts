/** The house style that no linter checks: what every file of `src` must be like, one sentence for each that is not. */
import { readSources, type Source, type SyntaxNode } from './source-tree.ts';

const LONGEST_FILE = 350;
const FORBIDDEN = [
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'core',
  'services',
  'service',
  'managers',
  'manager',
  'misc',
];

/** What is not in house style below `<root>/src`. */
export const blemishesIn = (root: string): readonly string[] =>
  readSources(root).flatMap(source =>
    RULES.flatMap(rule => rule(source) ?? []).map(blemish => `${source.path} ${blemish}`),
  );

/** Files that other packages import in place of one whose export is its default. */
const STANDS_IN_FOR_A_PACKAGE = ['src/tui/look/string-width.ts'];

const RULES: readonly ((source: Source) => string | null)[] = [
  ({ text }) => {
    const opening = /^(?:\/\*\*?([\s\S]*?)\*\/|((?:\/\/.*\n)+))/.exec(text);
    const words = (opening?.[1] ?? opening?.[2] ?? '').match(/[\p{L}\p{N}]{2,}/gu) ?? [];
    return words.length < 3 ? 'does not open with a comment that says what it is for.' : null;
  },
  ({ path, statements }) =>
    statements.some(isDefaultExport) && !STANDS_IN_FOR_A_PACKAGE.includes(path)
      ? 'has a default export. Give it a name.'
      : null,
  ({ path }) => {
    const name = path.split(/[/.]/).find(part => FORBIDDEN.includes(part));
    return name === undefined ? null : `is called "${name}", which says nothing. What one room uses lies in that room.`;
  },
  ({ text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > LONGEST_FILE ? `has ${lines} lines; ${LONGEST_FILE} is the most a file may have.` : null;
  },
  ({ statements }) =>
    statements.some(isVariable) ? 'keeps state in a variable of the module. Pass it on instead.' : null,
];

function isDefaultExport(statement: SyntaxNode): boolean {
  if (statement.type === 'ExportDefaultDeclaration' || statement.type === 'TSExportAssignment') return true;
  const specifiers = (statement['specifiers'] ?? []) as readonly SyntaxNode[];
  return specifiers.some(specifier => (specifier['exported'] as SyntaxNode | undefined)?.['name'] === 'default');
}

function isVariable(statement: SyntaxNode): boolean {
  const declared = statement.type === 'ExportNamedDeclaration' ? statement['declaration'] : statement;
  const kind = (declared as SyntaxNode | null)?.['kind'];
  return kind === 'let' || kind === 'var';
}
