/** PHP classes as text: the bodies of their methods, comments taken out. Nothing is executed. */

/** Text of the body of a method, comments taken out; null when there is no such method. */
export function bodyOf(text: string, name: string): string | null {
  const code = text.slice(0, 1 << 18).replace(/\/\*[\s\S]*?\*\/|^[ \t]*(?:\/\/|#(?!\[)).*$/gm, '');
  const head = new RegExp(`\\bfunction[ \\t]+${name}[ \\t]*\\([^)]{0,200}\\)[^{;]{0,100}\\{`).exec(code);
  if (head === null) return null;
  let depth = 1;
  let quote = '';
  const start = head.index + head[0].length;
  for (let at = start; at < code.length; at += 1) {
    const sign = code[at] ?? '';
    if (quote !== '') {
      if (sign === '\\') at += 1;
      else if (sign === quote) quote = '';
    } else if (sign === "'" || sign === '"') quote = sign;
    else if (sign === '{') depth += 1;
    else if (sign === '}') depth -= 1;
    if (depth === 0) return code.slice(start, at);
  }
  return code.slice(start);
}

/** Does a body hold no statement, or only a bare `return`? */
export const isEmpty = (body: string): boolean => /^[\s;]*(return[\s;]*)?$/.test(body);
