/**
 * Play evolutions. The row holds both scripts as they were applied, so a reversal needs no git at all. Play itself, when it sees that an
 * evolution is gone or another one, takes back everything from there upward: Tidemark takes back that one.
 */
import {
  type AppliedMigration,
  type MigrationId,
  migrationId,
  type Project,
  type Row,
} from '../../domain/migration.ts';
import type { Framework, RowsOrReason } from '../contract.ts';
import { baseOf, filesIn, folderOf, inFolder } from '../repository-paths.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { hasStatements } from '../sql-text.ts';
import { addressesOf, detectPlay, FILE_NAME, MARKERS } from './detect.ts';
import { hashOf, parseEvolution, runnable, textOf } from './parse-script.ts';

const textIn = (row: Row, column: string): string => {
  const cell = row[column];
  return typeof cell === 'string' ? cell : '';
};

const dbOf = ({ settings: { db } }: Project): string => (typeof db === 'string' ? db : 'default');

const folderOfProject = ({ settings: { folder } }: Project): string => (typeof folder === 'string' ? folder : '.');

/** The number at the end of an id; null where there is none. */
const revisionOf = (id: MigrationId): number | null => {
  const number = /\/([1-9]\d{0,9})$/.exec(id)?.[1];
  return number === undefined ? null : Number(number);
};

const idOf = (project: Project, row: Row): MigrationId | null => {
  const revision = Number(row['id']);
  return Number.isSafeInteger(revision) && revision > 0 ? migrationId(`${dbOf(project)}/${revision}`) : null;
};

const rowOf = (project: Project, rows: readonly Row[], id: MigrationId): Row | null =>
  rows.find(row => idOf(project, row) === id) ?? null;

const keyOf = ({ id = null, hash = null }: Row): Row => ({ id, hash });

const notThere = (id: MigrationId): RowsOrReason => ({ reason: `the history table has no row for ${id}` });

const evolutionIn = (row: Row) => ({ up: textIn(row, 'apply_script'), down: textIn(row, 'revert_script') });

const compare = (a: MigrationId, b: MigrationId): number => {
  const difference = (revisionOf(a) ?? Number.MAX_SAFE_INTEGER) - (revisionOf(b) ?? Number.MAX_SAFE_INTEGER);
  return difference !== 0 ? difference : a === b ? 0 : a < b ? -1 : 1;
};

/** Milliseconds on SQLite. Elsewhere it is the local time of whoever applied it, and not where that was: it is not told. */
const timeOf = (row: Row): string | null => {
  const at = row['applied_at'];
  const milliseconds =
    typeof at === 'number' ? at : typeof at === 'string' && /^\d{11,15}$/.test(at) ? Number(at) : null;
  return milliseconds === null || Math.abs(milliseconds) > 8.64e15 ? null : new Date(milliseconds).toISOString();
};

export const play = {
  name: 'play',
  title: 'Play evolutions',
  docs: [
    'https://www.playframework.com/documentation/3.0.x/Evolutions',
    'https://github.com/playframework/playframework/blob/3.0.7/persistence/play-jdbc-evolutions/src/main/scala/play/api/db/evolutions/EvolutionsApi.scala',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal: 'Tidemark runs the down script that the row itself holds, in one transaction with the row',
    checksum: 'SHA-1 of both scripts; the row holds them whole',
    hazard:
      'applying takes back every evolution from the missing or changed one upward, and applies again what it finds',
  },

  markers: MARKERS,
  detect: detectPlay,

  pathspecs: project => [filesIn(folderOfProject(project), '.sql')],
  idFrom: 'path',
  identify(project, path) {
    const number = FILE_NAME.exec(baseOf(path))?.[1];
    return number === undefined || folderOf(path) !== folderOfProject(project)
      ? null
      : migrationId(`${dbOf(project)}/${Number(number)}`);
  },
  read(project, file) {
    const number = FILE_NAME.exec(baseOf(file.path))?.[1];
    if (number === undefined) return { path: file.path, reason: 'its name is no number' };
    return { id: migrationId(`${dbOf(project)}/${Number(number)}`), requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: id => (revisionOf(id) === null ? null : String(revisionOf(id))),

  ownsTable: columns => ['apply_script', 'revert_script'].every(name => columns.includes(name)),
  applied(project, rows) {
    const applied = rows.flatMap((row): AppliedMigration[] => {
      const id = idOf(project, row);
      const state = /^applying_/.test(textIn(row, 'state')) ? 'failed' : 'applied';
      return id === null ? [] : [{ id, appliedAt: timeOf(row), fingerprint: hashOf(evolutionIn(row)), state, row }];
    });
    return applied.sort((a, b) => compare(a.id, b.id));
  },
  fingerprints: (_project, _path, bytes) => [hashOf(parseEvolution(new TextDecoder().decode(bytes)))],
  textInRow(project, { id, row }) {
    if (row === null || textIn(row, 'hash') === '') return null;
    return { path: inFolder(folderOfProject(project), `${revisionOf(id)}.sql`), text: textOf(evolutionIn(row)) };
  },
  forget(project, id, rows) {
    const row = rowOf(project, rows, id);
    return row === null ? notThere(id) : [{ change: 'delete', where: keyOf(row) }];
  },
  markApplied(project, id, rows, _known, now, file) {
    if (rowOf(project, rows, id) !== null) return { reason: `the history table already has a row for ${id}` };
    const { up, down } = file === undefined ? { up: '', down: '' } : parseEvolution(file.text);
    const like = rows[0]?.['applied_at'];
    const at = typeof like === 'number' ? Date.parse(now) : new Date(now).toISOString().slice(0, 19).replace('T', ' ');
    const scripts = { apply_script: up, revert_script: down };
    const values = {
      id: revisionOf(id),
      hash: hashOf({ up, down }),
      applied_at: at,
      ...scripts,
      state: 'applied',
      last_problem: '',
    };
    return [{ change: 'insert', values }];
  },
  relabel(project, from, to, rows) {
    const row = rowOf(project, rows, from);
    if (row === null) return notThere(from);
    if (rowOf(project, rows, to) !== null) return { reason: `the history table already has a row for ${to}` };
    return [{ change: 'update', where: keyOf(row), set: { id: revisionOf(to) } }];
  },
  mayAppear: () => [],
  createHistoryTable({ historyTable }, engine) {
    const long = engine === 'mysql' ? 'mediumtext' : 'text';
    const scripts = `apply_script ${long}, revert_script ${long}, state varchar(255), last_problem ${long}`;
    return `CREATE TABLE ${nameIn(historyTable, engine)} (id int not null primary key, hash varchar(255) not null, applied_at timestamp not null, ${scripts});`;
  },

  connection: addressesOf,
  program: () => null,
  point: () => ({ env: {}, files: [] }),
  carries: () => [],

  reverse({ project, migration, applied }) {
    const { id, text } = migration;
    const byHand = `write the statements that undo it into a file, then run: tidemark reconcile ${id} --with <file.sql>`;
    const row = applied.find(each => each.id === id)?.row ?? null;
    if (row !== null && textIn(row, 'state') === 'applying_down')
      return {
        how: 'impossible',
        reason: 'Play began to take it back and failed, so a part of its down script may have run',
        wayOut: byHand,
      };
    const { down } = parseEvolution(text);
    const script = runnable(project, down);
    if ('reason' in script)
      return { how: 'impossible', reason: `its down script cannot be run: ${script.reason}`, wayOut: byHand };
    if (!hasStatements(script.sql)) return { how: 'impossible', reason: 'its down script is empty', wayOut: byHand };
    const where = row === null ? { id: revisionOf(id) } : keyOf(row);
    return { how: 'sql', script: script.sql, inTransaction: true, rows: [{ change: 'delete', where }] };
  },
  losses(project, file) {
    const { up, down } = parseEvolution(file.text);
    const [there, back] = [runnable(project, up), runnable(project, down)];
    if ('reason' in back) return { tables: [], columns: [], unsure: back.reason };
    return sqlLosses(back.sql, sqlAddedColumns('sql' in there ? there.sql : up));
  },
  imports: () => [],
  forward(project, file, engine) {
    const number = FILE_NAME.exec(baseOf(file.path))?.[1];
    const evolution = parseEvolution(file.text);
    const script = runnable(project, evolution.up);
    if (number === undefined || 'reason' in script) {
      const reason = 'reason' in script ? script.reason : 'its name is no number';
      return {
        how: 'impossible',
        reason,
        wayOut: 'apply it with Play itself, and leave it out here: tidemark reconcile --no-apply',
      };
    }
    const [id, hash] = [Number(number), hashOf(evolution)];
    // The time is the database's, which no plan can hold. On SQLite the driver of Java stores milliseconds.
    const now = engine === 'sqlite' ? "CAST(strftime('%s', 'now') AS INTEGER) * 1000" : 'CURRENT_TIMESTAMP';
    const begun = `INSERT INTO ${nameIn(project.historyTable, engine)} (id, hash, applied_at, state) VALUES (${id}, '${hash}', ${now}, 'applying_up');\n`;
    const set = { apply_script: evolution.up, revert_script: evolution.down, state: 'applied', last_problem: '' };
    return {
      how: 'sql',
      script: script.sql + begun,
      inTransaction: true,
      rows: [{ change: 'update', where: { id, hash, state: 'applying_up' }, set }],
    };
  },

  hazard(_project, orphans, applied) {
    const numbers = orphans.flatMap(id => revisionOf(id) ?? []);
    if (numbers.length === 0) return null;
    const lowest = Math.min(...numbers);
    const above = applied
      .filter(({ id }) => (revisionOf(id) ?? 0) > lowest && !orphans.includes(id))
      .map(({ id }) => id);
    const also =
      above.length === 0
        ? ''
        : ` and with it ${above.join(', ')}, for it reads scripts only up to the first number that is missing. Number the scripts without a gap`;
    return `When Play next applies evolutions, it takes back ${orphans.join(', ')}${also}.`;
  },
} satisfies Framework;

function nameIn({ schema, name }: Project['historyTable'], engine: 'sqlite' | 'postgres' | 'mysql'): string {
  // Play writes the name without quotes, so PostgreSQL has it in lower case.
  const mark = engine === 'mysql' ? '`' : '"';
  const quoted = (text: string) => `${mark}${text.replaceAll(mark, mark + mark)}${mark}`;
  return [schema, name].flatMap(each => (each === null ? [] : quoted(each))).join('.');
}
