/** Syntax colours for the texts of migrations. Loaded only when a life story is opened. */
import { common, createLowlight } from 'lowlight';
import { cleanLines } from '../../messages/clean.ts';
import type { CodeLine, Piece, ScreenTone } from './tones.ts';

/** Longer texts stay plain: colouring them would take seconds. */
const LONGEST = 200_000;

/** Languages by the ending of a file's name. */
const LANGUAGES: Readonly<Record<string, string>> = {
  sql: 'sql',
  py: 'python',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  rb: 'ruby',
  php: 'php',
  xml: 'xml',
  yml: 'yaml',
  yaml: 'yaml',
  json: 'json',
  java: 'java',
  kt: 'kotlin',
  go: 'go',
  rs: 'rust',
};

/** highlight.js's class names that have a tone of ours (https://highlightjs.readthedocs.io/en/latest/css-classes-reference.html). */
const TONES: Readonly<Record<string, ScreenTone>> = {
  keyword: 'keyword',
  built_in: 'name',
  type: 'name',
  title: 'name',
  attr: 'name',
  name: 'name',
  string: 'string',
  number: 'number',
  literal: 'number',
  comment: 'comment',
  meta: 'comment',
};

type Node = ReturnType<ReturnType<typeof createLowlight>['highlight']>['children'][number];

/** A highlighter; making one registers its languages, which takes a few milliseconds. */
export function createHighlighter(): (text: string, path: string) => readonly CodeLine[] {
  const lowlight = createLowlight(common);
  return (text, path) => {
    const lines = cleanLines(text.replace(/\n$/, ''));
    const language = LANGUAGES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
    if (language === undefined || text.length > LONGEST) return lines.map(line => [{ tone: 'plain', text: line }]);
    // Cleaned first: no escape sequence of a text is ever looked at as code.
    return linesOf(lowlight.highlight(language, lines.join('\n')).children);
  };
}

function linesOf(nodes: readonly Node[]): readonly CodeLine[] {
  const lines: Piece[][] = [[]];
  const walk = (node: Node, tone: ScreenTone): void => {
    if (node.type === 'text') {
      for (const [index, part] of node.value.split('\n').entries()) {
        if (index > 0) lines.push([]);
        if (part !== '') lines.at(-1)?.push({ tone, text: part });
      }
    } else if (node.type === 'element') {
      for (const child of node.children) walk(child, toneOf(node.properties['className']) ?? tone);
    }
  };
  for (const node of nodes) walk(node, 'plain');
  return lines;
}

function toneOf(classes: unknown): ScreenTone | undefined {
  const [first] = Array.isArray(classes) ? classes : [];
  return typeof first === 'string' ? TONES[first.replace(/^hljs-/, '')] : undefined;
}
