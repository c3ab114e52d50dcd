/** Takes one change out from below others: its revert script, run by us, and the registry as Sqitch leaves it after a revert under the new plan. */
import type { AppliedMigration, Project, RowChange } from '../../domain/migration.ts';
import type { Reversal } from '../contract.ts';
import { isMark, isWord, sqlStatements, sqlText } from '../sql-text.ts';
import { fitsTransaction } from '../sql-transaction.ts';
import { changeIdOf, planned, tagged } from './rows.ts';

const SPACE = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)*`;
const OPENED = new RegExp(String.raw`^(${SPACE})(?:BEGIN(?:\s+(?:WORK|TRANSACTION))?|START\s+TRANSACTION)\s*;`, 'i');
const CLOSED = new RegExp(String.raw`\b(?:COMMIT|END)(?:\s+(?:WORK|TRANSACTION))?\s*;?(${SPACE})$`, 'i');

/** The script without the transaction round all of it, which Sqitch's own templates have; or why it cannot be run without psql, in a transaction. */
export function inTransactionOfOurs(text: string): { readonly script: string } | { readonly reason: string } {
  if (/^[ \t]*\\/m.test(text)) return { reason: 'its revert script has commands of psql' };
  const opened = OPENED.exec(text);
  const inside = opened === null ? text : `${opened[1] ?? ''}${text.slice(opened[0].length)}`;
  const script = opened === null ? inside : inside.replace(CLOSED, '$1');
  const { tokens } = sqlText(script);
  const isVariable = tokens.some(
    (token, at) =>
      isMark(token, ':') &&
      !isMark(tokens[at - 1], ':') &&
      ['word', 'name', 'string'].includes(tokens[at + 1]?.kind ?? ''),
  );
  if (isVariable) return { reason: 'its revert script has variables of psql' };
  const copies = sqlStatements(tokens).some(
    statement => isWord(statement[0], 'copy') && statement.some(token => isWord(token, 'stdin', 'stdout')),
  );
  if (copies) return { reason: 'its revert script copies through psql' };
  const isOpen = script === inside || !(tokens.length === 0 || isMark(tokens.at(-1), ';'));
  if (opened !== null && isOpen) return { reason: 'its revert script opens a transaction and never ends it' };
  if (!fitsTransaction(script)) return { reason: 'its revert script cannot be run in one transaction' };
  return { script };
}

const literal = (text: string): string =>
  text.includes('\\') ? `E${quoted(text.replaceAll('\\', '\\\\'))}` : quoted(text);
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * The reversal. `kept`: what stays deployed above and below. `renamed`: the changes of their rows, see `renamedIn`. Other rows of the registry
 * follow them by its foreign keys, but for the ids of tags.
 */
export function reverseInPlace(
  project: Project,
  migration: AppliedMigration,
  kept: readonly AppliedMigration[],
  renamed: readonly RowChange[],
  script: string,
): Reversal {
  const table = (name: string): string =>
    `"${(project.historyTable.schema ?? 'sqitch').replaceAll('"', '""')}".${name}`;
  const gone = changeIdOf(migration);
  const own = literal(gone);
  const listOf = (type: string) =>
    `ARRAY(SELECT dependency FROM ${table('dependencies')} WHERE change_id = ${own} AND type = '${type}')`;
  const ids = new Map(planned(project).map(({ changeId, id }) => [changeId, id]));
  const now = new Map(kept.map(each => [String(each.id), changeIdOf(each)]));
  // A tag whose line stands behind another change now; and with the id of its change, a tag's own is another one.
  const tags = tagged(project).flatMap(({ tag, tagId, changeId }) => {
    const of = now.get(ids.get(changeId) ?? '');
    if (of === undefined || renamed.length === 0) return [];
    return [
      `UPDATE ${table('tags')} SET tag_id = ${literal(tagId)}, change_id = ${literal(of)} WHERE project = ${literal(String(project.settings['project']))} AND tag = ${literal(tag)};`,
    ];
  });
  const registry = [
    `INSERT INTO ${table('events')} (event, change_id, change, project, note, requires, conflicts, tags, committer_name, committer_email, planned_at, planner_name, planner_email)`,
    `SELECT 'revert', change_id, change, project, note, ${listOf('require')}, ${listOf('conflict')},`,
    `  ARRAY(SELECT tag FROM ${table('tags')} WHERE change_id = ${own}), 'Tidemark', 'tidemark@localhost', planned_at, planner_name, planner_email`,
    `  FROM ${table('changes')} WHERE change_id = ${own};`,
    ...tags,
    `DELETE FROM ${table('tags')} WHERE change_id = ${own};`,
  ];
  // Before anything else: Sqitch reverts nothing that another change, of any project in the registry, requires.
  const guard = [
    'DO $tidemark$ DECLARE others text; BEGIN',
    `  SELECT string_agg(DISTINCT c.change, ', ') INTO others FROM ${table('dependencies')} d JOIN ${table('changes')} c USING (change_id)`,
    `   WHERE d.dependency_id = ${own} AND d.type = 'require';`,
    `  IF others IS NOT NULL THEN RAISE EXCEPTION '% is required by %: reverse both', ${literal(migration.id.replaceAll('$tidemark$', ''))}, others; END IF;`,
    'END $tidemark$;',
  ].join('\n');
  return {
    how: 'sql',
    script: [
      guard,
      script.trimEnd().replace(/[^;]$/, '$&\n;'),
      '-- What Sqitch keeps of a revert, and its tags:',
      ...registry,
      '',
    ].join('\n'),
    inTransaction: true,
    rows: [{ change: 'delete', where: { change_id: gone } }, ...renamed],
  };
}
