/** The sources of a tree as the architecture tests read them: parsed, never matched by pattern, for the word `import` stands in texts too. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAst } from 'vitest/node';

/** One import, of whatever kind. */
export interface Import {
  /** What is imported, as written; null when the text does not say it. */
  readonly what: string | null;
  /** `types` leave nothing behind when the program runs; `at-once` also stands for re-exports. */
  readonly how: 'at-once' | 'types' | 'when-needed';
  readonly line: number;
}

/** One file below `src`. */
export interface Source {
  /** From the tree's root: `src/cli/main.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  readonly statements: readonly SyntaxNode[];
}

/** A node of the syntax tree (ESTree, with TypeScript's nodes). */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/** Every TypeScript file below `<root>/src`, by path. */
export function readSources(root: string): readonly Source[] {
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .sort()
    .map(path => readSource(root, path));
}

function readSource(root: string, path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const lang = path.endsWith('x') ? 'tsx' : 'ts';
  const program = parseAst(text, { lang }, path) as unknown as SyntaxNode;
  const statements = program['body'] as readonly SyntaxNode[];
  const lineOf = (node: SyntaxNode): number => text.slice(0, node.start).split('\n').length;
  const imports = everyNode(program).flatMap(node => {
    const found = importIn(node);
    return found === null ? [] : [{ ...found, line: lineOf(node) }];
  });
  return { path, text, imports, statements };
}

function importIn(node: SyntaxNode): Omit<Import, 'line'> | null {
  const what = literalIn(node['source']);
  switch (node.type) {
    case 'ImportDeclaration':
      return { what, how: node['importKind'] === 'type' ? 'types' : 'at-once' };
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      if (!isNode(node['source'])) return null;
      return { what, how: node['exportKind'] === 'type' ? 'types' : 'at-once' };
    case 'TSImportType':
      return { what, how: 'types' };
    case 'ImportExpression':
      return { what, how: 'when-needed' };
    case 'TSExternalModuleReference':
      return { what: literalIn(node['expression']), how: 'at-once' };
    case 'CallExpression': {
      const callee = node['callee'] as SyntaxNode;
      if (callee.type !== 'Identifier' || callee['name'] !== 'require') return null;
      return { what: literalIn((node['arguments'] as readonly unknown[])[0]), how: 'when-needed' };
    }
    default:
      return null;
  }
}

function literalIn(node: unknown): string | null {
  if (!isNode(node) || node.type !== 'Literal') return null;
  return typeof node['value'] === 'string' ? node['value'] : null;
}

function everyNode(node: SyntaxNode): readonly SyntaxNode[] {
  return [node, ...Object.values(node).flat().filter(isNode).flatMap(everyNode)];
}

const isNode = (value: unknown): value is SyntaxNode => typeof value === 'object' && value !== null && 'type' in value;
