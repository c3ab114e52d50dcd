/** The part of HOCON that settings files of Play are written in: nested objects, dotted names, texts. Read, never run. */
import type { Settings } from '../java-settings.ts';

const TOKEN = /\s+|#[^\n]*|\/\/[^\n]*|"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|[{}[\],=:\n]|\+=|[^\s{}[\],=:#"+]+|[\s\S]/y;

/** Longer settings files are made by machines; what stands behind this many characters is not read. */
const LIMIT = 100_000;

/** Values by their whole names. What only the environment or another file knows is left out; what stands later wins. */
export function readHocon(text: string): Settings {
  const settings = new Map<string, string>();
  const trail: (readonly string[])[] = [];
  let name: string[] = [];
  let value: string[] | null = null;
  let lists = 0;
  const finish = () => {
    const whole = value?.join('').trim() ?? '';
    if (value !== null && name.length > 0 && whole !== '' && !whole.includes('${'))
      settings.set([...trail.flat(), ...name].join('.'), whole);
    name = [];
    value = null;
  };
  for (const token of tokensOf(text)) {
    if (lists > 0) lists += token === '[' ? 1 : token === ']' ? -1 : 0;
    else if (token === '[') lists = 1;
    else if (token === '\n' || token === ',') finish();
    else if (token === '{') {
      // `${NAME}` and `${?NAME}` are values.
      if (value?.at(-1)?.endsWith('$')) value.push('{');
      else {
        trail.push(name);
        [name, value] = [[], null];
      }
    } else if (token === '}') {
      if (value?.includes('{')) value.push('}');
      else {
        finish();
        trail.pop();
      }
    } else if ((token === '=' || token === ':' || token === '+=') && value === null) value = [];
    else if (value !== null) value.push(unquoted(token));
    else if (token.trim() !== '')
      name.push(...(token.startsWith('"') ? [unquoted(token)] : token.split('.').filter(Boolean)));
  }
  finish();
  return settings;
}

function* tokensOf(text: string): Generator<string> {
  const source = text.slice(0, LIMIT);
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(source); match !== null && match[0] !== ''; match = TOKEN.exec(source)) {
    const [token] = match;
    if (token.startsWith('#') || token.startsWith('//')) continue;
    yield token.trim() === '' && token.includes('\n') ? '\n' : token;
  }
}

const unquoted = (token: string): string => {
  if (token.startsWith('"""')) return token.slice(3, -3);
  return token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/g, '$1') : token;
};
