/** Passwords that cannot be printed by accident, and texts cleaned of them. */
import type { Address, Secret } from './contract.ts';

/** Wraps a password; null where an address names none. */
export function secretOf(password: string | null): Secret {
  // The closure keeps it out of the object: neither JSON, nor a template string, nor `inspect` with hidden fields can reach it.
  const secret = {
    reveal: () => password,
    toString: () => '***',
    toJSON: () => undefined,
    [Symbol.for('nodejs.util.inspect.custom')]: () => '***',
  };
  return Object.freeze(secret);
}

/** A foreign text (a driver's or a server's message) with the address's password replaced, also as URLs, JSON, connection strings and SQL write it. */
export function withoutSecret(text: string, address: Address): string {
  const password = address.secret.reveal();
  if (password === null || password === '') return text;
  const forms = new Set([
    password,
    encodeURIComponent(password),
    encodeURI(password),
    // As Symfony and INI files write it.
    encodeURIComponent(password).replaceAll('%', '%%'),
    JSON.stringify(password).slice(1, -1),
    password.replace(/['\\]/g, '\\$&'),
    password.replaceAll("'", "''"),
  ]);
  // Longest first: an encoded form may contain the plain one.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((cleaned, form) => cleaned.replaceAll(form, '***'), text);
}

/** What an error says, cleaned. */
export function saidBy(error: unknown, address: Address): string {
  return withoutSecret(wordsOf(error), address);
}

/** A stand-in for a foreign error, fit to be a `cause`: its cleaned words and stack, and none of its fields. */
export function causeOf(error: unknown, address: Address): Error {
  const cause = new Error(saidBy(error, address));
  if (error instanceof Error && error.stack !== undefined) cause.stack = withoutSecret(error.stack, address);
  return cause;
}

// Node reports a refused connection to a name with several addresses as an AggregateError without a message.
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '')
    return [...new Set(error.errors.map(wordsOf))].join('; ');
  if (error instanceof Error) return error.message;
  return String(error);
}
