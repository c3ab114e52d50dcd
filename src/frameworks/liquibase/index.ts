/**
 * Liquibase. A file holds any number of changesets, each a migration of its own. Formatted SQL that says how it is rolled back is reversed by
 * Tidemark, in one transaction with the row; everything else by Liquibase's own command, from a changelog that holds nothing but the one changeset.
 */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import { partNameOf, partPathOf, wholeFileOf } from '../../domain/split-path.ts';
import type { Forward, Framework, Pointing, Reversal, Target } from '../contract.ts';
import { inFolder } from '../repository-paths.ts';
import { sqlAddedColumns, sqlLosses } from '../sql-losses.ts';
import { addressesOf, detectLiquibase, MARKERS } from './detect.ts';
import { changesetsOf, logicalPathIn, withLogicalPath } from './parse-changelog.ts';
import { checksumsOf, parseSqlChangeset } from './parse-sql.ts';
import {
  appliedIn,
  forgetIn,
  hasNewerChecksum,
  keyOf,
  lockHolder,
  markAppliedIn,
  plainPath,
  relabelIn,
  storedPathOf,
} from './rows.ts';

const ENDINGS = ['.sql', '.xml', '.yaml', '.yml', '.json'] as const;

const textOf = ({ settings }: Project, name: string): string => {
  const value = settings[name];
  return typeof value === 'string' ? value : '';
};

const isBelow = (folder: string, path: string): boolean => folder === '.' || path.startsWith(`${folder}/`);

const owns = (project: Project, path: string): boolean =>
  isBelow(textOf(project, 'folder'), path) && ENDINGS.some(ending => path.toLowerCase().endsWith(ending));

const isSql = (path: string): boolean => /\.sql$/i.test(wholeFileOf(path));

const idOf = (project: Project, path: string, text: string | null): MigrationId | null => {
  const [file, name] = [wholeFileOf(path), partNameOf(path)];
  if (name === null || !owns(project, file)) return null;
  const base = textOf(project, 'base');
  const own = base !== '.' && file.startsWith(`${base}/`) ? file.slice(base.length + 1) : file;
  return migrationId(partPathOf(plainPath(logicalPathIn(text ?? '') ?? own), name));
};

const compare = (a: MigrationId, b: MigrationId): number => (a === b ? 0 : a < b ? -1 : 1);

/** The file that a command is given; it lies beside nothing of the project's. */
const ONE = 'tidemark-one-changeset';

export const liquibase = {
  name: 'liquibase',
  title: 'Liquibase',
  docs: [
    'https://docs.liquibase.com/concepts/tracking-tables/databasechangelog-table.html',
    'https://github.com/liquibase/liquibase/tree/v4.33.0/liquibase-standard/src/main/java/liquibase',
  ],
  engines: ['sqlite', 'postgres', 'mysql'],
  support: {
    reversal:
      'formatted SQL: Tidemark runs its `--rollback` lines, in one transaction with the history row; else `rollback-count 1` on a changelog of that one changeset',
    checksum: 'MD5 of versions 7 to 9, for formatted SQL',
    hazard: '`rollback-count` does not see the row, reverses another changeset, and reports success',
  },

  markers: MARKERS,
  detect: detectLiquibase,

  pathspecs: project =>
    ENDINGS.map(ending => {
      const folder = textOf(project, 'folder').replace(/[\\*?[\]]/g, '\\$&');
      return `:(glob,icase)${folder === '.' ? '' : `${folder}/`}**/*${ending}`;
    }),
  split: {
    owns,
    parts: (_project, { path, text }) =>
      changesetsOf(path, text).map(({ id, author, text: own }) => ({ name: `${id}::${author}`, text: own })),
  },
  idFrom: 'text',
  identify: idOf,
  read(project, file) {
    const id = idOf(project, file.path, file.text);
    return id === null ? { path: file.path, reason: 'it is no changeset' } : { id, requires: [], replaces: [] };
  },
  order: 'linear',
  compare,
  namespace: () => null,
  number: () => null,

  ownsTable: columns =>
    ['MD5SUM', 'ORDEREXECUTED'].every(name => columns.some(column => column.toUpperCase() === name)),
  applied: (_project, rows, known) => appliedIn(rows, known),
  fingerprints: (_project, path, bytes) =>
    isSql(path) ? checksumsOf(parseSqlChangeset(new TextDecoder().decode(bytes))) : [],
  appliesAgain(_project, { fingerprint }, file) {
    if (!isSql(file.path) || fingerprint === null) return false;
    const changeset = parseSqlChangeset(file.text);
    const sums = checksumsOf(changeset);
    return changeset.attributes.get('runonchange') === 'true' && sums.length > 0 && !sums.includes(fingerprint);
  },
  lock: {
    table: ({ historyTable: { schema }, settings: { lockTable } }) => ({ schema, name: String(lockTable) }),
    holder: lockHolder,
  },
  forget: (_project, id, rows, known) => forgetIn(rows, id, known),
  markApplied: (_project, id, rows, known, now) => markAppliedIn(rows, id, known, now),
  relabel: (_project, from, to, rows, known) => relabelIn(rows, from, to, known),
  mayAppear: () => [],
  mayRewrite: hasNewerChecksum,
  createHistoryTable: () => null,

  connection: addressesOf,
  program: () => ({ candidates: ['liquibase'], install: 'https://www.liquibase.com/download' }),
  point: pointLiquibase,
  carries: () => [],

  reverse({ project, migration, applied }): Reversal {
    const { id, path, text } = migration;
    const byHand = `write the statements that undo it into a file, then run: tidemark reconcile ${id} --with <file.sql>`;
    const impossible = (reason: string): Reversal => ({ how: 'impossible', reason, wayOut: byHand });
    const row = applied.find(each => each.id === id)?.row ?? null;
    if (row === null) return impossible('the history table has no row for it');
    if (isSql(path)) {
      const { rollback, attributes } = parseSqlChangeset(text);
      if (rollback.kind === 'none') return impossible('it has no --rollback, and Liquibase makes none for SQL');
      if (rollback.kind === 'other') return impossible('its rollback is that of another changeset');
      const odd = ['rollbackenddelimiter', 'enddelimiter'].find(name => (attributes.get(name) ?? ';') !== ';');
      if (odd !== undefined) return impossible(`it has a delimiter of its own (${odd})`);
      const script = rollback.kind === 'sql' ? rollback.sql : 'SELECT 1;\n';
      if (script.includes('${'))
        return impossible('its rollback has a property, whose value its changelog does not say');
      const rows = [{ change: 'delete', where: keyOf(row) }] as const;
      return { how: 'sql', script, inTransaction: attributes.get('runintransaction') !== 'false', rows };
    }
    if (/relativeToChangelogFile["']?\s*[:=]\s*["']?true/.test(text))
      return impossible('it reads a file from beside its changelog');
    const ending = /\.\w+$/.exec(wholeFileOf(path))?.[0] ?? '';
    const file = `${ONE}${ending}`;
    return {
      how: 'command',
      arguments: [
        ...['--show-banner=false', '--log-level=off', '--search-path={worktree}', ...tableFlags(project)],
        ...['rollback-count', '--count=1', `--changelog-file=${inFolder(project.root, file)}`],
      ],
      checkout: {
        kind: 'overlay',
        files: [
          { path: inFolder(project.root, file), text: withLogicalPath(wholeFileOf(path), text, storedPathOf(row)) },
        ],
      },
      atomic: false,
    };
  },
  losses(_project, file) {
    if (!isSql(file.path)) return { tables: [], columns: [], unsure: 'Liquibase makes its rollback' };
    const { sql, rollback } = parseSqlChangeset(file.text);
    if (rollback.kind === 'sql') return sqlLosses(rollback.sql, sqlAddedColumns(sql));
    return {
      tables: [],
      columns: [],
      unsure: rollback.kind === 'empty' ? null : 'it has no rollback that could be read',
    };
  },
  imports: () => [],
  forward(project): Forward {
    if (textOf(project, 'command') !== 'yes') {
      const wayOut = 'apply it as your build or application does, and leave it out here: tidemark reconcile --no-apply';
      return {
        how: 'impossible',
        reason: 'the command is not set up here (liquibase.properties): another program runs Liquibase',
        wayOut,
      };
    }
    return { how: 'command', arguments: ['--show-banner=false', 'update'] };
  },

  hazard(_project, orphans, applied) {
    const [orphan] = orphans;
    if (orphan === undefined) return null;
    const newest = applied.findLast(each => !orphans.includes(each.id))?.id;
    const unseen = orphans.length === 1 ? orphan : `${orphans.length} applied changesets`;
    return newest === undefined
      ? `No command of Liquibase but "unexpected-changesets" sees ${unseen}.`
      : `"liquibase rollback-count 1" does not see ${unseen}: it would reverse ${newest}, and report success.`;
  },
} satisfies Framework;

function tableFlags({ historyTable: { schema, name } }: Project): readonly string[] {
  const table = name.toUpperCase() === 'DATABASECHANGELOG' ? [] : [`--database-changelog-table-name=${name}`];
  return schema === null ? table : [...table, `--liquibase-schema-name=${schema}`];
}

/** Variables of the environment win over `liquibase.properties` (tried with 4.33.0). */
function pointLiquibase(project: Project, target: Target): Pointing {
  const own = textOf(project, 'scheme');
  const scheme = { sqlite: 'sqlite', postgres: 'postgresql', mysql: own === 'mysql' ? own : 'mariadb' }[target.engine];
  const place = `//${target.host ?? 'localhost'}${target.port === null ? '' : `:${target.port}`}/${encodeURIComponent(target.database)}`;
  const url = target.engine === 'sqlite' ? `jdbc:sqlite:${target.database}` : `jdbc:${scheme}:${place}`;
  return {
    env: {
      LIQUIBASE_COMMAND_URL: url,
      ...(target.user === null ? {} : { LIQUIBASE_COMMAND_USERNAME: target.user }),
      ...(target.password === null ? {} : { LIQUIBASE_COMMAND_PASSWORD: target.password }),
    },
    files: [],
  };
}
