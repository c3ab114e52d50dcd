/**
 * Reads database addresses: URLs in the spellings of the frameworks and their drivers, connection strings of libpq and Go, and paths
 * of SQLite files. A password goes into the address's secret and nowhere else.
 */
import { ProblemError } from '../domain/problem.ts';
import type { Address } from './contract.ts';
import { isGoDsn, isLibpqString, readGoDsn, readLibpqString } from './parse-dsn.ts';
import { readSqliteFile } from './parse-sqlite.ts';
import { BadAddress, type NamedParts, readUrl, serverAddress } from './parse-url.ts';
import { secretOf } from './secret.ts';

const POSTGRES = new Set(['postgres', 'postgresql', 'pg', 'pgx', 'pgx5', 'postgis']);
const MYSQL = new Set(['mysql', 'mysql2', 'mariadb', 'trilogy']);
const SQLITE = new Set(['sqlite', 'sqlite3', 'file']);

/** Parses an address; relative SQLite paths are from `base`. Throws `bad-address`, in which no password is repeated. */
export function parseAddress(text: string, base: string): Address {
  try {
    return parse(text.trim().replace(/^jdbc:/i, ''), base);
  } catch (error) {
    if (error instanceof BadAddress) {
      throw new ProblemError('bad-address', { address: withoutPassword(text.trim()), reason: error.message });
    }
    throw error;
  }
}

function parse(text: string, base: string): Address {
  if (text === '') throw new BadAddress('it is empty');
  if (text.includes('\0')) throw new BadAddress('it holds a NUL character');
  if (isLibpqString(text)) return serverAddress('postgres', readLibpqString(text));
  if (isGoDsn(text)) return serverAddress('mysql', readGoDsn(text));
  // Two letters at least: `C:\app.db` is a path.
  const scheme = /^([a-z][a-z0-9]+)(\+[a-z0-9_]+)?:/i.exec(text);
  const engine = scheme?.[1]?.toLowerCase();
  if (scheme === null || engine === undefined) return sqliteAddress(text, base, 'path');
  const rest = text.slice(scheme[0].length);
  if (POSTGRES.has(engine)) return serverAddress('postgres', readServerUrl(rest));
  if (MYSQL.has(engine)) return serverAddress('mysql', readServerUrl(rest));
  if (engine === 'file') return sqliteAddress(rest, base, 'file-uri');
  if (SQLITE.has(engine)) return sqliteAddress(rest, base, scheme[2] === undefined ? 'url' : 'sqlalchemy-url');
  throw new BadAddress(`"${engine}" is none of postgres, mysql, mariadb, sqlite`);
}

function readServerUrl(rest: string): NamedParts {
  if (!rest.startsWith('//')) throw new BadAddress('"//" is missing after its scheme');
  return readUrl(rest.slice(2));
}

function sqliteAddress(text: string, base: string, form: Parameters<typeof readSqliteFile>[2]): Address {
  const { file, display, parameters } = readSqliteFile(text, base, form);
  return {
    engine: 'sqlite',
    display: `sqlite:${display}`,
    database: file,
    host: null,
    port: null,
    socket: null,
    user: null,
    parameters,
    secret: secretOf(null),
  };
}

// For texts that could not be understood, so nobody can say where in them a password stands: what may be one is left out.
function withoutPassword(text: string): string {
  if (isLibpqString(text)) return '***';
  const scheme = /^(jdbc:)?[a-z][a-z0-9+.]*:/i.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  if (at === -1) return /pass|pwd|secret|token|:\/\/[^/]*:/i.test(text) ? `${scheme}***` : text.replace(/\?.*$/s, '');
  const place = rest.slice(at + 1).replace(/[?#\s].*$/s, '');
  return `${scheme}***@${place}`;
}
