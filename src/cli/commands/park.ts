/** `tidemark park list|show|restore|drop`: the rows and columns that reversals destroyed, and the way back for them. */
import { ProblemError } from '../../domain/problem.ts';
import { clean } from '../../messages/clean.ts';
import { keyWords, parkedWords, putBackLines, tableWords } from '../../messages/parking.ts';
import { age, count, nextLines, size } from '../../messages/words.ts';
import { inspect } from '../../operations/inspect.ts';
import { parkedIn, type StoredSet } from '../../operations/park.ts';
import { chooseSets, findSets, runStatusOf, type SetChoice, setsBack } from '../../operations/parked-choice.ts';
import type { Session } from '../session.ts';

export interface RestoreOptions {
  readonly overwrite?: boolean;
  readonly otherDatabase?: boolean;
  readonly target?: string;
  readonly yes?: boolean;
}

/** What is parked in this repository. Reads no database. */
export async function parkListCommand(session: Session): Promise<number> {
  const repository = await session.outside.git.open(session.where.directory);
  try {
    const all = parkedIn(session.outside, repository).list();
    const ended = runStatusOf(session.outside, repository);
    if (session.json) {
      session.document({ format: 1, parked: all.map(stored => ({ ...documentOf(stored), run: ended(stored.id) })) });
      return 0;
    }
    if (all.length === 0) session.out('Nothing is parked in this repository.');
    for (const stored of all) {
      session.out(`${session.style.strong(stored.id)}  ${headLine(session, stored)}`);
      const aborted = ended(stored.id) === 'aborted' ? ['its run was aborted, which brought the data back'] : [];
      for (const line of [...stateLines(session, stored), ...aborted]) session.out(`    ${line}`);
    }
    return 0;
  } finally {
    await repository.close();
  }
}

/** One set: its tables, columns and files. Reads every file, and says when one is damaged (exit code 5). */
export async function parkShowCommand(session: Session, typed: string): Promise<number> {
  const repository = await session.outside.git.open(session.where.directory);
  try {
    const sets = parkedIn(session.outside, repository);
    for (const stored of findSets(sets.list(), [typed])) {
      sets.verify(stored);
      if (session.json) session.document({ format: 1, parked: documentOf(stored), set: stored.set });
      else showSet(session, stored);
    }
    return 0;
  } finally {
    await repository.close();
  }
}

function showSet(session: Session, stored: StoredSet): void {
  const { out, style } = session;
  out(`${style.strong(stored.id)}  ${headLine(session, stored)}`);
  for (const part of stored.set?.parts ?? []) {
    out('');
    out(`  ${tableWords(part.table)}  ${count(part.rows, 'row')}, ${size(part.bytes)} in ${part.file}`);
    const how = keyWords(part.key);
    if (how !== null) out(`    ${how}`);
    for (const [index, { name, type }] of part.columns.entries())
      out(`    ${index < part.keyColumns ? 'key   ' : 'column'} ${clean(name)}  ${style.faint(clean(type))}`);
    if (part.generated.length > 0)
      out(`    computed by the database, and not saved: ${part.generated.map(clean).join(', ')}`);
  }
  out('');
  for (const line of stateLines(session, stored)) out(`  ${line}`);
  out(`  folder  ${clean(stored.folder)}`);
}

/** Puts data back where its tables and columns are there again. Exit codes: 0, 3 refused or declined. */
export async function parkRestoreCommand(
  session: Session,
  typed: readonly string[],
  options: RestoreOptions,
): Promise<number> {
  if (options.overwrite === true && typed.length === 0)
    throw new ProblemError('bad-arguments', {
      reason: '--overwrite replaces values, so it needs the ids of what is put back',
    });
  const inspection = await inspect(session.outside, session.where, session.listening);
  try {
    const [failed] = inspection.failed;
    if (failed !== undefined) throw failed.problem;
    const choice = await chooseSets(session.outside, inspection, typed, options.otherDatabase === true);
    if (!session.json) for (const { id, reason } of choice.left) session.tell(`${id} is left: ${clean(reason)}.`);
    if (choice.groups.length === 0) return nothingToRestore(session, choice);
    const words = choice.groups.flatMap(({ sets }) => sets.map(set => parkedWords(set)));
    const question = `Put back ${words.join(', ')}?`;
    const flags = `${typed.map(id => ` ${id}`).join('')}${options.overwrite === true ? ' --overwrite' : ''}`;
    if (options.yes !== true && !(await session.confirm(question, `tidemark park restore${flags} --yes`))) {
      session.tell('Nothing was changed.');
      return 3;
    }
    const done = await setsBack(
      session.outside,
      inspection.repository,
      choice,
      { overwrite: options.overwrite === true, named: options.target ?? null },
      session.listening,
    );
    if (session.json) session.document({ format: 1, restored: done, left: choice.left });
    else for (const each of done) for (const line of putBackLines(each.done)) session.out(line);
    if (!session.json && done.some(({ done: parts }) => parts.some(({ kept }) => kept > 0)))
      for (const line of nextLines(`tidemark park restore ${done.flatMap(({ ids }) => ids).join(' ')} --overwrite`))
        session.tell(line);
    return 0;
  } finally {
    await inspection.repository.close();
  }
}

function nothingToRestore(session: Session, { left }: SetChoice): number {
  if (session.json) session.document({ format: 1, restored: [], left });
  else session.out(left.length === 0 ? 'Nothing is parked that is not back already.' : 'Nothing can be put back now.');
  return 0;
}

/** Removes parked data for good. Each set must be named in full. */
export async function parkDropCommand(
  session: Session,
  typed: readonly string[],
  options: { readonly yes?: boolean },
): Promise<number> {
  const repository = await session.outside.git.open(session.where.directory);
  try {
    const sets = parkedIn(session.outside, repository);
    const all = sets.list();
    const named = typed.map(id => {
      const found = all.find(stored => stored.id === id);
      if (found !== undefined) return found;
      throw new ProblemError('bad-arguments', {
        reason: `nothing is parked as "${id}": what is destroyed must be named in full`,
      });
    });
    const words = named.map(({ id, set }) => (set === null ? id : `${parkedWords(summaryParts(set))} (${id})`));
    const question = `Destroy ${words.join(', ')} for good?`;
    if (options.yes !== true && !(await session.confirm(question, `tidemark park drop ${typed.join(' ')} --yes`))) {
      session.tell('Nothing was changed.');
      return 3;
    }
    for (const { id } of named) sets.drop(id);
    if (session.json) session.document({ format: 1, dropped: typed });
    else session.out(`Dropped: ${words.join(', ')}.`);
    return 0;
  } finally {
    await repository.close();
  }
}

const summaryParts = (set: NonNullable<StoredSet['set']>) => ({
  parts: set.parts.map(({ kind, table, columns, keyColumns, key, rows }) => ({
    table,
    columns: kind === 'table' ? null : columns.slice(keyColumns).map(({ name }) => name),
    key,
    rows,
  })),
});

function headLine({ now }: Session, { set }: StoredSet): string {
  if (set === null) return 'unknown';
  const { migration, database, at } = set;
  return `${parkedWords(summaryParts(set))}, of ${clean(migration)} in ${clean(database)}, ${age(at, now)}`;
}

function stateLines({ now, style }: Session, { id, damage, putBack, bytes }: StoredSet): readonly string[] {
  if (damage !== null) return [`${style.bad('damaged')}: ${clean(damage)}`];
  const last = putBack.at(-1);
  return last === undefined
    ? [`${size(bytes)}; tidemark park restore ${id}`]
    : [`${size(bytes)}; put back ${age(last.at, now)}; tidemark park drop ${id}`];
}

const documentOf = ({ id, set, damage, folder, bytes, putBack }: StoredSet) => ({
  id,
  migration: set?.migration ?? null,
  database: set?.database ?? null,
  at: set?.at ?? null,
  parts: set === null ? [] : summaryParts(set).parts,
  damage,
  folder,
  bytes,
  putBack: putBack.map(({ at }) => at),
});
