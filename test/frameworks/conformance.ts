/**
 * The promises every framework keeps, as one suite: `describeFramework(framework, facts)`. The most valuable one is that a file
 * and its history row get the same id. Pathspecs are matched by the real git.
 */
import { describe, expect, it } from 'vitest';
import { migrationId } from '../../src/domain/migration.ts';
import { wholeFileOf } from '../../src/domain/split-path.ts';
import type { FileText, Framework } from '../../src/frameworks/contract.ts';
import { computed } from '../kit/processor-time.ts';
import {
  Bench,
  changed,
  changesOf,
  contractFields,
  HOSTILE,
  ids,
  matchedByGit,
  sorted,
  sourceTree,
} from './conformance-bench.ts';
import type { FrameworkFacts, HistoryFacts, Tree } from './conformance-facts.ts';

const NOW = '2026-11-21T08:30:15.000Z';
const PASSWORD = 'p4ss w0rd@/#%';

/** One suite of promises for one framework. */
export function describeFramework(framework: Framework, facts: FrameworkFacts): void {
  const bench = new Bench(framework, facts);
  describe(`${framework.title} keeps the promises of every framework`, () => {
    describe('as a declaration', () => declares(bench));
    describe('finds projects', () => findsProjects(bench));
    describe('knows its files', () => knowsFiles(bench));
    for (const history of facts.histories)
      describe(`knows its rows (${history.name})`, () => knowsRows(bench, history));
    describe('reverses and applies', () => reverses(bench));
    describe('is not hurt by hostile texts', () => survives(bench));
  });
}

function declares({ framework, facts }: Bench): void {
  it('has the fields of the contract in their order, and no others', () => {
    const fields = Object.keys(framework);
    expect(fields).toEqual(contractFields(fields));
  });

  it('says where its facts come from', () => {
    expect(framework.docs.length).toBeGreaterThan(0);
    for (const address of framework.docs) expect(address).toMatch(/^https:\/\//);
  });

  it('is named for machines and for people, and knows an engine', () => {
    expect(framework.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(framework.title).not.toBe('');
    expect(framework.engines.length).toBeGreaterThan(0);
    expect(facts.files.length).toBeGreaterThan(1);
  });
}

function findsProjects(bench: Bench): void {
  const { framework, facts } = bench;

  it('finds none in an empty repository', () => {
    expect(framework.detect(sourceTree(framework, {}))).toEqual([]);
  });

  it('finds the one project, with its own names', () => {
    expect(framework.detect(sourceTree(framework, facts.project.tree))).toEqual([
      expect.objectContaining({
        framework: framework.name,
        root: facts.project.root,
        historyTable: facts.project.historyTable,
      }),
    ]);
  });

  it('describes a project in plain data only', () => {
    const project = bench.project();
    expect(JSON.parse(JSON.stringify(project))).toEqual(project);
  });

  for (const [why, tree] of Object.entries(facts.notProjects)) {
    it(`finds none: ${why}`, () => {
      expect(framework.detect(sourceTree(framework, tree))).toEqual([]);
    });
  }

  for (const [what, { tree, roots }] of Object.entries(facts.severalProjects)) {
    it(`finds several: ${what}`, () => {
      expect(framework.detect(sourceTree(framework, tree)).map(project => project.root)).toEqual(roots);
    });
  }

  it('finds the addresses its configuration names', () => {
    const hints = framework.connection(bench.project(), sourceTree(framework, facts.project.tree));
    expect(hints.map(({ text, base }) => ({ text, base }))).toEqual(facts.project.addresses);
    for (const hint of hints) expect(hint.from).not.toBe('');
  });

  it('points its program with the password in the environment only', () => {
    const project = bench.project();
    const program = framework.program(project);
    for (const engine of framework.engines) {
      const pointing = framework.point(project, {
        engine,
        database: engine === 'sqlite' ? '/abs/app.db' : 'shop',
        host: engine === 'sqlite' ? null : '127.0.0.1',
        port: engine === 'sqlite' ? null : 4242,
        socket: null,
        user: engine === 'sqlite' ? null : 'app',
        password: engine === 'sqlite' ? null : PASSWORD,
        parameters: {},
      });
      for (const file of pointing.files) {
        expect(file.path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)/);
        expect(file.text).not.toContain(PASSWORD);
        expect(file.text).not.toContain(encodeURIComponent(PASSWORD));
      }
      if (program === null) expect(pointing).toEqual({ env: {}, files: [] });
      else if (engine !== 'sqlite') {
        const held = Object.values(pointing.env).some(
          // Where Symfony resolves `%name%` in a value, its percent signs are doubled.
          value => value.includes(PASSWORD) || value.replaceAll('%%', '%').includes(encodeURIComponent(PASSWORD)),
        );
        expect(held, `the environment for ${engine} holds the password`).toBe(true);
      }
    }
  });

  it('carries paths of the repository only', () => {
    for (const path of framework.carries(bench.project())) expect(path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)/);
  });
}

function knowsFiles(bench: Bench): void {
  const { framework, facts } = bench;

  it('asks git for every migration file', () => {
    const paths = [...new Set(facts.files.map(file => wholeFileOf(file.path)))];
    const tree = Object.fromEntries(paths.map(path => [path, '']));
    expect(matchedByGit(tree, framework.pathspecs(bench.project()))).toEqual(sorted(paths));
  });

  for (const file of facts.files) {
    it(`gives ${file.path} the id ${file.id}, and reads it`, () => {
      const project = bench.project();
      const text = framework.idFrom === 'path' ? null : file.text;
      expect(framework.identify(project, file.path, text)).toBe(file.id);
      expect(framework.read(project, file)).toEqual({ id: file.id, requires: file.requires, replaces: file.replaces });
      expect(framework.namespace(migrationId(file.id))).toBe(file.namespace);
      expect(framework.number(migrationId(file.id))).toBe(file.number);
    });
  }

  for (const { path, among, gives } of facts.parts ?? []) {
    it(`knows the other files of ${path}`, () => {
      const project = bench.project();
      const paths = sorted([path, ...among]);
      expect(sorted(framework.partsOf?.(project, path, paths) ?? [])).toEqual(sorted(gives));
      // A part has no id of its own, is found by git, and has no parts.
      for (const part of gives) {
        if (framework.idFrom === 'path') expect(framework.identify(project, part, null)).toBeNull();
        expect(framework.partsOf?.(project, part, paths)).toEqual([]);
        expect(matchedByGit({ [part]: '' }, framework.pathspecs(project))).toEqual([part]);
      }
    });
  }

  for (const { path, name, bytes, contains } of facts.fingerprints ?? []) {
    it(`knows the checksum of ${path}: ${name}`, () => {
      const found = framework.fingerprints?.(bench.project(), path, Buffer.from(bytes)) ?? [];
      if (contains === null) expect(found).toEqual([]);
      else expect(found).toContain(contains);
    });
  }

  it('states what it knows of parts and checksums, where it has any', () => {
    expect((facts.parts ?? []).length > 0).toBe(framework.partsOf !== undefined);
    expect((facts.fingerprints ?? []).length > 0).toBe(framework.fingerprints !== undefined);
  });

  for (const [path, text] of Object.entries(facts.notFiles)) {
    it(`gives ${path} no id`, () => {
      expect(framework.identify(bench.project(), path, framework.idFrom === 'path' ? null : text)).toBeNull();
    });
  }

  for (const file of facts.unreadable) {
    it(`says what is wrong with ${file.path}`, () => {
      const read = framework.read(bench.project(), file);
      expect(read).toMatchObject({ path: file.path, reason: expect.stringMatching(file.reason) });
    });
  }

  it('sorts its files as they are applied', () => {
    const order = facts.files.map(file => migrationId(file.id));
    if (framework.order === 'linear') {
      expect([...order].reverse().sort(framework.compare)).toEqual(order);
      expect([...order].sort(framework.compare)).toEqual(order);
    }
    for (const a of order)
      for (const b of order) {
        expect(Math.sign(framework.compare(a, b)) + Math.sign(framework.compare(b, a))).toBe(0);
      }
  });

  it('gives a file and its history row the same id', () => {
    const fromFiles = new Set([...facts.files.map(file => file.id), ...facts.alsoKnown.map(each => each.id)]);
    const project = bench.project();
    for (const history of facts.histories) {
      const fromRows = framework.applied(project, history.rows, bench.known(project)).map(each => each.id);
      expect(fromRows.filter(id => fromFiles.has(id)).length).toBeGreaterThan(0);
      for (const file of facts.files) {
        if (!history.ids.includes(file.id)) continue;
        const text = framework.idFrom === 'path' ? null : file.text;
        expect(fromRows).toContain(framework.identify(project, file.path, text));
      }
    }
  });
}

function knowsRows(bench: Bench, history: HistoryFacts): void {
  const { framework } = bench;
  const setUp = () => {
    const project = bench.project();
    return { project, known: bench.known(project), order: sorted(history.ids) };
  };

  it('reads the rows, in the order they were applied', () => {
    const { project, known } = setUp();
    const applied = framework.applied(project, history.rows, known);
    expect(ids(applied)).toEqual(history.ids);
    expect(applied.map(each => each.appliedAt)).toEqual(history.appliedAt);
    for (const each of applied) if (each.row !== null) expect(history.rows).toContain(each.row);
  });

  for (const text of history.forgettable) {
    it(`forgets ${text}, and nothing else, and marks it as applied again`, () => {
      const { project, known, order } = setUp();
      const id = migrationId(text);
      const forgotten = changed(
        history.rows,
        changesOf(framework.forget(project, id, history.rows, known)),
        history.autoColumn,
      );
      expect(sorted(ids(framework.applied(project, forgotten, known)))).toEqual(order.filter(each => each !== text));

      const file = bench.facts.files.find(each => each.id === text);
      const marked = changed(
        forgotten,
        changesOf(framework.markApplied(project, id, forgotten, known, NOW, file)),
        history.autoColumn,
      );
      const again = framework.applied(project, marked, known);
      expect(sorted(ids(again))).toEqual(order);
      const at = again.find(each => each.id === id)?.appliedAt ?? null;
      if (at !== null) expect(Math.trunc(Date.parse(at) / 1000)).toBe(Math.trunc(Date.parse(NOW) / 1000));
      const columns = sorted(Object.keys(history.rows[0] ?? {}));
      for (const row of marked) expect(sorted(Object.keys(row))).toEqual(columns);
    });
  }

  it(`relabels ${history.relabel.from} to ${history.relabel.to}, and back`, () => {
    const { project, known, order } = setUp();
    const [from, to] = [migrationId(history.relabel.from), migrationId(history.relabel.to)];
    const there = changed(
      history.rows,
      changesOf(framework.relabel(project, from, to, history.rows, known)),
      history.autoColumn,
    );
    // Where only the newest version has a row, what has no file is known of only while something of it stands.
    const still = new Map([...known].filter(([id]) => framework.makes === undefined || id !== from));
    expect(sorted(ids(framework.applied(project, there, still)))).toEqual(
      sorted(order.map(each => (each === from ? to : each))),
    );
    const back = changed(there, changesOf(framework.relabel(project, to, from, there, known)), history.autoColumn);
    expect(back).toEqual(history.rows);
  });

  it('gives a reason, not row changes, for a migration that is not in the table', () => {
    const { project, known } = setUp();
    const nowhere = migrationId('0000_not_here');
    for (const answer of [
      framework.forget(project, nowhere, history.rows, known),
      framework.relabel(project, nowhere, migrationId(history.relabel.to), history.rows, known),
    ]) {
      expect(answer).toEqual({ reason: expect.stringMatching(/\S/) });
    }
  });

  it('knows its table by the columns, where it looks at them', () => {
    expect(framework.ownsTable?.(Object.keys(history.rows[0] ?? {})) ?? true).toBe(true);
    expect(framework.ownsTable?.(['installed_by', 'inserted_at']) ?? false).toBe(false);
  });

  it('reads an empty table', () => {
    const { project, known } = setUp();
    expect(framework.applied(project, [], known)).toEqual([]);
  });
}

function reverses(bench: Bench): void {
  const { framework, facts } = bench;
  const textOf = (path: string): string => {
    const file = facts.files.find(each => each.path === path);
    if (file === undefined) throw new Error(`facts.files has no ${path}`);
    return file.text;
  };

  for (const fact of facts.reversals) {
    it(`reverses: ${fact.name}`, () => {
      const file = withParts({ path: fact.path, text: fact.text ?? textOf(fact.path) }, fact.parts);
      const reversal = framework.reverse(bench.request(bench.project(), file, fact.engine, fact.onDisk));
      expect(reversal).toMatchObject(fact.gives);
      if (reversal.how === 'impossible') {
        expect(reversal.reason).toMatch(/\S/);
        expect(reversal.wayOut).toMatch(/\S/);
      }
      if (reversal.how === 'sql') expect(reversal.rows.length).toBeGreaterThan(0);
      if (reversal.how === 'command') {
        for (const argument of reversal.arguments) expect(argument).not.toMatch(/^\//);
        const laid = reversal.checkout.kind === 'overlay' ? reversal.checkout.files : [];
        for (const each of laid) expect(each.path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)/);
        expect(framework.program(bench.project())?.candidates.length).toBeGreaterThan(0);
      }
    });
  }

  for (const fact of facts.forwards) {
    it(`applies ${fact.path}`, () => {
      const file = withParts({ path: fact.path, text: textOf(fact.path) }, fact.parts);
      expect(framework.forward(bench.project(), file, fact.engine)).toMatchObject(fact.gives);
    });
  }

  for (const fact of facts.losses) {
    it(`says what is lost: ${fact.name}`, () => {
      const file = withParts({ path: fact.path, text: fact.text }, fact.parts);
      const losses = framework.losses(bench.project(), file);
      expect(sorted(losses.tables)).toEqual(sorted(fact.tables));
      expect(sorted(losses.columns.map(({ table, column }) => `${table}.${column}`))).toEqual(sorted(fact.columns));
      if (fact.unsure === null) expect(losses.unsure).toBeNull();
      else expect(losses.unsure).toMatch(fact.unsure);
    });
  }

  for (const fact of facts.imports) {
    it(`knows what ${fact.path} needs`, () => {
      expect(framework.imports(bench.project(), { path: fact.path, text: fact.text })).toEqual(
        expect.arrayContaining([...fact.gives]),
      );
    });
  }

  it('warns of what its own commands would do, and only where there are orphans', () => {
    const project = bench.project();
    const applied = framework.applied(project, facts.histories[0].rows, bench.known(project));
    const hazard = framework.hazard(project, facts.hazard.orphans.map(migrationId), applied);
    if (facts.hazard.says === null) expect(hazard).toBeNull();
    else expect(hazard).toMatch(facts.hazard.says);
    expect(framework.hazard(project, [], applied)).toBeNull();
  });

  it('expects only the rows its own command may add', () => {
    const project = bench.project();
    const applied = framework.applied(project, facts.histories[0].rows, bench.known(project));
    const onDisk = facts.files.map(file => bench.declaration(project, file));
    expect(framework.mayAppear(project, applied, onDisk)).toEqual(facts.mayAppear);
  });
}

function survives(bench: Bench): void {
  const { framework, facts } = bench;
  const quick = (what: string, act: () => void) => {
    expect(computed(act).processorMs, `${what} took`).toBeLessThan(1000);
  };

  for (const [name, text] of Object.entries(HOSTILE)) {
    it(`as a migration: ${name}`, () => {
      const project = bench.project();
      const [engine] = framework.engines;
      const [first] = facts.files;
      if (engine === undefined || first === undefined) throw new Error('facts are incomplete');
      const file = { path: first.path, text };
      quick('identify', () => framework.identify(project, file.path, text));
      quick('read', () => framework.read(project, file));
      quick('losses', () => framework.losses(project, file));
      quick('imports', () => framework.imports(project, file));
      quick('forward', () => framework.forward(project, file, engine));
      const request = bench.request(project, file, engine, []);
      quick('reverse', () => framework.reverse(request));
      quick('compare', () => framework.compare(migrationId(text), migrationId(`${text}1`)));
      quick('number', () => framework.number(migrationId(text)));
      quick('namespace', () => framework.namespace(migrationId(text)));
    });

    it(`as the project's configuration: ${name}`, () => {
      const files = new Set(facts.files.map(file => file.path));
      const entries = Object.entries(facts.project.tree).map(([path, old]) => [path, files.has(path) ? old : text]);
      const tree = sourceTree(framework, Object.fromEntries(entries) as Tree);
      quick('detect', () => framework.detect(tree));
      quick('connection', () => framework.connection(bench.project(), tree));
      const all = Object.keys(facts.project.tree).map(path => [path, text]);
      const hostile = sourceTree(framework, Object.fromEntries(all) as Tree);
      quick('detect', () => framework.detect(hostile));
    });

    it(`as rows: ${name}`, () => {
      const project = bench.project();
      const known = bench.known(project);
      const columns = Object.keys(facts.histories[0].rows[0] ?? {});
      for (const value of [text.slice(0, 5000), null, { hex: '00ff' }, -1, true]) {
        const rows = [Object.fromEntries(columns.map(column => [column, value]))];
        quick('applied', () => framework.applied(project, rows, known));
      }
      quick('no columns', () => framework.applied(project, [{}], known));
    });
  }
}

/** A file with its parts, where a fact names any. */
const withParts = (file: FileText, parts: Tree | undefined): FileText =>
  parts === undefined ? file : { ...file, parts: Object.entries(parts).map(([path, text]) => ({ path, text })) };
