/**
 * Flyway, the free edition: versioned and repeatable SQL in a log of a table. It has no undo, so Tidemark runs the project's own undo
 * scripts (`U…`), which the paid edition reads, and takes the row out; it applies as Flyway would, with the row Flyway would write.
 */
import type { Framework, Reversal } from '../contract.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { hasStatements } from '../sql-text.ts';
import { addressesOf, detectFlyway, MARKERS } from './detect.ts';
import {
  bytesOf,
  compare,
  fingerprintsOf,
  idOfName,
  isCode,
  listOf,
  locationOf,
  newRow,
  scriptOf,
  settingsOf,
  undoOf,
} from './migration.ts';
import { nameOf, versionKey } from './names.ts';
import { appliedIn, forgetIn, historyTableSql, insertion, isBelowBaseline, relabelIn } from './rows.ts';

export const flyway = {
  name: 'flyway',
  title: 'Flyway',
  docs: [
    'https://documentation.red-gate.com/flyway/reference/migrations',
    'https://github.com/flyway/flyway/tree/main/flyway-core/src/main/java/org/flywaydb/core/internal',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal:
      'Tidemark runs the undo script `U…` itself, in one transaction with the history row; without one, a reversal by hand',
    checksum: 'CRC-32 of the lines',
    hazard:
      '`migrate` and `validate` pass a newer orphan by with a warning, and refuse an older one; `undo` is not in the free edition',
  },

  markers: MARKERS,
  detect: detectFlyway,

  pathspecs: project =>
    listOf(project, 'locations').flatMap(location => {
      // A location's own wildcards stay, and mean the same to git.
      const below = location === '.' ? '**' : `${location.replace(/[\\[\]]/g, '\\$&')}/**`;
      const endings = [
        ...listOf(project, 'suffixes'),
        ...listOf(project, 'suffixes').map(each => `${each}.conf`),
        '.java',
        '.kt',
      ];
      return endings.map(ending => `:(glob,icase)${below}/*${ending}`);
    }),
  idFrom: 'path',
  identify(project, path) {
    const name = nameOf(project, path);
    return name === null || name.kind === 'undo' || locationOf(project, path) === null ? null : idOfName(name);
  },
  partsOf(project, path, paths) {
    const own = nameOf(project, path);
    if (own === null || own.kind === 'undo') return [];
    const key = own.version === null ? null : versionKey(own.version);
    const isUndo = (other: string) => {
      const name = nameOf(project, other);
      return name?.kind === 'undo' && versionKey(name.version ?? '') === key && locationOf(project, other) !== null;
    };
    const undo = key === null ? [] : paths.filter(isUndo);
    const settings = new Set([path, ...undo].map(each => `${each}.conf`));
    return [...undo, ...paths.filter(other => settings.has(other))];
  },
  read(project, file) {
    const name = nameOf(project, file.path);
    return name === null
      ? { path: file.path, reason: 'its name has no version or description that Flyway knows' }
      : { id: idOfName(name), requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: id => versionKey(id),

  ownsTable: columns => ['installed_rank', 'version', 'script'].every(column => columns.includes(column)),
  applied: (_project, rows, known) => appliedIn(rows, known),
  fingerprints: fingerprintsOf,
  passesOver: (_project, rows, id) => isBelowBaseline(rows, id),
  appliesAgain(project, { fingerprint, state }, file) {
    if (nameOf(project, file.path)?.kind !== 'repeatable' || fingerprint === null || state === 'failed') return false;
    const sums = fingerprintsOf(project, file.path, bytesOf(file.text));
    return sums.length > 0 && !sums.includes(fingerprint);
  },
  forget: (_project, id, rows, known) => forgetIn(rows, id, known),
  markApplied(project, id, rows, known, now, file) {
    if (appliedIn(rows, known).some(each => each.id === id))
      return { reason: `the history table already has a row for ${id}` };
    return [insertion(rows, newRow(project, id, file ?? null, now), 0)];
  },
  relabel(project, from, to, rows, known, file) {
    const changes = relabelIn(rows, from, to, known);
    if ('reason' in changes || file === undefined) return changes;
    const { description, script, checksum } = newRow(project, to, file, null);
    return changes.map(change =>
      change.change === 'update' ? { ...change, set: { ...change.set, description, script, checksum } } : change,
    );
  },
  mayAppear: () => [],
  createHistoryTable: ({ historyTable }, engine) => historyTableSql(historyTable, engine),

  connection: addressesOf,
  program: () => null,
  point: () => ({ env: {}, files: [] }),
  carries: () => [],

  reverse({ project, engine, migration, applied }) {
    const { id } = migration;
    const byHand = `write the statements that undo it into a file, then run: tidemark reconcile ${id} --with <file.sql>`;
    const impossible = (reason: string): Reversal => ({ how: 'impossible', reason, wayOut: byHand });
    const undo = undoOf(project, migration);
    const name = nameOf(project, migration.path);
    if (undo.length > 1)
      return impossible(`it has ${undo.length} undo scripts: ${undo.map(each => each.path).join(', ')}`);
    const [only] = undo;
    if (only === undefined) {
      const reason =
        name?.version == null
          ? 'Flyway has no undo scripts for repeatable migrations'
          : `it has no undo script (U${name.version}__….sql)`;
      return impossible(reason);
    }
    if (isCode(only.path)) return impossible(`its undo script, ${only.path}, is code that Flyway runs`);
    const script = scriptOf(project, only, settingsOf(migration, only.path), engine);
    if ('reason' in script) return impossible(`its undo script cannot be run: ${script.reason}`);
    if (!hasStatements(script.text)) return impossible('its undo script is empty');
    const stored = applied.map(each => each.row).filter(row => row !== null);
    const rows = forgetIn(stored, id, new Map([[id, migration]]));
    if ('reason' in rows) return impossible(rows.reason);
    return { how: 'sql', script: script.text, inTransaction: script.inTransaction, rows };
  },
  losses(project, file) {
    const [undo, ...others] = undoOf(project, file);
    if (undo === undefined || others.length > 0 || isCode(undo.path))
      return { tables: [], columns: [], unsure: 'it has no undo script that could be read' };
    return sqlLosses(undo.text, isCode(file.path) ? [] : sqlAddedColumns(file.text));
  },
  imports: () => [],
  forward(project, file, engine, _left, onto = { rows: [], ahead: 0 }) {
    const name = nameOf(project, file.path);
    const own = 'apply it with Flyway itself, and leave it out here: tidemark reconcile --no-apply';
    const impossible = (reason: string) => ({ how: 'impossible' as const, reason, wayOut: own });
    if (name === null || isCode(file.path)) return impossible('it is code that only Flyway can run');
    const [callback] = listOf(project, 'callbacks');
    if (callback !== undefined) return impossible(`Flyway would run ${callback} beside it`);
    const script = scriptOf(project, file, settingsOf(file, file.path), engine);
    if ('reason' in script) return impossible(script.reason);
    const row = newRow(project, idOfName(name), file, null);
    return {
      how: 'sql',
      script: script.text,
      inTransaction: script.inTransaction,
      rows: [insertion(onto.rows, row, onto.ahead)],
    };
  },

  hazard(_project, orphans, applied) {
    const versions = orphans.filter(id => versionKey(id) !== null);
    const [orphan] = versions;
    if (orphan === undefined) return null;
    const newest = applied
      .map(each => each.id)
      .filter(id => versionKey(id) !== null && !orphans.includes(id))
      .sort(compare)
      .at(-1);
    const missing = newest === undefined ? [] : versions.filter(id => compare(id, newest) < 0);
    const future = versions.filter(id => !missing.includes(id));
    const said = [
      missing.length === 0
        ? ''
        : `Flyway calls ${missing.join(', ')} "Missing": "migrate" and "validate" refuse, and "repair" would write off its row and leave what it made.`,
      future.length === 0
        ? ''
        : `Flyway calls ${future.join(', ')} "Future": "migrate" passes it by with a warning only, and what it made stays.`,
    ];
    return said.filter(Boolean).join(' ');
  },
} satisfies Framework;
