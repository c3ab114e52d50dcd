/** What the terminal UI knows of a repository: plain data made from an inspection, without connections, secrets or functions. */
import type { MigrationState } from '../../domain/diagnosis.ts';
import { type EditedFinding, type Finding, needsAttention, type OrphanFinding } from '../../domain/finding.ts';
import type { MigrationId } from '../../domain/migration.ts';
import type { RunId } from '../../domain/run.ts';
import type { CommitInfo, HistoryGap, MigrationSighting, Oid } from '../../domain/sighting.ts';
import { explain, type Message } from '../../messages/problems.ts';
import { databaseName } from '../../messages/words.ts';
import type { InspectedProject, Inspection } from '../../operations/inspect.ts';
import type { ListedRun } from '../../operations/runs.ts';

/** One migration of the list. */
export interface RowView {
  readonly id: MigrationId;
  readonly state: MigrationState['state'];
  /** Path on disk; null when there is no file here. */
  readonly path: string | null;
  /** Is it in the history table? */
  readonly inDatabase: boolean;
  /** ISO 8601; null where the table keeps no time. */
  readonly appliedAt: string | null;
  readonly findings: readonly Finding[];
}

/** One project with its database, or why it could not be looked at. */
export interface ProjectView {
  readonly key: string;
  readonly framework: string;
  /** Display form of the address, its name alone, and the server's own words. */
  readonly database: string;
  readonly databaseName: string;
  readonly server: string;
  readonly addressFrom: string;
  readonly counts: { readonly applied: number; readonly pending: number; readonly orphaned: number };
  readonly foreign: number;
  /** Findings that ask somebody to do something, pending ones aside. */
  readonly wanting: number;
  readonly rows: readonly RowView[];
  /** Findings that concern no single migration. */
  readonly general: readonly Finding[];
  readonly hazard: string | null;
  readonly sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>;
  readonly commits: ReadonlyMap<Oid, CommitInfo>;
  readonly failed: Message | null;
}

export interface RepositoryView {
  readonly root: string;
  readonly branch: string | null;
  readonly head: Oid | null;
  readonly inTheMiddleOf: string | null;
  readonly gaps: readonly HistoryGap[];
  /** A run that somebody must resume or abort before another can begin; null when there is none. */
  readonly unfinished: RunId | null;
  readonly projects: readonly ProjectView[];
}

export function viewOf({ repository, projects, failed, gaps }: Inspection, runs: readonly ListedRun[]): RepositoryView {
  return {
    root: repository.root,
    branch: repository.branch,
    head: repository.head,
    inTheMiddleOf: repository.inTheMiddleOf,
    gaps,
    unfinished: runs.find(({ state, underWay }) => state.status === 'open' && !underWay)?.state.run ?? null,
    projects: [
      ...projects.map(projectView),
      ...failed.map(({ key, problem }) => ({ ...NOTHING, key, failed: explain(problem.code, problem.facts) })),
    ],
  };
}

const NOTHING: ProjectView = {
  key: '',
  framework: '',
  database: '',
  databaseName: '',
  server: '',
  addressFrom: '',
  counts: { applied: 0, pending: 0, orphaned: 0 },
  foreign: 0,
  wanting: 0,
  rows: [],
  general: [],
  hazard: null,
  sightings: new Map(),
  commits: new Map(),
  failed: null,
};

function projectView(inspected: InspectedProject): ProjectView {
  const { diagnosis, facts, framework, address } = inspected;
  const findings = Map.groupBy(diagnosis.findings, finding => finding.migration);
  const applied = new Set((facts.applied ?? []).map(row => row.id));
  return {
    key: inspected.key,
    framework: framework.title,
    database: address.display,
    databaseName: databaseName(address.display),
    server: inspected.server,
    addressFrom: inspected.addressFrom,
    counts: diagnosis.counts,
    foreign: diagnosis.foreign.length,
    wanting: diagnosis.findings.filter(finding => finding.kind !== 'pending' && needsAttention(finding)).length,
    rows: diagnosis.migrations.map(migration => ({
      id: migration.id,
      state: migration.state,
      path: migration.state === 'orphaned' ? null : migration.path,
      inDatabase: applied.has(migration.id),
      appliedAt: migration.appliedAt,
      findings: findings.get(migration.id) ?? [],
    })),
    general: findings.get(null) ?? [],
    hazard: inspected.hazard,
    sightings: inspected.sightings,
    commits: facts.commits,
    failed: null,
  };
}

/** What a remedy can be chosen for: an applied migration without its file, or with another text in it. */
export type Remediable = OrphanFinding | EditedFinding;

/** The finding of a row that a remedy can be chosen for. */
export const remediableOf = (row: RowView | undefined): Remediable | null =>
  row?.findings.find(finding => finding.kind === 'orphaned' || finding.kind === 'edited') ?? null;

/** Does a row ask somebody to do something? A pending migration alone does not make it a finding. */
export const isWanting = (row: RowView): boolean =>
  row.findings.some(finding => finding.kind !== 'pending' && needsAttention(finding));
