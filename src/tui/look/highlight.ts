/** Syntax colours for the texts of migrations. Loaded only when a life story is opened. */
import bash from 'highlight.js/lib/languages/bash';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { createLowlight } from 'lowlight';
import { cleanLines } from '../../messages/clean.ts';
import type { CodeLine, Piece, ScreenTone } from './tones.ts';

/** Longer texts stay plain: colouring them would take seconds. */
const LONGEST = 200_000;

/** Only what migrations are written in: `common` of lowlight is twice as much to load. */
const GRAMMARS = { bash, go, java, javascript, json, kotlin, php, python, ruby, rust, sql, typescript, xml, yaml };

/** Languages by the ending of a file's name. */
const LANGUAGES: Readonly<Record<string, keyof typeof GRAMMARS>> = {
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
  sh: 'bash',
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
  const lowlight = createLowlight(GRAMMARS);
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
