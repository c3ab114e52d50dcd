/** Settings files of the Java world as flat lists of names and values: properties, YAML, TOML, and single elements of XML. Read, never run. */
import { folderOf } from './repository-paths.ts';

/** Names to values. Nested names are joined with dots, lists with commas. */
export type Settings = ReadonlyMap<string, string>;

/** Longer settings files are made by machines; what stands behind this many characters is not read. */
const LIMIT = 100_000;

const linesOf = (text: string): readonly string[] => text.slice(0, LIMIT).split(/\r?\n/);

/** `name=value`, `name: value` or `name value`, with a backslash at the end of lines that go on ("Properties", java.util). */
export function readProperties(text: string): Settings {
  const settings = new Map<string, string>();
  let open = '';
  for (const line of linesOf(text)) {
    const whole = open + line.trimStart();
    open = '';
    if (/^[#!]/.test(whole)) continue;
    if (/(?:^|[^\\])(?:\\\\)*\\$/.test(whole)) open = whole.slice(0, -1);
    else {
      const at = whole.search(/[=:\s]/);
      if (at > 0) settings.set(whole.slice(0, at), unescaped(whole.slice(at).replace(/^\s*[=:]?\s*/, '')));
    }
  }
  return settings;
}

const unescaped = (value: string): string => value.replace(/\\(.)/g, '$1').trimEnd();

/** Plain YAML by its indentation; the first document only. What is no plain name, value or list of values is left out. */
export function readYaml(text: string): Settings {
  const settings = new Map<string, string>();
  const trail: { readonly indent: number; readonly name: string }[] = [];
  for (const line of linesOf(text)) {
    if (/^---/.test(line) && settings.size > 0) break;
    const [, space = '', item = '', rest = ''] = /^([ ]{0,100})(- +)?(\S.*)?$/.exec(line) ?? [];
    if (rest === '' || rest.startsWith('#')) continue;
    while ((trail.at(-1)?.indent ?? -1) >= space.length + (item === '' ? 0 : 1)) trail.pop();
    const name = trail.map(each => each.name).join('.');
    if (item !== '') {
      const value = plain(rest);
      settings.set(name, settings.has(name) ? `${settings.get(name)},${value}` : value);
      continue;
    }
    const [, key, value = ''] = /^["']?([\w.-]{1,200})["']? *:(?: +(.*))?$/.exec(rest) ?? [];
    if (key === undefined) continue;
    trail.push({ indent: space.length, name: key });
    if (plain(value) !== '') settings.set(name === '' ? key : `${name}.${key}`, listed(plain(value)));
  }
  return settings;
}

/** Sections, names and values of TOML: texts, numbers, words, and lists of texts over one or several lines. */
export function readToml(text: string): Settings {
  const settings = new Map<string, string>();
  let section = '';
  let open: { readonly name: string; text: string } | null = null;
  for (const line of linesOf(text)) {
    if (open !== null) {
      open.text += line;
      if (!line.includes(']')) continue;
      settings.set(open.name, listed(open.text.trim()));
      open = null;
      continue;
    }
    const header = /^\s{0,40}\[([^\][]{1,200})\]/.exec(line)?.[1];
    if (header !== undefined) section = `${header.trim().replaceAll('"', '')}.`;
    const [, key, value = ''] = /^\s{0,40}["']?([\w.-]{1,200})["']?\s{0,40}=\s{0,40}(.*)$/.exec(line) ?? [];
    if (key === undefined || header !== undefined) continue;
    if (value.startsWith('[') && !value.includes(']')) open = { name: section + key, text: value };
    else settings.set(section + key, listed(plain(value)));
  }
  return settings;
}

/** A value without its quotes or the comment behind it. */
function plain(value: string): string {
  const quoted = /^(["'])(.*?)\1/.exec(value);
  return quoted?.[2] ?? value.replace(/(?:^|\s)#.*$/, '').trim();
}

/** `["a", "b"]` as `a,b`; other values as they are. */
function listed(value: string): string {
  if (!/^\[.*\]$/s.test(value)) return value;
  const items = value.slice(1, -1).split(',');
  return items.flatMap(item => plain(item.trim()) || []).join(',');
}

/** Texts of all elements of one name, with `${…}` filled in from the file's `<properties>`; those that cannot be are left out. */
export function xmlTexts(text: string, name: string, properties: string): readonly string[] {
  const found = text.slice(0, LIMIT).matchAll(new RegExp(`<${name}>([^<]{1,2000})</${name}>`, 'g'));
  return [...found].flatMap(([, value = '']) => {
    const whole = value.trim().replace(/\$\{([\w.-]{1,200})\}/g, (all, each: string) => {
      const element = new RegExp(`<${each.replaceAll('.', '\\.')}>([^<]{1,2000})</`).exec(properties);
      return element?.[1]?.trim() ?? all;
    });
    return whole.includes('${') ? [] : [unentitied(whole)];
  });
}

const unentitied = (text: string): string =>
  text.replace(
    /&(amp|lt|gt|quot|apos);/g,
    (_all, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? "'",
  );

/** The part of a Maven file that sets up one plugin; null when it has none. */
export function mavenPlugin(text: string, artifact: string): string | null {
  const at = text.indexOf(`<artifactId>${artifact}</artifactId>`);
  if (at === -1) return null;
  const end = text.indexOf('</plugin>', at);
  return end === -1 ? text.slice(at) : text.slice(at, end);
}

/** Values of Spring that stand in the file: `${NAME:otherwise}` is `otherwise`, what only the environment knows is left out. */
export function springValue(value: string | undefined): string | null {
  const filled = value?.replace(/\$\{[\w.-]{1,200}:([^{}]{0,500})\}/g, '$1');
  return filled === undefined || filled === '' || filled.includes('${') ? null : filled;
}

/** The folder of the module a file of `src/main/resources` belongs to; the file's own folder elsewhere. */
export function moduleOf(path: string): string {
  const at = `/${path}`.indexOf('/src/main/');
  return at === -1 ? folderOf(path) : at === 0 ? '.' : path.slice(0, at - 1);
}

/** An address that JDBC takes, with the user and password that stand beside it; null for databases that are none of ours. */
export function jdbcAddress(url: string | null, user: string | null, password: string | null): string | null {
  const [, engine, rest = ''] = /^jdbc:(sqlite|postgresql|mysql|mariadb):(.*)$/s.exec(url?.trim() ?? '') ?? [];
  if (engine === undefined || /[\n\r]/.test(rest)) return null;
  if (engine === 'sqlite') return `sqlite:${rest.replace(/^file:/, '')}`;
  // Without slashes it is a database of this machine.
  const place = rest.startsWith('//') ? rest.slice(2) : `localhost/${rest}`;
  if (user === null || place.split(/[/?]/, 1)[0]?.includes('@')) return `${engine}://${place}`;
  const secret = password === null ? '' : `:${encodeURIComponent(password)}`;
  return `${engine}://${encodeURIComponent(user)}${secret}@${place}`;
}
