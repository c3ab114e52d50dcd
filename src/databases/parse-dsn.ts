/** Two connection strings that are no URLs: libpq's `host=… dbname=…` and the Go MySQL driver's `user:password@tcp(host:port)/db`. */
import { BadAddress, type NamedParts, readParameters, splitOnce } from './parse-url.ts';

const LIBPQ_NAME = /^\s*(host|hostaddr|port|dbname|user|password|sslmode|service|options|application_name)\s*=/;
const GO_DSN =
  /^(?:(?<user>[^:@/]*)(?::(?<password>.*))?@)?(?<net>tcp|tcp6|unix)\((?<place>[^)]*)\)\/(?<database>[^?]*)(?:\?(?<query>.*))?$/s;

/** Is this `keyword=value keyword=value`, https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING? */
export const isLibpqString = (text: string): boolean => LIBPQ_NAME.test(text);

/** Reads libpq's keyword/value string: values may stand in single quotes, with `\'` and `\\` in them. */
export function readLibpqString(text: string): NamedParts {
  const pair = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\]|\\.)*))\s*/gsy;
  const named: Record<string, string> = {};
  while (pair.lastIndex < text.length) {
    const found = pair.exec(text);
    if (found === null) throw new BadAddress('it is neither a URL nor a list of keyword=value');
    named[found[1] ?? ''] = (found[2] ?? found[3] ?? '').replace(/\\(.)/gs, '$1');
  }
  const { host = null, port = null, user = null, password = null, dbname = null, ...parameters } = named;
  return { host, port, user, password, database: dbname, parameters };
}

/** Is this a DSN of github.com/go-sql-driver/mysql (its README, "DSN")? */
export const isGoDsn = (text: string): boolean => GO_DSN.test(text);

/** Reads a Go MySQL DSN; nothing in it is percent-encoded but the parameters. */
export function readGoDsn(text: string): NamedParts {
  const { user, password, net, place = '', database, query } = GO_DSN.exec(text)?.groups ?? {};
  const [host, port] = net === 'unix' ? [place, null] : splitOnce(place, ':');
  return {
    host: host === '' ? null : host,
    port,
    user: user || null,
    password: password ?? null,
    database: database || null,
    parameters: readParameters(query ?? ''),
  };
}
