/** Cuts a PostgreSQL script into statements. Needed outside transactions only: several statements in one message are one transaction. */

// Strings (E'…' with backslashes, '…' without), quoted names, dollar quotes and line comments; block comments nest and are walked by hand.
const OPAQUE =
  /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![\w$])\$(?<tag>(?:[\p{L}_][\p{L}\p{N}_]*)?)\$[\s\S]*?\$\k<tag>\$|--[^\n]*/uy;

/** Statements of a script, without their semicolons; empty ones are left out. */
export function statementsOf(script: string): readonly string[] {
  const statements: string[] = [];
  let start = 0;
  let at = 0;
  let depth = 0;
  while (at < script.length) {
    const skipped = endOfOpaque(script, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const sign = script[at];
    if (sign === '(') depth++;
    if (sign === ')') depth--;
    // BEGIN ATOMIC … END bodies hold semicolons of their own, as rules do inside parentheses.
    if (sign === ';' && depth <= 0 && !isInAtomicBody(script.slice(start, at))) {
      statements.push(script.slice(start, at));
      start = at + 1;
      depth = 0;
    }
    at++;
  }
  statements.push(script.slice(start));
  return statements.filter(saysSomething);
}

function endOfOpaque(script: string, at: number): number {
  if (script.startsWith('/*', at)) return endOfBlockComment(script, at);
  OPAQUE.lastIndex = at;
  // `E'` is a prefix only where no name ends: in `name'` there is none.
  const found = /[\w$]/.test(script[at - 1] ?? '') && /[eE]/.test(script[at] ?? '') ? null : OPAQUE.exec(script);
  return found === null ? at : at + found[0].length;
}

function endOfBlockComment(script: string, open: number): number {
  let depth = 0;
  for (let at = open; at < script.length; at++) {
    if (script.startsWith('/*', at)) {
      depth++;
      at++;
    } else if (script.startsWith('*/', at)) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return script.length;
}

function isInAtomicBody(statement: string): boolean {
  const words = withoutOpaque(statement).toLowerCase();
  const begin = /\bbegin\s+atomic\b/.exec(words);
  if (begin === null) return false;
  const body = words.slice(begin.index);
  const opened = body.match(/\bbegin\s+atomic\b|\bcase\b/g)?.length ?? 0;
  const closed = body.match(/\bend\b/g)?.length ?? 0;
  return closed < opened;
}

function saysSomething(statement: string): boolean {
  return withoutOpaque(statement, /^(--|\/\*)/).trim() !== '';
}

function withoutOpaque(statement: string, only?: RegExp): string {
  let kept = '';
  for (let at = 0; at < statement.length; ) {
    const end = endOfOpaque(statement, at);
    const opaque = statement.slice(at, end);
    kept += end === at ? statement[at] : only === undefined || only.test(opaque) ? ' ' : opaque;
    at = Math.max(end, at + 1);
  }
  return kept;
}
