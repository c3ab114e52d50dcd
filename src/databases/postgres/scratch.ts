/**
 * Scratch copies of PostgreSQL databases, beside the real one on its server: as a template copy where nobody is on the real one, which is
 * what CREATE DATABASE demands, else by pg_dump and psql.
 */
import { rmSync } from 'node:fs';
import type { TableName } from '../../domain/migration.ts';
import { ProblemError } from '../../domain/problem.ts';
import type { Address, ScratchWish } from '../contract.ts';
import type { Surroundings } from '../engine.ts';
import { onSameServer } from '../parse-url.ts';
import { tableIdentifier } from '../row-changes.ts';
import { withoutSecret } from '../secret.ts';
import { backUp, load } from './backup.ts';
import { postgresCode, postgresProblem } from './errors.ts';
import { dialect } from './history.ts';
import { connect, type PostgresSession } from './session.ts';

const INSUFFICIENT_PRIVILEGE = '42501';
const OBJECT_IN_USE = '55006';

/** Where it is. */
export const scratchAddress = (real: Address, name: string): Address => onSameServer(real, name);

/** Makes it. */
export async function makeScratch(
  real: Address,
  wish: ScratchWish,
  folder: string,
  around: Surroundings,
): Promise<void> {
  const scratch = scratchAddress(real, wish.name);
  const copied = await beside(real, `tidemark:${wish.name}`, around, async (session, isReal) => {
    if (wish.contents === 'full' && !isReal && (await copyAsTemplate(session, real, wish.name))) return true;
    await createLike(session, real, wish.name);
    await copySettings(session, real.database, wish.name);
    return false;
  });
  if (copied || wish.contents === 'empty') return;
  const plain = ['--no-owner', '--no-privileges'];
  const dumps = [await backUp(real, folder, around, wish.contents === 'full' ? plain : [...plain, '--schema-only'])];
  if (wish.contents === 'schema' && (await isThere(real, wish.history, around)))
    dumps.push(await backUp(real, folder, around, [...plain, '--data-only', `--table=${patternOf(wish.history)}`]));
  await load(
    scratch,
    dumps.map(dump => dump.file),
    around,
  );
  for (const dump of dumps) rmSync(dump.file, { force: true });
}

/** Removes it, with every session on it; a killed maker's session that may still be at work is ended first. */
export async function dropScratch(real: Address, name: string, around: Surroundings): Promise<void> {
  await beside(real, 'tidemark', around, async session => {
    await endSessions(session, 'application_name = $1', `tidemark:${name}`);
    await endSessions(session, 'datname = $1', name);
    await session.script(`DROP DATABASE IF EXISTS ${dialect.identifier(name)}`);
  });
}

/** Works in a session of the server that is, where possible, on none of the user's databases. */
async function beside<T>(
  real: Address,
  name: string,
  around: Surroundings,
  act: (session: PostgresSession, isReal: boolean) => Promise<T>,
): Promise<T> {
  const session = await anySession(real, name, around);
  try {
    return await act(session.session, session.isReal);
  } catch (error) {
    if (postgresCode(error) === INSUFFICIENT_PRIVILEGE) {
      const reason = `the user ${real.user ?? ''} may not create databases (${withoutSecret((error as Error).message, real)})`;
      throw new ProblemError('scratch-impossible', { database: real.display, reason });
    }
    throw postgresProblem(error, real, 'making a scratch database');
  } finally {
    await session.session.close();
  }
}

async function anySession(real: Address, name: string, around: Surroundings) {
  for (const database of ['postgres', 'template1']) {
    if (database === real.database) continue;
    try {
      return { session: await connect(onSameServer(real, database), name, around, { forever: true }), isReal: false };
    } catch {
      // Not there, or not for this user.
    }
  }
  return { session: await connect(real, name, around, { forever: true }), isReal: true };
}

/** False where somebody is on the real database, or it may not be copied by this user: then there are other ways. */
async function copyAsTemplate(session: PostgresSession, real: Address, name: string): Promise<boolean> {
  const { rows } = await session.query('SELECT count(*) FROM pg_stat_activity WHERE datname = $1', [real.database]);
  if (rows[0]?.[0] !== '0') return false;
  try {
    await session.script(`CREATE DATABASE ${dialect.identifier(name)} TEMPLATE ${dialect.identifier(real.database)}`);
  } catch (error) {
    if ([OBJECT_IN_USE, INSUFFICIENT_PRIVILEGE].includes(postgresCode(error))) return false;
    throw error;
  }
  await copySettings(session, real.database, name);
  return true;
}

/** An empty database with the real one's encoding and collation. */
async function createLike(session: PostgresSession, real: Address, name: string): Promise<void> {
  const { rows } = await session.query(
    `SELECT pg_encoding_to_char(encoding), datcollate, datctype, to_json(d)->>'datlocprovider', coalesce(to_json(d)->>'datlocale', to_json(d)->>'daticulocale')
       FROM pg_database d WHERE datname = $1`,
    [real.database],
  );
  const [encoding, collate, ctype, provider, locale] = rows[0] ?? [];
  const options = [
    'TEMPLATE template0',
    `ENCODING ${literal(encoding ?? 'UTF8')}`,
    `LC_COLLATE ${literal(collate ?? 'C')}`,
    `LC_CTYPE ${literal(ctype ?? 'C')}`,
    ...(provider === 'i' && locale ? [`LOCALE_PROVIDER icu ICU_LOCALE ${literal(locale)}`] : []),
  ];
  await session.script(`CREATE DATABASE ${dialect.identifier(name)} ${options.join(' ')}`);
}

// Values of these are lists of quoted names already (src/bin/pg_dump/dumputils.c, variable_is_guc_list_quote).
const LISTS = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
];

/** What ALTER DATABASE … SET says of the real one: a search path decides what names mean. */
async function copySettings(session: PostgresSession, from: string, to: string): Promise<void> {
  const { rows } = await session.query(
    `SELECT r.rolname, unnest(s.setconfig) FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
      WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = $1) AND (s.setrole = 0 OR r.rolname = current_user)`,
    [from],
  );
  for (const [role, setting] of rows) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(setting ?? '') ?? [];
    const subject = role ? `ROLE ${dialect.identifier(role)} IN DATABASE` : 'DATABASE';
    const to_ = LISTS.includes(name) ? value : literal(value);
    // What only an administrator may set concerns logs and limits, never what a migration means.
    await session
      .script(`ALTER ${subject} ${dialect.identifier(to)} SET ${dialect.identifier(name)} TO ${to_}`)
      .catch(() => undefined);
  }
}

/** Ends sessions and waits until they are gone, ten seconds at most. */
async function endSessions(session: PostgresSession, which: string, value: string): Promise<void> {
  const end = performance.now() + 10_000;
  for (;;) {
    const { rows } = await session.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${which} AND pid <> pg_backend_pid()`,
      [value],
    );
    if (rows.length === 0 || performance.now() > end) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

async function isThere(real: Address, table: TableName, around: Surroundings): Promise<boolean> {
  const session = await connect(real, 'tidemark', around, { forever: false });
  try {
    const { rows } = await session.query('SELECT to_regclass($1) IS NOT NULL', [tableIdentifier(dialect, table)]);
    return rows[0]?.[0] === 't';
  } finally {
    await session.close();
  }
}

/** A table as pg_dump's patterns name it: quotes keep `*` and `.` plain; without a schema it is looked for on the search path. */
const patternOf = ({ schema, name }: TableName): string =>
  schema === null ? dialect.identifier(name) : `${dialect.identifier(schema)}.${dialect.identifier(name)}`;

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
