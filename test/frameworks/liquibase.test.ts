/** Liquibase: the promises of every framework, changelogs of four kinds, checksums, and paths as the table has them. */
import { describe, expect, it } from 'vitest';
import { migrationId } from '../../src/domain/migration.ts';
import { partPathOf } from '../../src/domain/split-path.ts';
import { liquibase } from '../../src/frameworks/liquibase/index.ts';
import { changesetsOf, withLogicalPath } from '../../src/frameworks/liquibase/parse-changelog.ts';
import { checksumsOf, parseSqlChangeset } from '../../src/frameworks/liquibase/parse-sql.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const SQL = `--liquibase formatted sql

--changeset al:1
CREATE TABLE users (id int);
--rollback DROP TABLE users;

-- changeset "al b":"2 x" runInTransaction:false dbms:postgresql
CREATE INDEX CONCURRENTLY i ON users (id);
/* liquibase rollback
DROP INDEX CONCURRENTLY i;
*/

--changeset al:3
INSERT INTO users VALUES (1);
--changeset al:4
INSERT INTO users VALUES (2);
--rollback empty
`;

const XML = `<?xml version="1.0" encoding="UTF-8"?>
<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog" logicalFilePath="old/path.xml">
  <!-- <changeSet id="no" author="x"/> -->
  <changeSet author='al' id="5">
    <createTable tableName="a"><column name="id" type="int"/></createTable>
  </changeSet>
</databaseChangeLog>
`;

const YAML = `databaseChangeLog:
  - include:
      file: other.yaml
  - changeSet:
      id: 6
      author: "al" # him
      changes:
        - createTable:
            tableName: b
  - changeSet:
      id: seven
      author: al
      changes: []
`;

const JSON_TEXT = JSON.stringify({ databaseChangeLog: [{ changeSet: { id: '8', author: 'al', changes: [] } }] });

const TREE: Readonly<Record<string, string>> = {
  'shop/db/a.sql': SQL,
  'shop/db/deep/b.xml': XML,
  'shop/db/c.yaml': YAML,
  'shop/db/d.json': JSON_TEXT,
};

const nameOf = (file: string, path: string) => (file.endsWith('.xml') ? 'old/path.xml' : path.slice('shop/'.length));

const FILES = Object.entries(TREE)
  .flatMap(([path, text]) =>
    changesetsOf(path, text).map(each => {
      const name = `${each.id}::${each.author}`;
      const more = { requires: [], replaces: [], namespace: null, number: null };
      return { path: partPathOf(path, name), text: each.text, id: `${nameOf(path, path)}::${name}`, ...more };
    }),
  )
  .sort((a, b) => (a.id < b.id ? -1 : 1));

const PROPERTIES = `# the shop
url: jdbc:postgresql://db/shop
liquibase.command.username=app
changeLogFile=db/all.yaml
liquibase.databaseChangelogTableName: Shop_Changes
liquibaseSchemaName: audit
`;

const row = (file: string, id: string, author: string, order: number, sum: string | null) => ({
  ...{
    id,
    author,
    filename: file,
    dateexecuted: '2026-11-30 10:00:00.123',
    orderexecuted: order,
    exectype: 'EXECUTED',
  },
  ...{ md5sum: sum, description: 'sql', comments: '', tag: null, liquibase: '4.33.0', contexts: null, labels: null },
  deployment_id: '6036000000',
});

const part = (id: string): (typeof FILES)[number] => {
  const found = FILES.find(each => each.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};

const AT = new Date(179_6036000000).toISOString();

describeFramework(liquibase, {
  project: {
    tree: { ...TREE, 'shop/liquibase.properties': PROPERTIES },
    root: 'shop',
    historyTable: { schema: 'audit', name: 'shop_changes' },
    addresses: [{ text: 'postgresql://app@db/shop', base: 'shop' }],
  },
  notProjects: {
    'Maven without Liquibase': { 'pom.xml': '<project><artifactId>flyway-maven-plugin</artifactId></project>' },
    'Spring without Liquibase': { 'src/main/resources/application.yml': 'spring:\n  datasource:\n    url: x\n' },
    'a folder of that name': { 'src/main/resources/db/changelog/readme.txt': 'nothing' },
  },
  severalProjects: {
    'services of a monorepo, each set up otherwise': {
      tree: {
        'a/pom.xml':
          '<plugin><artifactId>liquibase-maven-plugin</artifactId><configuration><changeLogFile>src/main/resources/db/x.xml</changeLogFile></configuration></plugin>',
        'b/src/main/resources/application.yml': 'spring:\n  liquibase:\n    change-log: classpath:/db/all.yaml\n',
        'c/src/main/resources/db/changelog/x.sql': SQL,
      },
      roots: ['a', 'b', 'c'],
    },
  },
  files: FILES,
  fingerprints: [
    {
      name: 'of version 9, as Liquibase stored it',
      path: 'shop/db/a.sql::1::al',
      bytes: part('db/a.sql::1::al').text,
      contains: '9:c79f4efc9ddfa2f54fbae4603bad4c96',
    },
    {
      name: 'not of what only Liquibase can tell',
      path: part('db/c.yaml::6::al').path,
      bytes: part('db/c.yaml::6::al').text,
      contains: null,
    },
  ],
  notFiles: { 'shop/db/a.sql': SQL, 'other/db/a.sql::1::al': SQL, 'shop/db/readme.md::1::al': SQL },
  unreadable: [],
  alsoKnown: [{ id: 'db/z.sql::9::al', requires: [] }],
  histories: [
    {
      name: 'PostgreSQL, and a path that was written in another way',
      rows: [
        row('db/a.sql', '1', 'al', 1, '9:x'),
        row('classpath:/old/path.xml', '5', 'al', 2, null),
        row('srv/shop/db/c.yaml', '6', 'al', 3, '9:z'),
      ],
      autoColumn: null,
      ids: ['db/a.sql::1::al', 'old/path.xml::5::al', 'db/c.yaml::6::al'],
      appliedAt: [AT, AT, AT],
      forgettable: ['db/a.sql::1::al'],
      relabel: { from: 'db/a.sql::1::al', to: 'db/z.sql::9::al' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the rollback of SQL, with the row',
      path: 'shop/db/a.sql::1::al',
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'sql',
        script: 'DROP TABLE users;\n',
        inTransaction: true,
        rows: [{ change: 'delete', where: { id: '1', author: 'al', filename: 'db/a.sql' } }],
      },
    },
    {
      name: 'structured changes, by the command, under the name in the table',
      path: part('db/c.yaml::6::al').path,
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'command',
        arguments: expect.arrayContaining([
          'rollback-count',
          '--count=1',
          '--database-changelog-table-name=shop_changes',
        ]),
        checkout: {
          kind: 'overlay',
          files: [
            {
              path: 'shop/tidemark-one-changeset.yaml',
              text: expect.stringContaining('- logicalFilePath: "srv/shop/db/c.yaml"\n- changeSet:'),
            },
          ],
        },
      },
    },
  ],
  forwards: [{ path: 'shop/db/a.sql::1::al', engine: 'postgres', gives: { how: 'command' } }],
  losses: [
    {
      name: 'what the rollback drops',
      path: 'shop/db/a.sql::1::al',
      text: part('db/a.sql::1::al').text,
      tables: ['users'],
      columns: [],
      unsure: null,
    },
    {
      name: 'unknown of structured changes',
      path: part('db/c.yaml::6::al').path,
      text: part('db/c.yaml::6::al').text,
      tables: [],
      columns: [],
      unsure: /Liquibase/,
    },
  ],
  imports: [],
  hazard: {
    orphans: ['db/c.yaml::6::al'],
    says: /does not see db\/c\.yaml::6::al: it would reverse old\/path\.xml::5::al/,
  },
});

describe('the lock of Liquibase', () => {
  it('is held where its row says so, in the words of any engine', () => {
    const held = (cell: string | number | boolean | { hex: string }) =>
      liquibase.lock.holder([{ id: 1, locked: cell, lockgranted: '2026-11-30 10:00:00', lockedby: 'laptop' }]);
    for (const cell of [true, 1, '1', { hex: '01' }])
      expect(held(cell)).toMatchObject({ by: 'by laptop, since 2026-11-30 10:00:00' });
    for (const cell of [false, 0, '0', { hex: '00' }]) expect(held(cell)).toBeNull();
    expect(liquibase.lock.holder([])).toBeNull();
  });

  it('lies in a table that may have another name', () => {
    const table = (text: string) => {
      const [project] = liquibase.detect(sourceTree(liquibase, { 'liquibase.properties': text }));
      return project === undefined ? null : liquibase.lock.table(project);
    };
    expect(table('url: jdbc:mysql://h/d')).toEqual({ schema: null, name: 'DATABASECHANGELOGLOCK' });
    expect(table('url: jdbc:postgresql://h/d\ndatabaseChangelogLockTableName: Locks\n')).toEqual({
      schema: null,
      name: 'locks',
    });
  });
});

describe('changelogs', () => {
  it('are cut into changesets, whatever they are written in', () => {
    const names = (path: string) => changesetsOf(path, TREE[path] ?? '').map(({ id, author }) => `${author}:${id}`);
    expect(names('shop/db/a.sql')).toEqual(['al:1', 'al b:2 x', 'al:3', 'al:4']);
    expect(names('shop/db/deep/b.xml')).toEqual(['al:5']);
    expect(names('shop/db/c.yaml')).toEqual(['al:6', 'al:seven']);
    expect(names('shop/db/d.json')).toEqual(['al:8']);
    expect(changesetsOf('x.sql', 'CREATE TABLE a (id int);')).toEqual([]);
    expect(changesetsOf('x.json', '{"databaseChangeLog": 1}')).toEqual([]);
  });

  it('of one changeset can be read again, and take another name', () => {
    for (const { path, text } of FILES) {
      const [file = ''] = path.split('::');
      const [own, ...others] = changesetsOf(file, withLogicalPath(file, text, 'a "b"/c'));
      expect(others).toEqual([]);
      expect(path).toBe(partPathOf(file, `${own?.id}::${own?.author}`));
    }
  });
});

describe('changesets of SQL', () => {
  it('have the checksums that Liquibase 4.33.0 stored for them', () => {
    expect(checksumsOf(parsed('db/a.sql::3::al'))).toContain('9:49861fe5fa0367cd034de48d424fda63');
    expect(checksumsOf(parsed('db/a.sql::4::al'))).toContain('9:13aead41bf89ac7860f3f09939886ab6');
  });

  const parsed = (id: string) => parseSqlChangeset(part(id).text);

  it('have checksums of older versions that say nothing', () => {
    const rows = [row('db/a.sql', '1', 'al', 1, '6:x'), row('db/a.sql', '2', 'al', 2, '8:y')];
    const [project] = liquibase.detect(
      sourceTree(liquibase, { 'liquibase.properties': 'changelog-file: db/a.sql\n', 'db/a.sql': '' }),
    );
    if (project === undefined) throw new Error('no project');
    expect(liquibase.applied(project, rows, new Map()).map(({ fingerprint }) => fingerprint)).toEqual([null, '8:y']);
  });

  it('say how they are rolled back, in lines or a block, and whether in a transaction', () => {
    expect(parsed('db/a.sql::1::al').rollback).toEqual({ kind: 'sql', sql: 'DROP TABLE users;\n' });
    expect(parsed('db/a.sql::2 x::al b')).toMatchObject({
      rollback: { kind: 'sql', sql: 'DROP INDEX CONCURRENTLY i;\n' },
      sql: 'CREATE INDEX CONCURRENTLY i ON users (id);',
    });
    expect(parsed('db/a.sql::2 x::al b').attributes.get('runintransaction')).toBe('false');
    expect(parsed('db/a.sql::3::al').rollback).toEqual({ kind: 'none' });
    expect(parsed('db/a.sql::4::al').rollback).toEqual({ kind: 'empty' });
  });

  it('have checksums that blanks do not change, and none where a property or a kind of database enters', () => {
    const sums = (sql: string) =>
      checksumsOf(parseSqlChangeset(`--liquibase formatted sql\n--changeset a:1\n${sql}\n`));
    expect(sums('SELECT 1;')).toEqual(sums('SELECT\n  1;\n--rollback SELECT 2;'));
    expect(sums('SELECT ${x};')).toEqual([]);
    expect(checksumsOf(parsed('db/a.sql::2 x::al b'))).toEqual([]);
  });

  it('that run whenever they change are pending then', () => {
    const tree = sourceTree(liquibase, { 'shop/liquibase.properties': PROPERTIES });
    const [project] = liquibase.detect(tree);
    if (project === undefined) throw new Error('no project');
    const text = (sql: string) => `--liquibase formatted sql\n--changeset a:1 runOnChange:true\n${sql}\n`;
    const path = 'shop/db/v.sql::1::a';
    const [fingerprint = ''] = liquibase.fingerprints(project, path, new TextEncoder().encode(text('SELECT 1;')));
    const applied = {
      id: migrationId('db/v.sql::1::a'),
      appliedAt: null,
      fingerprint,
      state: 'applied',
      row: null,
    } as const;
    expect(liquibase.appliesAgain(project, applied, { path, text: text('SELECT 1;') })).toBe(false);
    expect(liquibase.appliesAgain(project, applied, { path, text: text('SELECT 2;') })).toBe(true);
  });
});
