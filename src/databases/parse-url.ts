/** Database URLs of servers, read by hand: `URL` refuses what drivers accept (socket folders as hosts, raw characters in passwords). */
import type { Engine } from '../domain/migration.ts';
import type { Address } from './contract.ts';
import { secretOf } from './secret.ts';

/** Why a text is no address, as a clause. Becomes `bad-address` at the border. */
export class BadAddress extends Error {
  override readonly name = 'BadAddress';
}

/** The parts a server's address may name, decoded. */
export interface NamedParts {
  readonly host: string | null;
  readonly port: string | null;
  readonly user: string | null;
  readonly password: string | null;
  readonly database: string | null;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads what follows `scheme://`. */
export function readUrl(text: string): NamedParts {
  const { before, query } = splitQuery(text);
  const at = before.lastIndexOf('@');
  const userinfo = at === -1 ? null : before.slice(0, at);
  const [place, path] = splitOnce(before.slice(at + 1), '/');
  const [user, password] = userinfo === null ? [null, null] : splitOnce(userinfo, ':');
  return {
    ...readPlace(place),
    user: user === null || user === '' ? null : decode(user),
    password: password === null ? null : decode(password),
    database: path === null || path === '' ? null : decode(path),
    parameters: readParameters(query),
  };
}

/** `a=b&c=d`, decoded. Also what a libpq string or a Go DSN names besides the fixed parts. */
export function readParameters(query: string): Readonly<Record<string, string>> {
  const pairs = query.split('&').filter(pair => pair !== '');
  return Object.fromEntries(
    pairs.map(pair => splitOnce(pair, '=')).map(([name, value]) => [decode(name), decode(value ?? '')]),
  );
}

/** Makes an address of named parts; parameters that name a part count where the part itself is missing. */
export function serverAddress(engine: Exclude<Engine, 'sqlite'>, parts: NamedParts): Address {
  const named = (...names: readonly string[]): string | null => {
    for (const name of names) if (parts.parameters[name]) return parts.parameters[name];
    return null;
  };
  const host = parts.host ?? named('host', 'hostaddr');
  const socketHere = host?.startsWith('/') ? host : named('socket', 'unix_socket', 'unixSocket', 'socketPath');
  const port = portOf(parts.port ?? named('port'));
  const user = parts.user ?? named('user', 'username');
  // libpq, and so every PostgreSQL client, takes the user's name for the database's where none is given.
  const database =
    parts.database ?? named('dbname', 'database', 'databaseName') ?? (engine === 'postgres' ? user : null);
  if (database === null) throw new BadAddress('it names no database');
  const place = { host: socketHere === host ? null : host, port, socket: socketHere, user, database };
  return {
    engine,
    display: displayOf(engine, place),
    ...place,
    parameters: Object.fromEntries(Object.entries(parts.parameters).filter(([name]) => !PART.test(name))),
    secret: secretOf(parts.password ?? named('password', 'passwd', 'pass', 'pwd')),
  };
}

/** The address of another database of the same server, for the same user. */
export function onSameServer(address: Address, database: string): Address {
  return { ...address, database, display: displayOf(address.engine, { ...address, database }) };
}

const PART =
  /^(host|hostaddr|port|user|username|dbname|database|databaseName|socket|unix_socket|unixSocket|socketPath)$|pass|pwd|secret|token/i;

function displayOf(engine: Engine, place: Pick<Address, 'host' | 'port' | 'socket' | 'user' | 'database'>): string {
  const user = place.user === null ? '' : `${encodeURIComponent(place.user)}@`;
  const plainHost = place.host?.includes(':') ? `[${place.host}]` : (place.host ?? '');
  const host = engine === 'postgres' && place.socket !== null ? encodeURIComponent(place.socket) : plainHost;
  const port = place.port === null ? '' : `:${place.port}`;
  const socket = engine === 'mysql' && place.socket !== null ? `?socket=${encodeURIComponent(place.socket)}` : '';
  return `${engine}://${user}${host}${port}/${encodeURIComponent(place.database)}${socket}`;
}

// A password may hold a raw `?` that cuts it in two; an `@` behind one is either that or a parameter that somebody did not encode.
function splitQuery(text: string): { readonly before: string; readonly query: string } {
  const [before, query] = splitOnce(text, '?');
  const mayBePassword = !before.includes('/') || /:.*@/s.test(before);
  if (query?.includes('@') && mayBePassword) throw new BadAddress('special characters in it must be percent-encoded');
  return { before, query: query ?? '' };
}

function readPlace(place: string): Pick<NamedParts, 'host' | 'port'> {
  if (place.includes(',')) throw new BadAddress('it names several hosts');
  const six = /^\[([^\]]+)\](?::(.*))?$/.exec(place);
  if (six !== null) return { host: six[1] ?? null, port: six[2] ?? null };
  const [host, port] = splitOnce(place, ':');
  return { host: host === '' ? null : decode(host), port: port === '' ? null : port };
}

function portOf(text: string | null): number | null {
  if (text === null) return null;
  const port = Number(text);
  // The text may be a part of a password that was not encoded, so it is not repeated.
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new BadAddress('its port is not a number from 1 to 65535');
  return port;
}

/** Text up to the first mark and after it; null where there is no mark. */
export function splitOnce(text: string, mark: string): readonly [string, string | null] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + mark.length)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone `%` in a password that nobody encoded: drivers differ, the text itself is the best guess.
    return text;
  }
}
