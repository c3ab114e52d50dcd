/** Sqitch: the promises of every framework, and ids that it made itself. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Row } from '../../src/domain/migration.ts';
import type { PartText } from '../../src/frameworks/contract.ts';
import { inTransactionOfOurs } from '../../src/frameworks/sqitch/in-place.ts';
import { sqitch } from '../../src/frameworks/sqitch/index.ts';
import { parsePlan } from '../../src/frameworks/sqitch/parse-plan.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

// The plan and the rows are of sqitch 1.3.1 on PostgreSQL 15.
const PLAN = `%syntax-version=1.0.0
%project=shop
%uri=https://x.example/shop/

a 2026-01-01T00:00:00Z Sparkles <s@x.example> # first
b [a] 2026-01-02T00:00:00Z Sparkles <s@x.example> # second \\n more
@v1 2026-01-02T01:00:00Z Sparkles <s@x.example> # tag
c [b] 2026-01-03T00:00:00Z Sparkles <s@x.example>
`;
const IDS = [
  '0ecd61c6a6d370cb034ad1ae597c00122d207922',
  '2154868701b528ad5cc11430d197c1ec9ede23fd',
  'eddfe9c14ca556a6c143e4d1ed77a1cfdadb77b4',
];
const CONF = `[core]
	engine = pg
	plan_file = plans/shop.plan
	deploy_dir = sql/up
	revert_dir = sql/down
	verify_dir = sql/check
[engine "pg"]
	registry = "shop_registry"
	target = laptop
[target "laptop"]
	uri = db:pg://app@localhost/shop # mine
`;

const table = (name: string) => `CREATE TABLE ${name}(id int);\n`;
const up = (name: string) => `db/sql/up/${name}.sql`;
const down = (name: string) => `db/sql/down/${name}.sql`;

const file = (name: string, requires: readonly string[]) => ({
  path: up(name),
  text: table(name),
  id: name,
  requires,
  replaces: [],
  namespace: null,
  number: null,
});

const row = (name: string, at: number, hash: string, planned: string, note = ''): Row => ({
  change_id: IDS[at] ?? '',
  script_hash: hash,
  change: name,
  project: 'shop',
  note,
  committed_at: `2026-12-01 00:28:45.${at + 4}0438+00`,
  committer_name: 'Rainbows',
  committer_email: 'r@x.example',
  planned_at: planned,
  planner_name: 'Sparkles',
  planner_email: 's@x.example',
});

const A = row('a', 0, 'ac7e99172287dec3cfda178d1dee326959ff1db5', '2026-01-01 00:00:00+00', 'first');
const B = row('b', 1, 'be3b320f29a81abccb7ecb10b6a63ba8e64ea3c2', '2026-01-02 00:00:00+00', 'second \n more');

const parts = (name: string, sql: string) => ({ [down(name)]: sql });

describeFramework(sqitch, {
  project: {
    tree: {
      'db/sqitch.conf': CONF,
      'db/plans/shop.plan': PLAN,
      [up('a')]: table('a'),
      [up('b')]: table('b'),
      [up('c')]: table('c'),
    },
    root: 'db',
    historyTable: { schema: 'shop_registry', name: 'changes' },
    addresses: [{ text: 'postgres://app@localhost/shop', base: 'db' }],
  },
  notProjects: {
    'another engine': { 'sqitch.conf': '[core]\n\tengine = oracle\n', 'sqitch.plan': PLAN },
    'a target of another engine': { 'sqitch.conf': '[core]\n\ttarget = db:firebird:shop\n', 'sqitch.plan': PLAN },
    'a configuration without a plan': { 'sqitch.conf': CONF },
    'a plan without a project': { 'sqitch.plan': 'a 2026-01-01T00:00:00Z S <s@x.example>\n' },
    'folders of these names alone': { 'deploy/a.sql': table('a'), 'revert/a.sql': 'DROP TABLE a;\n' },
  },
  severalProjects: {
    'one with a configuration, one with a plan alone': {
      tree: {
        'one/sqitch.conf': '[core]\n\ttop_dir = migrations\n',
        'one/migrations/sqitch.plan': PLAN,
        'two/sqitch.plan': PLAN,
      },
      roots: ['one', 'two'],
    },
  },
  files: [file('a', []), file('b', ['a']), file('c', ['b']), file('more/d', [])],
  parts: [
    {
      path: up('more/d'),
      among: [down('more/d'), 'db/sql/check/more/d.sql', down('d'), up('d')],
      gives: [down('more/d'), 'db/sql/check/more/d.sql'],
    },
  ],
  fingerprints: [
    { name: 'its bytes', path: up('a'), bytes: table('a'), contains: String(A['script_hash']) },
    {
      name: 'with line ends of Windows',
      path: up('a'),
      bytes: 'CREATE TABLE a(id int);\r\n',
      contains: String(A['script_hash']),
    },
  ],
  notFiles: { [down('a')]: 'DROP TABLE a;\n', 'db/sql/up/a.txt': '', 'sql/up/a.sql': table('a'), 'db/sql/up/.sql': '' },
  unreadable: [{ path: 'db/sql/other/a.sql', text: '', reason: /deploy scripts/ }],
  alsoKnown: [],
  histories: [
    {
      name: 'shared with another project',
      rows: [B, A],
      autoColumn: null,
      ids: ['a', 'b'],
      appliedAt: ['2026-12-01T00:28:45.404Z', '2026-12-01T00:28:45.504Z'],
      forgettable: ['a', 'b'],
      relabel: { from: 'b', to: 'c' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the newest, down to the one before',
      path: up('b'),
      parts: parts('b', 'DROP TABLE b;\n'),
      engine: 'postgres',
      onDisk: [up('a')],
      gives: {
        how: 'command',
        arguments: ['revert', '-y', '--to', IDS[0], '--registry', 'shop_registry'],
        checkout: {
          kind: 'overlay',
          files: expect.arrayContaining<unknown>([{ path: down('b'), text: 'DROP TABLE b;\n' } satisfies PartText]),
        },
        atomic: false,
      },
    },
    {
      name: 'not one below another that the plan still has before it',
      path: up('a'),
      parts: parts('a', 'DROP TABLE a;\n'),
      engine: 'postgres',
      onDisk: [up('b')],
      gives: { how: 'impossible', reason: expect.stringMatching(/the plan has a before b/) },
    },
    {
      name: 'not without its script',
      path: up('b'),
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: 'it has no revert script' },
    },
  ],
  forwards: [
    {
      path: up('c'),
      engine: 'postgres',
      gives: { how: 'command', arguments: ['deploy', '--registry', 'shop_registry'] },
    },
  ],
  losses: [
    {
      name: 'tables',
      path: up('a'),
      text: table('a'),
      parts: parts('a', 'DROP TABLE a;\n'),
      tables: ['a'],
      columns: [],
      unsure: null,
    },
    {
      name: 'nothing certain without a script',
      path: up('a'),
      text: table('a'),
      tables: [],
      columns: [],
      unsure: /no revert script/,
    },
    {
      name: 'nothing certain of included files',
      path: up('a'),
      text: table('a'),
      parts: parts('a', '\\ir more.sql\n'),
      tables: [],
      columns: [],
      unsure: /psql/,
    },
  ],
  imports: [{ path: up('a'), text: table('a'), gives: [] }],
  hazard: { orphans: ['a'], says: /"sqitch revert" of a would take b along/ },
});

describe('Sqitch', () => {
  it('gives changes the ids that the real one gave them', () => {
    expect(parsePlan(PLAN)?.changes.map(({ changeId }) => changeId)).toEqual(IDS);
  });

  it('tells a change that was reworked from what it was before', () => {
    const text = `${PLAN}a [a@v1] 2026-01-04T00:00:00Z Sparkles <s@x.example> # again\n`;
    expect(parsePlan(text)?.changes.map(({ id }) => id)).toEqual(['a@v1', 'b', 'c', 'a']);
  });

  it('tells deployed rows of a reworked change apart under a plan that gives other ids', () => {
    const plan = `${PLAN.replace('c [b]', 'c')}a [a@v1] 2026-01-04T00:00:00Z Sparkles <s@x.example> # again\n`;
    const [project] = sqitch.detect(sourceTree(sqitch, { 'sqitch.plan': plan.replace(/^b .*\n/m, '') }));
    if (project === undefined) throw new Error('no project');
    const again = {
      ...A,
      change_id: 'f'.repeat(40),
      script_hash: 'e'.repeat(40),
      committed_at: '2026-12-02 00:00:00+00',
    };
    expect(sqitch.applied(project, [again, B, A]).map(({ id }) => id)).toEqual(['a@v1', 'b', 'a']);
    expect(sqitch.applied(project, [B, A]).map(({ id }) => id)).toEqual(['a@v1', 'b']);
  });

  it.each([
    ['DROP TABLE a;', 'DROP TABLE a;'],
    ['-- Revert a\n\nBEGIN;\n\nDROP TABLE a;\n\nCOMMIT;\n', '-- Revert a\n\n\n\nDROP TABLE a;\n\n\n'],
    ['/* COMMIT; */ start transaction;\nDROP TABLE a;\nend work -- done', '/* COMMIT; */ \nDROP TABLE a;\n-- done'],
    ["DELETE FROM a WHERE b = ':c'::text AND d[1:2] = '{}';", "DELETE FROM a WHERE b = ':c'::text AND d[1:2] = '{}';"],
  ])('takes the transaction off %j', (text, script) => {
    expect(inTransactionOfOurs(text)).toEqual({ script });
  });

  it.each([
    ['\\ir more.sql', /commands of psql/],
    ['DROP TABLE :"name";', /variables/],
    ["DELETE FROM a WHERE b = :'c';", /variables/],
    ['DELETE FROM a WHERE b = :c;', /variables/],
    ['COPY a FROM stdin;\n1\n\\.\n', /psql/],
    ['BEGIN;\nDROP TABLE a;', /never ends it/],
    ['BEGIN;\nDROP TABLE end', /never ends it/],
    ['BEGIN; DROP TABLE a; COMMIT; BEGIN; DROP TABLE b; COMMIT;', /one transaction/],
    ['DROP INDEX CONCURRENTLY a;', /one transaction/],
  ])('does not run %j itself', (text, reason) => {
    expect(inTransactionOfOurs(text)).toEqual({ reason: expect.stringMatching(reason) });
  });

  it.each([
    ['[core]\n\tengine = sqlite\n[engine "sqlite"]\n\ttarget = db:sqlite:data/app.db\n', 'sqlite:data/app.db'],
    ['[core]\n\ttarget = db:mysql://app@localhost/shop\n', 'mysql://app@localhost/shop'],
  ])('is found for an engine that it cannot be reversed on, so that this is said', (conf, address) => {
    const tree = sourceTree(sqitch, { 'sqitch.conf': conf, 'sqitch.plan': PLAN });
    const [project] = sqitch.detect(tree);
    if (project === undefined) throw new Error('no project');
    expect(sqitch.connection(project, tree)).toMatchObject([{ text: address, base: '.' }]);
  });

  it('leaves the rows of other projects in the same registry alone', () => {
    const [project] = sqitch.detect(sourceTree(sqitch, { 'sqitch.plan': PLAN }));
    if (project === undefined) throw new Error('no project');
    const rows = [A, { ...B, project: 'other' }];
    expect(sqitch.applied(project, rows).map(({ id }) => id)).toEqual(['a']);
    expect(sqitch.forget(project, migrationId('b'), rows)).toEqual({ reason: expect.stringMatching(/no row for b/) });
  });
});
