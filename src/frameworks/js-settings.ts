/** Texts and addresses of databases in the settings that JavaScript projects export. Nothing is run. */
import type { Engine } from '../domain/migration.ts';
import { entryOf, type JsValue } from './js-values.ts';

/** A text, or what stands behind a variable; null for all else. */
export const textOf = (value: JsValue | null): string | null => {
  if (value?.kind === 'text') return value.text;
  return value?.kind === 'variable' ? textOf(value.otherwise) : null;
};

/** A list's texts, or the one text. */
export const textsOf = (value: JsValue | null): readonly string[] =>
  value?.kind === 'list'
    ? value.items.flatMap(item => textOf(item) ?? [])
    : textOf(value) === null
      ? []
      : [textOf(value) ?? ''];

/** A text, with variables filled in from `.env`. */
export function resolvedText(
  value: JsValue | null,
  variables: Readonly<Record<string, string>>,
): (JsValue & { kind: 'text' }) | null {
  if (value?.kind === 'text') return value;
  if (value?.kind !== 'variable') return null;
  const said = Object.hasOwn(variables, value.name) ? variables[value.name] : undefined;
  return said === undefined || said === ''
    ? resolvedText(value.otherwise, variables)
    : { kind: 'text', text: said, fromFile: false };
}

/** Names that a library gives to the parts of a connection, the first that is there counts. */
export interface ConnectionNames {
  /** A whole URL. */
  readonly url: readonly string[];
  /** Path of a SQLite file. */
  readonly file: readonly string[];
  readonly database: readonly string[];
  readonly user: readonly string[];
}

/** The address an object of settings names: a URL, or the path of a SQLite file. null when it cannot be told from the text. */
export function addressIn(
  settings: JsValue | null,
  engine: Engine | null,
  names: ConnectionNames,
  variables: Readonly<Record<string, string>>,
): { readonly text: string; readonly fromFile: boolean } | null {
  const found = (...entries: readonly string[]) => {
    for (const entry of entries) {
      const value = resolvedText(entryOf(settings, entry), variables);
      if (value !== null) return value;
    }
    return null;
  };
  const url = found(...names.url);
  if (url !== null) return plainAddress(url);
  const file = engine === null || engine === 'sqlite' ? found(...names.file) : null;
  if (file !== null) return plainAddress(file);
  const database = found(...names.database)?.text;
  if (database === undefined || engine === null || engine === 'sqlite') return null;
  const [user, password, port] = [found(...names.user)?.text, found('password')?.text, found('port')?.text];
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
  const login = user === undefined ? '' : `${encodeURIComponent(user)}${secret}@`;
  const host = `${found('host')?.text ?? 'localhost'}${port === undefined ? '' : `:${port}`}`;
  return { text: `${engine}://${login}${host}/${encodeURIComponent(database)}`, fromFile: false };
}

/** A whole address as settings say it; null for a database in memory. */
export const plainAddress = (
  value: JsValue & { kind: 'text' },
): { readonly text: string; readonly fromFile: boolean } | null =>
  value.text === '' || value.text === ':memory:' ? null : { text: value.text, fromFile: value.fromFile };

/** The engine of a name such as drivers, dialects and clients have; null for those Tidemark does not speak to. */
export function engineNamed(name: string | null): Engine | null {
  if (name === null) return null;
  if (/^(?:sqlite3?|better-sqlite3?|libsql)$/i.test(name)) return 'sqlite';
  if (/^(?:pg|postgres|postgresql|pg-native|pgnative)$/i.test(name)) return 'postgres';
  return /^(?:mysql2?|mariadb)$/i.test(name) ? 'mysql' : null;
}
