/** A tool that only the settings know: the promises of every framework, and what is declared. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { migrationId } from '../../src/domain/migration.ts';
import { custom } from '../../src/frameworks/custom/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = '#> do\nCREATE TABLE users (id integer PRIMARY KEY);\n#> undo\nDROP TABLE users;\n';
const NAME = '#> do it\nALTER TABLE users ADD COLUMN name text;\n#> undo it\nALTER TABLE users DROP COLUMN name;\n';

const file = (name: string, text: string, id: string) => ({
  path: `shop/changes/${name}`,
  text,
  id,
  requires: [],
  replaces: [],
  namespace: null,
  number: id,
});

const FILES = [file('9-users.txt', USERS, '9'), file('010-name.txt', NAME, '010')];

const settings = (own: object, more: object = {}): string =>
  JSON.stringify({
    projects: [
      {
        framework: 'custom',
        root: 'shop',
        historyTable: 'done_changes',
        historySchema: 'audit',
        migrations: ['./changes'],
        custom: { files: '^(?<id>\\d+)-.*\\.txt$', idColumn: 'number', appliedAtColumn: 'at', ...own },
        ...more,
      },
      { framework: 'django', root: 'other' },
    ],
  });

const MARKED = { upMarker: '#> do', downMarker: '#> undo' };
const COMMANDS = { reverse: ['undo', '{id}', '--file', '{file}'], forward: ['do'] };
const PROGRAM = { program: ['python3', 'tools/migrate.py'] };

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

describeFramework(custom, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      'tidemark.config.json': settings({ ...MARKED, checksumColumn: 'sum', checksum: 'sha1' }),
    },
    root: 'shop',
    historyTable: { schema: 'audit', name: 'done_changes' },
    addresses: [],
  },
  notProjects: {
    'no settings': { 'changes/1-a.txt': USERS },
    'another framework is declared': { 'tidemark.config.json': '{"projects":[{"framework":"django"}]}' },
    'what is declared has no table': { 'package.json': '{"tidemark":{"projects":[{"framework":"custom"}]}}' },
    'a folder outside': { 'tidemark.config.json': settings(MARKED, { root: '../x' }) },
  },
  severalProjects: {},
  files: FILES,
  parts: [{ path: 'shop/changes/9-users.txt', among: ['shop/changes/9-undo.txt'], gives: [] }],
  fingerprints: [
    { name: 'as it is', path: 'shop/changes/9-users.txt', bytes: USERS, contains: sha1(USERS) },
    {
      name: 'with line ends of Windows on disk',
      path: 'shop/changes/9-users.txt',
      bytes: USERS,
      contains: sha1(USERS.replaceAll('\n', '\r\n')),
    },
  ],
  notFiles: {
    'shop/changes/users.txt': USERS,
    'shop/changes/9-users.sql': USERS,
    'shop/changes/old/9-users.txt': USERS,
    'changes/9-users.txt': USERS,
  },
  unreadable: [{ path: 'shop/changes/9-users.txt', text: 'DROP TABLE x;', reason: /no line that begins with "#> do"/ }],
  alsoKnown: [{ id: '11', requires: [] }],
  histories: [
    {
      name: 'numbers as text',
      rows: [
        { number: '010', at: '2024-03-01 10:00:01', sum: sha1(NAME).toUpperCase(), who: 'x' },
        { number: '9', at: '2024-03-01 10:00:00', sum: null, who: null },
      ],
      autoColumn: null,
      ids: ['9', '010'],
      appliedAt: ['2024-03-01T10:00:00.000Z', '2024-03-01T10:00:01.000Z'],
      forgettable: ['9', '010'],
      relabel: { from: '9', to: '11' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the section between its marks, with the row',
      path: 'shop/changes/9-users.txt',
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'sql',
        script: 'DROP TABLE users;\n\n',
        inTransaction: true,
        rows: [{ change: 'delete', where: { number: '9', at: '2024-03-01 10:00:00', sum: null, who: null } }],
      },
    },
    {
      name: 'not without one',
      path: 'shop/changes/9-users.txt',
      text: '#> do\nSELECT 1;\n',
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: 'it has no SQL that undoes it' },
    },
  ],
  forwards: [
    {
      path: 'shop/changes/010-name.txt',
      engine: 'sqlite',
      gives: {
        how: 'sql',
        script: 'ALTER TABLE users ADD COLUMN name text;\n',
        rows: [{ change: 'insert', values: { number: '010', sum: sha1(NAME) } }],
      },
    },
  ],
  losses: [
    {
      name: 'what the section drops',
      path: 'shop/changes/9-users.txt',
      text: USERS,
      tables: ['users'],
      columns: [],
      unsure: null,
    },
    {
      name: 'nothing certain without one',
      path: 'shop/changes/9-users.txt',
      text: '',
      tables: [],
      columns: [],
      unsure: /program/,
    },
  ],
  imports: [{ path: 'shop/changes/9-users.txt', text: USERS, gives: [] }],
  hazard: { orphans: ['9'], says: null },
});

describe('a declared command', () => {
  const declared = (own: object) => {
    const tree = sourceTree(custom, { 'tidemark.config.json': settings({ ...COMMANDS, ...own }, PROGRAM) });
    const [project] = custom.detect(tree);
    if (project === undefined) throw new Error('no project');
    return project;
  };
  const undoFiles = '^(?<id>\\d+)-.*\\.undo\\.txt$';
  const project = declared({ undoFiles });
  const path = 'shop/changes/9-users.txt';
  const undo = 'shop/changes/9-users.undo.txt';
  const reverseOf = (id: string) =>
    custom.reverse({
      project,
      engine: 'postgres',
      migration: {
        ...{ id: migrationId(id), requires: [], replaces: [], path, text: 'up', parts: [{ path: undo, text: 'down' }] },
        ...{ commit: null, blob: '', orphan: true },
      },
      ...{ all: [], onDisk: [], applied: [] },
    });

  it('gets the id and the file as words of their own, and the missing files laid', () => {
    expect(reverseOf('9')).toEqual({
      how: 'command',
      arguments: ['undo', '9', '--file', 'changes/9-users.txt'],
      checkout: {
        kind: 'overlay',
        files: [
          { path, text: 'up' },
          { path: undo, text: 'down' },
        ],
      },
      atomic: false,
    });
    expect(custom.forward(project, { path, text: '' })).toEqual({ how: 'command', arguments: ['do'] });
    expect(custom.program(project)?.candidates).toEqual(['python3']);
  });

  it('never takes an id for an option', () => {
    expect(reverseOf('-9')).toMatchObject({ how: 'impossible' });
  });

  it('gets the database in the environment alone', () => {
    const nowhere = { socket: null, parameters: {} };
    const at = {
      engine: 'mysql' as const,
      database: 'shop',
      host: 'h',
      port: 3306,
      user: 'me',
      password: 'p/w',
      ...nowhere,
    };
    expect(custom.point(project, at)).toMatchObject({
      env: { TIDEMARK_DB_PASSWORD: 'p/w', TIDEMARK_DB_PORT: '3306', DATABASE_URL: 'mysql://me:p%2Fw@h:3306/shop' },
      files: [],
    });
  });

  it('has its files undone by others of the same id', () => {
    expect(custom.identify(project, undo)).toBeNull();
    expect(custom.partsOf(project, path, [path, undo, 'shop/changes/10-x.undo.txt'])).toEqual([undo]);
  });
});
