/** Where a repository says how it uses golang-migrate: command lines in scripts, and calls of its library in Go. Read, never run. */
import { commandsOf, flags, isPlain } from '../command-lines.ts';

/** What one file says. Fields it does not mention are null. */
export interface MigrateSettings {
  /** Folders of migrations as written, relative to where the command runs. */
  readonly folders: readonly string[] | null;
  readonly table: { readonly schema: string | null; readonly name: string } | null;
  /** Address as golang-migrate is told it, and where. The text may hold a password. */
  readonly database: { readonly text: string; readonly from: string } | null;
}

/** Reads one script; null when it does not speak of golang-migrate: other tools have a command of that name too, but not these flags. */
export function parseSettings(path: string, text: string): MigrateSettings | null {
  if (!/\bmigrate\b/.test(text)) return null;
  const commands = [...commandsOf(text, '(?:migrate|golang-migrate)'), ...ofImage(text)];
  const folders = commands.flatMap(line => [
    ...flags(line, '-path', '--path'),
    ...flags(line, '-source', '--source').flatMap(source => folderOfSource(source) ?? []),
  ]);
  const spoken = commands.filter(line => line.some(word => /^--?(?:path|source|database)(?:=|$)/.test(word)));
  const address = spoken.flatMap(line => flags(line, '-database', '--database'))[0] ?? null;
  if (folders.length === 0 && spoken.length === 0) return null;
  return {
    folders: folders.length === 0 ? null : [...new Set(folders)],
    table: tableIn(text),
    database: address === null || !/:\/\//.test(address) ? null : { text: addressOf(address), from: path },
  };
}

/** Arguments of the container image, as a list or on one line: `command: ["-path", "/migrations", "up"]`. */
function ofImage(text: string): readonly (readonly string[])[] {
  if (!text.includes('migrate/migrate')) return [];
  const lines = [...text.slice(0, 200_000).matchAll(/^[ \t]{0,40}command:([^\n]{1,400})/gm)];
  return lines.map(([, rest = '']) => rest.split(/[\s"',\][]+/).filter(Boolean));
}

/** `file://db/migrations`; other sources lie elsewhere. */
const folderOfSource = (source: string): string | null => {
  const folder = /^file:\/\/(.+)$/.exec(source)?.[1];
  return folder !== undefined && isPlain(folder) ? folder : null;
};

/**
 * The table that an address names (`x-migrations-table`), also one of which a shell fills in the rest. With
 * `x-migrations-table-quoted` it is `"schema"."name"`; else a dot is a part of the name.
 */
function tableIn(text: string): MigrateSettings['table'] {
  const found = /[?&]x-migrations-table=([^&"'`\s\\]{1,300})/.exec(text)?.[1];
  if (found === undefined) return null;
  const name = decoded(found);
  const quoted = [...name.matchAll(/"([^"]*)"/g)].map(match => match[1] ?? '');
  const [first, second] = quoted;
  if (first === undefined) return { schema: null, name };
  return second === undefined ? { schema: null, name: first } : { schema: first, name: second };
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The address without the parameters that only golang-migrate knows, and without a scheme in front of a Go DSN. */
function addressOf(text: string): string {
  const [before = '', query = ''] = text.split(/\?(.*)/s);
  const kept = query.split('&').filter(pair => pair !== '' && !pair.startsWith('x-'));
  const bare = /^mysql:\/\/[^/]*@(?:tcp|tcp6|unix)\(/.test(before) ? before.replace('mysql://', '') : before;
  return kept.length === 0 ? bare : `${bare}?${kept.join('&')}`;
}

/** What Go code that uses the library says: its folder (`file://…`) and table (`MigrationsTable: "…"`). */
export function settingsInGo(text: string): { readonly folder: string | null; readonly table: string | null } | null {
  if (!text.includes('golang-migrate/migrate')) return null;
  const source = /["`](file:\/\/[^"`\n]{1,300})["`]/.exec(text)?.[1];
  const table = /\bMigrationsTable:\s{0,20}["`]([^"`\n]{1,200})["`]/.exec(text)?.[1] ?? tableIn(text)?.name ?? null;
  return { folder: source === undefined ? null : folderOfSource(source), table };
}
