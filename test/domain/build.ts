/** Small builders for the domain's plain data: each test names only what it is about. */
import type { DecisionFacts, Wish } from '../../src/domain/decision.ts';
import type { Diagnosis, OrphanEvidence, ProjectFacts, TipHolding } from '../../src/domain/diagnosis.ts';
import type { EditedFinding, OrphanFinding } from '../../src/domain/finding.ts';
import {
  type AppliedMigration,
  type Declaration,
  type MigrationFile,
  type MigrationId,
  migrationId,
} from '../../src/domain/migration.ts';
import type { Plan, Step } from '../../src/domain/plan.ts';
import type { KeptVersion } from '../../src/domain/provenance.ts';
import type { CommitInfo, MigrationSighting } from '../../src/domain/sighting.ts';

export const ids = (...names: readonly string[]): MigrationId[] => names.map(migrationId);

/** `tasks.0001_x` is of the app `tasks`; an id without a dot is of none. */
const namespaceOf = (id: MigrationId): string | null => (id.includes('.') ? id.slice(0, id.indexOf('.')) : null);

export const declaration = (
  id: string,
  requires: readonly string[] = [],
  replaces: readonly string[] = [],
): Declaration => ({ id: migrationId(id), requires: ids(...requires), replaces: ids(...replaces) });

/** A file of this id on disk; its blob is `<id> on disk` unless given. */
export const file = (
  id: string,
  more: { requires?: readonly string[]; replaces?: readonly string[]; path?: string; blob?: string } = {},
): MigrationFile => ({
  ...declaration(id, more.requires, more.replaces),
  path: more.path ?? `migrations/${id}`,
  blob: more.blob ?? `${id} on disk`,
});

export const row = (id: string, more: Partial<AppliedMigration> = {}): AppliedMigration => ({
  id: migrationId(id),
  appliedAt: null,
  fingerprint: null,
  state: 'applied',
  row: { id },
  ...more,
});

/** What git saw happen to a migration, newest first in lists. The commit is its own parent's child: `c2` comes after `c2^`. */
export const sighting = (
  id: string,
  change: MigrationSighting['change'],
  commit: string,
  more: Partial<Omit<MigrationSighting, 'id'>> = {},
): MigrationSighting => ({
  id: migrationId(id),
  commit,
  parent: `${commit}^`,
  path: `migrations/${id}`,
  change,
  blob: `${id} v1`,
  before: change === 'added' ? null : `${id} v1`,
  from: null,
  similarity: null,
  merge: false,
  ...more,
});

export const tip = (id: string, ref: string, more: Partial<TipHolding> = {}): TipHolding => ({
  ref,
  commit: `tip of ${ref}`,
  path: `migrations/${id}`,
  blob: `${id} v1`,
  ...more,
});

export const evidence = (id: string, more: Partial<Omit<OrphanEvidence, 'id'>> = {}): OrphanEvidence => ({
  id: migrationId(id),
  sightings: [],
  tips: [],
  worktrees: [],
  newerOn: null,
  explainedMerges: new Set(),
  stoodOn: new Set(),
  ...more,
});

const commitInfo = (oid: string, author = 'Sparkles'): CommitInfo => ({
  oid,
  parents: [`${oid}^`],
  author,
  email: 'sparkles@example.org',
  date: '2026-11-21T08:00:00+00:00',
  committedAt: 0,
  subject: `commit ${oid}`,
});

/** Facts of a project. Commits whose name begins with `h` are HEAD or its ancestors. */
export function project(
  given: {
    applied?: readonly (string | AppliedMigration)[] | null;
    files?: readonly (string | MigrationFile)[];
    evidence?: readonly OrphanEvidence[];
    texts?: Readonly<Record<string, string>>;
    ignored?: readonly string[];
    numbers?: boolean;
  } & Partial<Pick<ProjectFacts, 'order' | 'unreadable' | 'historyTable' | 'edited'>>,
): ProjectFacts {
  const applied =
    given.applied === null ? null : (given.applied ?? []).map(one => (typeof one === 'string' ? row(one) : one));
  const files = (given.files ?? []).map(one => (typeof one === 'string' ? file(one) : one));
  const seen = given.evidence ?? [];
  const sightings = seen.flatMap(entry => entry.sightings);
  const all = [...(applied ?? []).map(one => one.id), ...files.flatMap(one => [one.id, ...one.requires])];
  const own = [...files.map(one => one.id), ...seen.map(entry => entry.id)].map(namespaceOf);
  const commits = sightings.map(entry => entry.commit);
  const numberOf = (id: MigrationId) => /(?:^|\.)(\d+)/.exec(id)?.[1] ?? null;
  return {
    order: given.order ?? 'linear',
    historyTable: given.historyTable ?? { schema: null, name: 'history' },
    applied,
    files,
    unreadable: given.unreadable ?? [],
    idFacts: new Map(
      all.map(id => [id, { namespace: namespaceOf(id), number: given.numbers === true ? numberOf(id) : null }]),
    ),
    ownNamespaces:
      own.every(namespace => namespace === null) && own.length > 0 ? null : new Set(own.filter(n => n !== null)),
    evidence: new Map(seen.map(entry => [entry.id, entry])),
    commits: new Map(commits.map(oid => [oid, commitInfo(oid)])),
    inHead: new Set(commits.filter(oid => oid.startsWith('h'))),
    texts: new Map(Object.entries(given.texts ?? {})),
    ignored: new Set(ids(...(given.ignored ?? []))),
    ...(given.edited === undefined ? {} : { edited: given.edited }),
  };
}

/** What was on disk when a row came: `<id> v1`, committed, and seen to come, unless said otherwise. */
export const kept = (id: string, more: Partial<KeptVersion> = {}): KeptVersion => ({
  migration: migrationId(id),
  evidence: 'appeared',
  file: 'as-in-head',
  path: `migrations/${id}`,
  blob: `${id} v1`,
  bytes: 10,
  kept: true,
  appliedAt: null,
  seenAt: '2026-11-21T08:00:00.000Z',
  head: 'h1',
  branch: 'main',
  goneAt: null,
  later: [],
  ...more,
});

/** An orphan that was deleted here and can be reversed, unless said otherwise. */
export const orphan = (id: string, more: Partial<Omit<OrphanFinding, 'kind' | 'migration'>> = {}): OrphanFinding => ({
  kind: 'orphaned',
  migration: migrationId(id),
  cause: 'deleted-here',
  added: null,
  deleted: { commit: commitInfo(`deleted ${id}`), path: `migrations/${id}` },
  source: { commit: 'c0', path: `migrations/${id}`, blob: `${id} v1` },
  trusted: true,
  choices: [],
  versions: 1,
  branches: [],
  worktrees: [],
  renamedTo: null,
  similarity: null,
  ignored: false,
  remedy: 'reverse',
  remedies: ['reverse', 'adopt', 'forget', 'ignore'],
  ...more,
});

/** What `decide` decides from. Orphans are applied where they stand in `applied`; what is on disk and not applied is pending. */
export function decision(given: {
  applied: readonly (string | AppliedMigration)[];
  files?: readonly (string | MigrationFile)[];
  orphans?: readonly OrphanFinding[];
  edited?: readonly EditedFinding[];
  declared?: readonly Declaration[];
  order?: 'linear' | 'graph';
  foreign?: readonly string[];
  impossible?: Readonly<Record<string, string>>;
  mentions?: Readonly<Record<string, readonly string[]>>;
}): DecisionFacts {
  const applied = given.applied.map(one => (typeof one === 'string' ? row(one) : one));
  const files = (given.files ?? []).map(one => (typeof one === 'string' ? file(one) : one));
  const appliedIds = new Set(applied.map(one => one.id));
  const orphans = given.orphans ?? [];
  const lost = new Set(orphans.map(finding => finding.migration));
  const pending = files.filter(one => !appliedIds.has(one.id));
  const diagnosis: Diagnosis = {
    migrations: [
      ...applied.map(
        ({ id }) => ({ id, state: lost.has(id) ? 'orphaned' : 'applied', path: null, appliedAt: null }) as const,
      ),
      ...pending.map(({ id, path }) => ({ id, state: 'pending', path, appliedAt: null }) as const),
    ],
    findings: [...[...orphans].reverse(), ...(given.edited ?? [])],
    foreign: ids(...(given.foreign ?? [])),
    counts: { applied: applied.length, pending: pending.length, orphaned: orphans.length },
  };
  return {
    diagnosis,
    applied,
    files,
    order: given.order ?? (given.declared === undefined ? 'linear' : 'graph'),
    declared: new Map([...files, ...(given.declared ?? [])].map(one => [one.id, one])),
    namespaceOf,
    impossible: new Map(
      Object.entries(given.impossible ?? {}).map(([id, reason]) => [
        migrationId(id),
        { reason, wayOut: `do ${id} by hand` },
      ]),
    ),
    mentions: new Map(Object.entries(given.mentions ?? {}).map(([id, named]) => [migrationId(id), ids(...named)])),
  };
}

export const wish = (
  more: Partial<Omit<Wish, 'only' | 'remedies'>> & {
    only?: readonly string[];
    remedies?: Readonly<Record<string, string>>;
  } = {},
): Wish => ({
  strategy: more.strategy ?? 'auto',
  apply: more.apply ?? true,
  only: more.only === undefined ? null : ids(...more.only),
  remedies: new Map(Object.entries(more.remedies ?? {}).map(([id, remedy]) => [migrationId(id), remedy as 'reverse'])),
});

const NO_LOSSES = { tables: [], columns: [], unsure: null };
const NO_ROWS = { how: 'rows', rows: [] } as const;

export const step = (kind: Step['kind'], id = '3'): Step => {
  const migration = migrationId(id);
  switch (kind) {
    case 'reverse':
      return {
        kind,
        migration,
        path: id,
        commit: 'c0',
        blob: 'b0',
        because: 'orphaned',
        losses: NO_LOSSES,
        doing: NO_ROWS,
      };
    case 'relabel':
      return { kind, migration, to: migrationId(`${id} anew`), doing: NO_ROWS };
    case 'forget':
    case 'remember':
      return { kind, migration, doing: NO_ROWS };
    case 'apply':
      return { kind, migrations: [migration], because: 'pending', doing: NO_ROWS };
  }
};

export const plan = (steps: readonly Step[], id = 'a1b2c3d4e5f6'): Plan => ({
  id,
  project: { framework: 'dbmate', root: '.', historyTable: { schema: null, name: 'history' }, settings: {} },
  engine: 'sqlite',
  database: 'sqlite:app.db',
  identity: 'here',
  rows: 'r0',
  head: 'c9',
  strategy: 'in-place',
  steps,
  after: [],
  warnings: [],
});
