/** Settings are read from two places, and everything that is wrong with them is said at once, without a value in it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createConfig } from '../../src/config/config.ts';
import { isProblem } from '../../src/domain/problem.ts';
import { SETTINGS_SCHEMA_FILE, settingsJsonSchema } from '../kit/generate-settings-schema.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-settings-'));
const config = createConfig();
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(scratch, 'repository-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

function write(name: string, content: unknown): string {
  const file = join(root, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

/** What is wrong with the settings. */
function complaints(): readonly string[] {
  try {
    config.settings(root);
  } catch (error) {
    if (isProblem(error, 'bad-settings')) return error.facts.complaints;
    throw error;
  }
  return [];
}

const complaintsAbout = (content: unknown): readonly string[] => {
  write('tidemark.config.json', content);
  return complaints();
};

const everything = {
  framework: 'django',
  root: 'apps/shop',
  database: '$SHOP_DATABASE_URL',
  historyTable: 'history',
  historySchema: 'audit',
  migrations: ['../../db/migrations'],
  program: ['poetry', 'run', 'python'],
  options: { settings: 'shop.settings' },
  carry: ['.venv'],
};

describe('settings', () => {
  it('have defaults where there are none', () => {
    const none = { file: null, projects: [], timeLimitSeconds: 600 };
    expect(config.settings(root)).toEqual(none);
    write('package.json', { name: 'shop', devDependencies: { tidemark: '^1.0.0' } });
    expect(config.settings(root)).toEqual(none);
  });

  it('are read from tidemark.config.json', () => {
    const schema = './node_modules/tidemark/settings.schema.json';
    const file = write('tidemark.config.json', { $schema: schema, projects: [everything], timeLimitSeconds: 60 });
    expect(config.settings(root)).toEqual({ file, projects: [everything], timeLimitSeconds: 60 });
  });

  it('are read from package.json, with defaults, after a byte order mark', () => {
    const text = JSON.stringify({
      tidemark: { projects: [{ framework: 'knex' }, { framework: 'rails', root: './api/' }] },
    });
    const file = write('package.json', `\ufeff${text}`);
    expect(config.settings(root)).toEqual({
      file,
      projects: [
        { framework: 'knex', root: '.' },
        { framework: 'rails', root: 'api' },
      ],
      timeLimitSeconds: 600,
    });
  });

  it('in both places are too many', () => {
    write('package.json', { tidemark: {} });
    expect(complaintsAbout({ projekts: [] })).toEqual([
      'package.json has settings too, under "tidemark": keep one of the two.',
      'projekts: is not a setting; did you mean "projects"?',
    ]);
  });

  it('are complained about all at once, each by its place', () => {
    const broken = {
      projects: [
        { framework: 'django', root: '/srv/shop', history_table: 'x', program: [], carry: ['ok', '../../x'] },
        { root: 5, databse: 'postgres://app:hunter2@db/shop', database: '$1', options: { env: 1 }, migrations: 'db' },
        'knex',
        { framework: '', root: '../elsewhere', zzzzzzzzzz: 1 },
      ],
      timeLimitSeconds: 0,
      $Schema: '',
    };
    expect(complaintsAbout(broken).toSorted()).toMatchInlineSnapshot(`
      [
        "$Schema: is not a setting; there are projects, timeLimitSeconds.",
        "projects[0].carry[1]: leads out of the repository.",
        "projects[0].history_table: is not a setting; did you mean "historyTable"?",
        "projects[0].program[0]: is missing.",
        "projects[0].root: must not be an absolute path.",
        "projects[1].database: is not the name of an environment variable, like $SHOP_DATABASE_URL.",
        "projects[1].databse: is not a setting; did you mean "database"?",
        "projects[1].framework: is missing.",
        "projects[1].migrations: must be a list.",
        "projects[1].options.env: must be a text.",
        "projects[1].root: must be a text.",
        "projects[2]: must be an object.",
        "projects[3].framework: must not be empty.",
        "projects[3].root: leads out of the repository.",
        "projects[3].zzzzzzzzzz: is not a setting; there are framework, root, database, historyTable, historySchema, migrations, program, options, custom, carry.",
        "timeLimitSeconds: must be at least 1.",
      ]
    `);
    expect(complaintsAbout({ timeLimitSeconds: 1.5 })).toEqual(['timeLimitSeconds: must be a whole number.']);
    expect(complaintsAbout({ timeLimitSeconds: 1e9 })).toEqual(['timeLimitSeconds: must be at most 86400.']);
    expect(complaintsAbout([])).toEqual(['the settings: must be an object.']);
    expect(complaintsAbout('null')).toEqual(['the settings: must be an object.']);
    write('package.json', { tidemark: { projects: [{}] } });
    rmSync(join(root, 'tidemark.config.json'));
    expect(complaints()).toEqual(['tidemark.projects[0].framework: is missing.']);
  });

  it('that are not JSON are not quoted: a password may stand there', () => {
    const unquoted = complaintsAbout('{\n  "projects": [{ "database": hunter2 }]\n}');
    const comma = complaintsAbout('{\n  "timeLimitSeconds": 5,\n}');
    const not = 'tidemark.config.json: it is not JSON (which has no comments and no comma after the last item)';
    expect(unquoted).toEqual([`${not}.`]);
    expect(comma).toEqual([`${not}, see line 3, column 1.`]);
  });

  it('in a broken package.json are npm’s business, unless they may be ours', () => {
    write('package.json', '{ "name": ');
    expect(config.settings(root).file).toBeNull();
    write('package.json', '{ "tidemark": ');
    expect(complaints()).toHaveLength(1);
  });

  it('outside of the repository are not read', () => {
    const outside = join(mkdtempSync(join(scratch, 'outside-')), 'settings.json');
    writeFileSync(outside, '{ "projects": [{ "framework": "secret" }] }');
    symlinkSync(outside, join(root, 'tidemark.config.json'));
    expect(complaints()).toEqual([
      'tidemark.config.json: it is a link that leads out of the repository, so it was not read.',
    ]);
    rmSync(join(root, 'tidemark.config.json'));
    write('config/tidemark.json', { timeLimitSeconds: 7 });
    symlinkSync('config/tidemark.json', join(root, 'tidemark.config.json'));
    expect(config.settings(root).timeLimitSeconds).toBe(7);
  });

  it('that are made for the user are read back, and never take the place of his own', () => {
    const projects = [{ framework: 'rails', root: 'api', migrations: ['db/migrate'] }];
    const file = config.create(root, projects);
    expect(config.settings(root)).toEqual({ file, projects, timeLimitSeconds: 600 });
    expect(() => config.create(root, [])).toThrow(expect.objectContaining({ code: 'file-in-the-way' }));
    expect(config.settings(root).projects).toEqual(projects);
  });

  it('have a schema for editors that says what is checked', () => {
    const fresh = JSON.parse(JSON.stringify(settingsJsonSchema()));
    // When this fails: node test/kit/generate-settings-schema.ts
    expect(JSON.parse(readFileSync(SETTINGS_SCHEMA_FILE, 'utf8'))).toEqual(fresh);
  });
});
