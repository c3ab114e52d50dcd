/**
 * A random story: branches on which migrations are added, deleted, renamed, amended away and merged, while a database is migrated now here and
 * now there. At its end the database must be what the files on disk say: that is the model.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../src/domain/migration.ts';
import type { FixtureDatabase } from '../kit/fixture-database.ts';
import type { Story } from '../kit/story.ts';
import { BASE, statementsOf, type Thing, textOf, thingOf } from './migrations.ts';

const FOLDER = 'db/migrations';

export const HISTORY = 'schema_migrations';

/** What happens in a story, for the complaint when it goes wrong. */
type Log = (line: string) => void;

/** A story under way. */
export interface Telling {
  readonly story: Story;
  readonly database: FixtureDatabase;
  readonly engine: Engine;
  /** A number below the given one. */
  readonly roll: (below: number) => number;
  readonly log: Log;
  /** Has Tidemark put the database right, and looks whether it did. */
  readonly reconcile: () => Promise<void>;
  /** Has Tidemark look, which it remembers. */
  readonly look: () => Promise<void>;
}

/** Migrations of a working tree: version to text, in order. */
export function onDisk(story: Story): ReadonlyMap<string, string> {
  const folder = join(story.root, FOLDER);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return new Map(names.map(name => [name.replace(/_.*/, ''), readFileSync(join(folder, name), 'utf8')]));
}

/** Applies a file's migration with no tool at all. */
async function applyOne(database: FixtureDatabase, version: string, text: string): Promise<void> {
  await database.query(statementsOf(thingOf(text), database.engine).up);
  await database.query(`INSERT INTO ${HISTORY} (version) VALUES ('${version}')`);
}

/** Versions in the table. */
export async function appliedIn(database: FixtureDatabase): Promise<readonly string[]> {
  const rows = await database.query(`SELECT version FROM ${HISTORY} ORDER BY version`);
  return rows.map(({ version }) => String(version));
}

/** Tells a story of some events, seeded by `roll`. One stands on any of its branches at the end, with a clean tree. */
export async function tell(telling: Telling, events: number): Promise<void> {
  const { story, database, engine, roll, log } = telling;
  const pick = <T>(items: readonly T[]): T => items[roll(items.length)] as T;
  const branches = ['main'];
  // What each version of the table made, for rows whose file has gone.
  const made = new Map<string, string>();
  let number = 0;
  let lastAdded: string | null = null;

  const pathOf = (version: string): string =>
    `${FOLDER}/${readdirSync(join(story.root, FOLDER)).find(name => name.startsWith(`${version}_`))}`;
  const write = (thing: Thing): string => {
    number += 1;
    const version = String(number).padStart(4, '0');
    story.write(`${FOLDER}/${version}_${thing.name}.sql`, textOf(thing, engine));
    return version;
  };
  const tables = (): readonly Thing[] =>
    [...onDisk(story).values()].map(thingOf).filter(({ kind }) => kind === 'table');
  const newThing = (): Thing => {
    const kind = pick(['table', 'table', 'column', 'index'] as const);
    const on = kind === 'table' ? null : pick(tables()).name;
    return { kind, name: `${kind}${number + 1}`, on };
  };
  const dependents = (table: string): readonly string[] =>
    [...onDisk(story)].flatMap(([version, text]) => (thingOf(text).on === table ? [version] : []));
  const removable = (): readonly string[] =>
    [...onDisk(story)].flatMap(([version, text]) => (thingOf(text).name === BASE.name ? [] : [version]));
  /** A thing on a table that is not there any more cannot be made: who merges takes it out. */
  const withoutStranded = (): void => {
    const there = new Set(tables().map(({ name }) => name));
    for (const [version, text] of onDisk(story)) {
      const { on } = thingOf(text);
      if (on !== null && !there.has(on)) story.remove(pathOf(version));
    }
  };
  const apply = async (): Promise<void> => {
    const applied = new Set(await appliedIn(database));
    const there = new Set([...applied].flatMap(version => made.get(version) ?? []));
    const pending = [...onDisk(story)].filter(([version]) => !applied.has(version));
    // What lives on under another name cannot be made twice; here a person would ask Tidemark.
    const twice = pending.some(([, text]) => there.has(text));
    const orphans = [...applied].filter(version => !onDisk(story).has(version));
    const missingTable = pending.some(([, text]) => {
      const { on } = thingOf(text);
      return on !== null && ![...there, ...pending.map(([, own]) => own)].some(own => thingOf(own).name === on);
    });
    if (twice || missingTable) {
      log(`reconcile, as ${orphans.join(', ') || 'nothing'} is orphaned`);
      await telling.reconcile();
      for (const [version, text] of onDisk(story)) made.set(version, text);
      return;
    }
    for (const [version, text] of pending) {
      await applyOne(database, version, text);
      made.set(version, text);
    }
    log(`apply ${pending.map(([version]) => version).join(', ') || 'nothing'}`);
  };
  const fill = async (): Promise<void> => {
    const filled = pick(tables()).name;
    const there = [...(await appliedIn(database))].flatMap(version => made.get(version) ?? []);
    if (!there.some(text => thingOf(text).name === filled && thingOf(text).kind === 'table')) return;
    const [row] = await database.query(`SELECT COALESCE(MAX(id), 0) AS id FROM ${filled}`);
    await database.query(
      `INSERT INTO ${filled} (id, note) VALUES (${Number(row?.['id'] ?? 0) + 1}, 'note ${roll(1000)}')`,
    );
    log(`a row in ${filled}`);
  };

  const acts: Readonly<Record<string, () => Promise<void>>> = {
    async add() {
      lastAdded = write(newThing());
      log(`add ${lastAdded}`);
      await story.commit(`Add ${lastAdded}`);
    },
    apply,
    async delete() {
      const version = pick(removable());
      if (version === undefined) return;
      const gone = [version, ...dependents(thingOf(onDisk(story).get(version) ?? '').name)];
      for (const each of new Set(gone)) story.remove(pathOf(each));
      log(`delete ${gone.join(', ')}`);
      await story.commit(`Delete ${gone.join(', ')}`);
    },
    async rename() {
      const version = pick(removable());
      const text = version === undefined ? undefined : onDisk(story).get(version);
      if (version === undefined || text === undefined || dependents(thingOf(text).name).length > 0) return;
      const from = pathOf(version);
      number += 1;
      const to = String(number).padStart(4, '0');
      story.move(from, `${FOLDER}/${to}_${thingOf(text).name}.sql`);
      log(`rename ${version} to ${to}`);
      await story.commit(`Rename ${version}`);
      lastAdded = null;
    },
    async amend() {
      const version = lastAdded;
      lastAdded = null;
      const subject = await story.git('log', '-1', '--format=%s');
      if (version === null || subject !== `Add ${version}` || !onDisk(story).has(version)) return;
      story.remove(pathOf(version));
      log(`amend ${version} away`);
      await story.amend('Think again');
    },
    async branch() {
      const name = `branch-${branches.length}`;
      branches.push(name);
      log(`branch ${name}`);
      await story.branch(name);
    },
    async switch() {
      const name = pick(branches);
      log(`switch to ${name}`);
      await story.switch(name);
      lastAdded = null;
    },
    async merge() {
      const other = pick(branches);
      const here = await story.git('symbolic-ref', '--short', 'HEAD');
      if (other === here || (await story.git('merge-base', other, 'HEAD')) === (await story.git('rev-parse', other)))
        return;
      log(`merge ${other}`);
      await story.merge([other], { resolve: () => settleMerge(story, withoutStranded) });
      lastAdded = null;
    },
    async draft() {
      const version = write(newThing());
      await apply();
      if (!(await appliedIn(database)).includes(version)) return;
      await telling.look();
      story.remove(pathOf(version));
      log(`${version} was applied and never committed`);
    },
    fill,
  };
  const weighted = [
    ...['add', 'add', 'add', 'apply', 'apply', 'apply', 'delete', 'delete', 'rename', 'amend', 'branch', 'switch'],
    ...['switch', 'merge', 'draft', 'fill', 'fill'],
  ];

  story.write(`${FOLDER}/0000_base.sql`, textOf(BASE, engine));
  story.write('.gitignore', '*.db\n');
  await story.commit('Begin');
  await apply();
  await fill();
  for (let event = 0; event < events; event += 1) await acts[pick(weighted)]?.();
}

/** Takes both sides' files where git cannot decide, and then what makes the tree whole. */
async function settleMerge(story: Story, whole: () => void): Promise<void> {
  const unmerged = await story.git('diff', '--name-only', '--diff-filter=U', '-z');
  for (const path of new Set(unmerged.split('\0').filter(Boolean))) {
    if (existsSync(join(story.root, path))) await story.git('add', '--', path);
    else await story.git('rm', '--quiet', '--cached', '--', path);
  }
  // A migration that one side renamed and the other renamed otherwise is one thing still.
  const seen = new Set<string>();
  const folder = join(story.root, FOLDER);
  for (const name of readdirSync(folder).sort()) {
    const text = readFileSync(join(folder, name), 'utf8');
    if (seen.has(text)) story.remove(`${FOLDER}/${name}`);
    seen.add(text);
  }
  whole();
}
