/** Scratch copies of MySQL and MariaDB databases, beside the real one on its server: dumped and loaded. */
import { rmSync } from 'node:fs';
import { namesItself } from '../../domain/own-name.ts';
import { ProblemError } from '../../domain/problem.ts';
import type { Address, ScratchWish } from '../contract.ts';
import type { Surroundings } from '../engine.ts';
import { onSameServer } from '../parse-url.ts';
import { withoutSecret } from '../secret.ts';
import { backUp, load } from './backup.ts';
import { mysqlCode, mysqlProblem } from './errors.ts';
import { dialect } from './history.ts';
import { connect, type MysqlSession } from './session.ts';

/** Where it is. */
export const scratchAddress = (real: Address, name: string): Address => onSameServer(real, name);

/** Makes it. Throws `scratch-impossible` where programs inside the real one name it: in a copy they would still reach it. */
export async function makeScratch(
  real: Address,
  wish: ScratchWish,
  folder: string,
  around: Surroundings,
): Promise<void> {
  await within(real, around, async session => {
    if (wish.contents !== 'empty') await mustNotNameItself(session, real);
    const { rows } = await session.read(
      'SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()',
    );
    const [set, collation] = (rows[0] ?? []).map(String);
    await session.script(`CREATE DATABASE ${dialect.identifier(wish.name)} CHARACTER SET ${set} COLLATE ${collation}`);
  });
  if (wish.contents === 'empty') return;
  const scratch = scratchAddress(real, wish.name);
  const copy = async (more: readonly string[], tables: readonly string[]): Promise<void> => {
    const dump = await backUp(real, folder, around, more, tables);
    await load(scratch, dump.file, around);
    rmSync(dump.file, { force: true });
  };
  await copy(wish.contents === 'full' ? [] : ['--no-data'], []);
  await useOwnSequences(scratch, real, around);
  if (wish.contents === 'full') return;
  const isThere = await within(real, around, async session => {
    const { rows } = await session.read(
      'SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
      [wish.history.name],
    );
    return rows.length > 0;
  });
  if (isThere)
    await copy(['--no-create-info', '--skip-triggers', '--skip-routines', '--skip-events'], [wish.history.name]);
}

/** Removes it; sessions on it, which a killed maker may have left at work, are ended first. */
export async function dropScratch(real: Address, name: string, around: Surroundings): Promise<void> {
  await within(real, around, async session => {
    const { rows } = await session.read('SELECT ID FROM information_schema.PROCESSLIST WHERE DB = ?', [name]);
    for (const [id] of rows) await session.script(`KILL ${Number(id)}`).catch(() => undefined);
    // Who may not make a database may not drop one that was never there either.
    const seen = await session.read('SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?', [name]);
    if (seen.rows.length > 0) await session.script(`DROP DATABASE IF EXISTS ${dialect.identifier(name)}`);
  });
}

async function within<T>(real: Address, around: Surroundings, act: (session: MysqlSession) => Promise<T>): Promise<T> {
  const session = await connect(real, 'tidemark', around, { scripts: false });
  try {
    return await act(session);
  } catch (error) {
    if (mysqlCode(error) === 'ER_DBACCESS_DENIED_ERROR') {
      const reason = `the user ${real.user ?? ''} may not create databases (${withoutSecret((error as Error).message, real)})`;
      throw new ProblemError('scratch-impossible', { database: real.display, reason });
    }
    throw mysqlProblem(error, real, 'making a scratch database');
  } finally {
    await session.close();
  }
}

/** A column's default names its sequence with the database it was in (seen with MariaDB 10.11): a copy would count the real one up. */
async function useOwnSequences(scratch: Address, real: Address, around: Surroundings): Promise<void> {
  await within(scratch, around, async session => {
    const own = `${dialect.identifier(real.database)}.`;
    const { rows } = await session.read(
      'SELECT TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND INSTR(COLUMN_DEFAULT, ?) > 0',
      [own],
    );
    for (const [table, column, standard] of rows) {
      const here = String(standard).replaceAll(own, '');
      await session.script(
        `ALTER TABLE ${dialect.identifier(String(table))} ALTER COLUMN ${dialect.identifier(String(column))} SET DEFAULT (${here})`,
      );
    }
  });
}

/** Bodies are copied as they were written. One that names its database goes on meaning the real one. */
async function mustNotNameItself(session: MysqlSession, real: Address): Promise<void> {
  const { rows } = await session.read(
    `SELECT CONCAT('the trigger ', TRIGGER_NAME), ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
     UNION ALL SELECT CONCAT('the ', LOWER(ROUTINE_TYPE), ' ', ROUTINE_NAME), ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()
     UNION ALL SELECT CONCAT('the event ', EVENT_NAME), EVENT_DEFINITION FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()`,
  );
  const found = rows.find(([, body]) => namesItself(String(body), 'mysql', real.database));
  if (found === undefined) return;
  const reason = `${String(found[0])} names the database itself, and would change it from a copy too`;
  throw new ProblemError('scratch-impossible', { database: real.display, reason });
}
