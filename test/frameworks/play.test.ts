/** Play evolutions: the promises of every framework, scripts as Play reads them, and the row that holds them. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Project } from '../../src/domain/migration.ts';
import { readHocon } from '../../src/frameworks/play/hocon.ts';
import { play } from '../../src/frameworks/play/index.ts';
import { hashOf, parseEvolution, runnable, textOf } from '../../src/frameworks/play/parse-script.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = '# Users\n\n# --- !Ups\nCREATE TABLE users (id int);\n\n# --- !Downs\nDROP TABLE users;\n';
const NAME =
  '-- !Ups\n  ALTER TABLE users ADD COLUMN name text; \n-- !Downs\n\tALTER TABLE users DROP COLUMN name;\r\n';
const FUNCTION =
  "-- !Ups\nCREATE FUNCTION f() RETURNS trigger AS $$ BEGIN DELETE FROM users;; RETURN NULL;; END;; $$ LANGUAGE plpgsql;\n-- !Downs\nDROP FUNCTION f(); -- that's it\n";
const EMPTY = '-- !Ups\nUPDATE users SET name = 1;\n-- !Downs\n-- nothing to do\n';

const file = (path: string, text: string, number: number) => ({
  ...{ path, text, id: `shop/${number}`, requires: [], replaces: [], namespace: null, number: String(number) },
});

const FILES = [
  file('app/conf/changes/shop/001.sql', USERS, 1),
  file('app/conf/changes/shop/2.sql', NAME, 2),
  file('app/conf/changes/shop/3.sql', FUNCTION, 3),
  file('app/conf/changes/shop/10.sql', EMPTY, 10),
];

const CONF = `# the shop
db.shop { driver=org.postgresql.Driver, url="jdbc:postgresql://db/shop", username = app, password = "p;1" }
db.shop.password = \${?SHOP_PASSWORD}
play {
  evolutions {
    path = "changes"
    db {
      shop { metaTable = shop_changes, schema = "audit", substitutions.mappings { who = "app" } }
    }
  }
}
`;

const row = (id: number, text: string, more = {}) => {
  const { up, down } = parseEvolution(text);
  const scripts = { apply_script: up, revert_script: down };
  return {
    ...{ id, hash: hashOf({ up, down }), applied_at: 1714979289123, ...scripts, state: 'applied', last_problem: '' },
    ...more,
  };
};

const AT = '2024-05-06T07:08:09.123Z';

describeFramework(play, {
  project: {
    tree: { ...Object.fromEntries(FILES.map(each => [each.path, each.text])), 'app/conf/application.conf': CONF },
    root: 'app/conf/changes/shop',
    historyTable: { schema: 'audit', name: 'shop_changes' },
    addresses: [{ text: 'postgresql://app:p%3B1@db/shop', base: 'app' }],
  },
  notProjects: {
    'an application without a database': {
      'conf/application.conf': 'play.http.secret.key = x\n',
      'build.sbt': 'libraryDependencies += guice\n',
    },
    'scripts of something else': { 'conf/sql/default/1.sql': USERS },
    'evolutions that are switched off': {
      'conf/application.conf': 'play.evolutions.enabled = false\n',
      'conf/evolutions/default/1.sql': USERS,
    },
  },
  severalProjects: {
    'two databases of one application, and an application below': {
      tree: {
        'conf/evolutions/default/1.sql': USERS,
        'conf/evolutions/audit/1.sql': USERS,
        'sub/build.sbt': 'libraryDependencies ++= Seq(jdbc, evolutions)\n',
      },
      roots: ['conf/evolutions/audit', '.', 'sub'],
    },
  },
  files: FILES,
  fingerprints: [
    {
      name: 'of both scripts, without what is round them',
      path: 'app/conf/changes/shop/2.sql',
      bytes: NAME,
      contains: hashOf({ up: 'ALTER TABLE users ADD COLUMN name text;', down: 'ALTER TABLE users DROP COLUMN name;' }),
    },
  ],
  notFiles: {
    'app/conf/changes/shop/0.sql': USERS,
    'app/conf/changes/shop/x.sql': USERS,
    'app/conf/changes/other/1.sql': USERS,
    'app/conf/evolutions/shop/1.sql': USERS,
    'app/conf/changes/shop/old/1.sql': USERS,
  },
  unreadable: [],
  alsoKnown: [{ id: 'shop/4', requires: [] }],
  histories: [
    {
      name: 'SQLite, which holds milliseconds',
      rows: [row(10, EMPTY), row(1, USERS), row(2, NAME)],
      autoColumn: null,
      ids: ['shop/1', 'shop/2', 'shop/10'],
      appliedAt: [AT, AT, AT],
      forgettable: ['shop/1', 'shop/10'],
      relabel: { from: 'shop/2', to: 'shop/4' },
    },
    {
      name: 'servers, whose times are those of an unknown place',
      rows: [
        row(1, USERS, { applied_at: '2024-05-06 07:08:09.123' }),
        row(2, NAME, { applied_at: '2024-05-06 07:08:09' }),
      ],
      autoColumn: null,
      ids: ['shop/1', 'shop/2'],
      appliedAt: [null, null],
      forgettable: ['shop/2'],
      relabel: { from: 'shop/2', to: 'shop/4' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the down script, with the row',
      path: 'app/conf/changes/shop/2.sql',
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'sql',
        script: 'ALTER TABLE users DROP COLUMN name\n;\n',
        inTransaction: true,
        rows: [{ change: 'delete', where: { id: 2, hash: row(2, NAME).hash } }],
      },
    },
    {
      name: 'not by an empty down script',
      path: 'app/conf/changes/shop/10.sql',
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its down script is empty', wayOut: expect.stringContaining('--with') },
    },
    {
      name: 'not with a variable nobody knows',
      path: 'app/conf/changes/shop/2.sql',
      text: '-- !Ups\nSELECT 1;\n-- !Downs\nDROP TABLE $evolutions{{{table}}};\n',
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('$evolutions{{{table}}}') },
    },
  ],
  forwards: [
    {
      path: 'app/conf/changes/shop/3.sql',
      engine: 'postgres',
      gives: {
        how: 'sql',
        script: expect.stringMatching(
          /BEGIN DELETE FROM users; RETURN NULL; END; \$\$ LANGUAGE plpgsql\n;\nINSERT INTO "audit"\."shop_changes"/,
        ),
        rows: [expect.objectContaining({ change: 'update', set: expect.objectContaining({ state: 'applied' }) })],
      },
    },
  ],
  losses: [
    {
      name: 'what the down script drops',
      path: 'app/conf/changes/shop/2.sql',
      text: NAME,
      tables: [],
      columns: ['users.name'],
      unsure: null,
    },
  ],
  imports: [],
  hazard: { orphans: ['shop/2'], says: /takes back shop\/2 and with it shop\/10/ },
});

const project = (): Project => {
  const [found] = play.detect(sourceTree(play, { 'app/conf/application.conf': CONF }));
  if (found === undefined) throw new Error('no project');
  return found;
};

describe('evolution scripts', () => {
  it('join sections of one kind and drop what stands before the first', () => {
    const parsed = parseEvolution('DROP TABLE x;\n# !Ups\nA;\n--!Downs\nB;\n#  more !Ups here\nC;\n');
    expect(parsed).toEqual({ up: 'A;\nC;', down: 'B;' });
    expect(parseEvolution(textOf(parsed))).toEqual(parsed);
  });

  it('are cut at single semicolons, and doubled ones stand for one', () => {
    expect(runnable(project(), "A; B -- c\n; ;INSERT INTO d VALUES (';;');; E")).toEqual({
      sql: "A\n;\nB -- c\n;\nINSERT INTO d VALUES (';'); E\n;\n",
    });
  });

  it('have variables whose values stand in the settings', () => {
    expect(runnable(project(), 'GRANT a TO $evolutions{{{who}}};')).toEqual({ sql: 'GRANT a TO app\n;\n' });
    expect(runnable(project(), 'SELECT !$evolutions{{{who}}};')).toMatchObject({
      reason: expect.stringContaining('who'),
    });
  });
});

describe('rows of evolutions', () => {
  it('hold the text that was applied', () => {
    const [applied] = play.applied(project(), [row(2, NAME)]);
    if (applied === undefined) throw new Error('no row');
    const held = play.textInRow(project(), applied);
    expect(held?.path).toBe('app/conf/changes/shop/2.sql');
    expect(play.fingerprints(project(), '', new TextEncoder().encode(held?.text))).toEqual([applied.fingerprint]);
  });

  it('say what failed half-way, and what Play began to take back is not run again', () => {
    const rows = [row(1, USERS, { state: 'applying_up' }), row(2, NAME, { state: 'applying_down' })];
    const applied = play.applied(project(), rows);
    expect(applied.map(({ state }) => state)).toEqual(['failed', 'failed']);
    const migration = {
      ...file('app/conf/changes/shop/2.sql', NAME, 2),
      id: migrationId('shop/2'),
      requires: [],
      replaces: [],
      commit: null,
      blob: '',
      orphan: true,
    };
    expect(
      play.reverse({ project: project(), engine: 'sqlite', migration, all: [migration], onDisk: [], applied }),
    ).toMatchObject({
      how: 'impossible',
      reason: expect.stringContaining('began to take it back'),
    });
  });
});

describe('settings of Play', () => {
  it('are read where they stand, and left out where only the environment knows', () => {
    const text =
      'a { b = "x y", c.d = 1 // no\n e = ${X}\n e = ${?Y}\n "q.r" { s = """t""" } }\na.c.d = 2\nl = [1, {z = 3}]\nm : n\n';
    expect(Object.fromEntries(readHocon(text))).toEqual({ 'a.b': 'x y', 'a.c.d': '2', 'a.q.r.s': 't', m: 'n' });
  });
});
