/** Reads configurations of PHP's tools (`.php`, `.json`, `.yaml`, `.yml`) as text: what they plainly say, and nothing where they compute. */

/** Stands where PHP has `__DIR__`: Phinx's own word for it. */
export const HERE = '%%PHINX_CONFIG_DIR%%';

/** What a configuration plainly says. */
export type Setting = string | null | { readonly [key: string]: Setting };

/** Nested deeper it is no configuration. */
const DEPTH = 12;

/** The settings of a file by its name; null where they cannot be read. Lists have the keys `0`, `1`, … */
export function parseConfig(path: string, whole: string): Setting {
  const text = whole.slice(0, 100_000);
  if (path.endsWith('.php')) return phpArray(text);
  if (!path.endsWith('.json')) return yamlMap(text);
  try {
    return fromJson(JSON.parse(whole), 0);
  } catch {
    return null;
  }
}

/** The setting under keys; null when there is none. */
export const under = (setting: Setting, ...keys: readonly string[]): Setting =>
  keys.reduce<Setting>(
    (at, key) => (at !== null && typeof at === 'object' && Object.hasOwn(at, key) ? (at[key] ?? null) : null),
    setting,
  );

/** The text under keys; null when there is none or it is no text. */
export function textUnder(setting: Setting, ...keys: readonly string[]): string | null {
  const found = under(setting, ...keys);
  return typeof found === 'string' ? found : null;
}

function fromJson(value: unknown, depth: number): Setting {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null || depth > DEPTH) return null;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fromJson(each, depth + 1)]));
}

const TOKEN =
  /\s+|\/\/[^\n]*|#(?!\[)[^\n]*|\/\*[\s\S]*?\*\/|('(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\$]|\\[\s\S])*")|([\w\\$]+|=>|[\s\S])/gy;

function phpArray(text: string): Setting {
  const tokens = [...text.matchAll(TOKEN)].flatMap(([, string, other]) => string ?? other ?? []);
  const start = tokens.findIndex((token, at) => token === 'return' && /^(?:\[|array)$/i.test(tokens[at + 1] ?? ''));
  return start === -1 ? null : phpValue(tokens, start + 1, 0).value;
}

const isString = (token: string | undefined): token is string => /^['"]/.test(token ?? '') && (token ?? '').length > 1;
const unquoted = (token: string): string => token.slice(1, -1).replace(/\\(['"\\])/g, '$1');

/** The value that begins at a token, and the index behind it: a `,`, or the bracket round it. */
function phpValue(tokens: readonly string[], from: number, depth: number): { value: Setting; end: number } {
  const open = /^array$/i.test(tokens[from] ?? '') && tokens[from + 1] === '(' ? from + 1 : from;
  if ((tokens[open] === '[' || open > from) && depth <= DEPTH) return phpList(tokens, open + 1, depth);
  let said = '';
  let plain = true;
  let level = 0;
  let at = from;
  for (; at < tokens.length; at += 1) {
    const token = tokens[at] ?? '';
    if (level === 0 && /^(?:,|=>|\]|\)|;)$/.test(token)) break;
    if (/^[([{]$/.test(token)) level += 1;
    if (/^[)\]}]$/.test(token)) level -= 1;
    if (isString(token)) said += unquoted(token);
    else if (token === '__DIR__') said += HERE;
    else if (/^\d+$/.test(token)) said += token;
    else if (token !== '.') plain = false;
  }
  return { value: plain ? said : null, end: at };
}

function phpList(tokens: readonly string[], from: number, depth: number): { value: Setting; end: number } {
  const entries: [string, Setting][] = [];
  let count = 0;
  let at = from;
  while (at < tokens.length && !/^[\])]$/.test(tokens[at] ?? '')) {
    const first = phpValue(tokens, at, depth + 1);
    at = first.end;
    if (tokens[at] === '=>') {
      const second = phpValue(tokens, at + 1, depth + 1);
      at = second.end;
      if (typeof first.value === 'string') entries.push([first.value, second.value]);
    } else if (at > from) entries.push([String(count++), first.value]);
    if (tokens[at] === ',') at += 1;
    else if (!/^[\])]$/.test(tokens[at] ?? ']')) break;
  }
  return { value: Object.fromEntries(entries), end: at + 1 };
}

const scalar = (text: string): string => {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  return quoted?.[2] ?? text.replace(/\s#.*$/, '').trim();
};

/** Maps by indentation, and lists of texts: as much of YAML as the tools' own templates use. */
function yamlMap(text: string): Setting {
  const root: Record<string, Setting> = {};
  const open: { indent: number; map: Record<string, Setting> }[] = [{ indent: -1, map: root }];
  for (const line of text.split(/\r?\n/)) {
    const [, space = '', dash = '', rest = ''] = /^([ ]{0,40})(-[ ]+)?([^#\s].{0,2000})$/.exec(line) ?? [];
    if (rest === '' || /^(?:---|\.\.\.)/.test(rest)) continue;
    // A list may stand as deep as its key.
    const indent = space.length + (dash === '' ? 0 : 0.5);
    while (open.length > 1 && (open.at(-1)?.indent ?? 0) >= indent) open.pop();
    const { map } = open.at(-1) ?? { map: root };
    const [, key = '', value = ''] = /^("[^"]*"|'[^']*'|[^\s:'"][^:]{0,200}):(?:\s+(.*))?$/.exec(rest) ?? [];
    if (dash !== '') map[String(Object.keys(map).length)] = scalar(rest);
    else if (key !== '' && value.trim() !== '' && !value.startsWith('#')) map[scalar(key)] = scalar(value.trim());
    else if (key !== '') {
      const inner: Record<string, Setting> = {};
      map[scalar(key)] = inner;
      open.push({ indent: space.length, map: inner });
    }
  }
  return root;
}
