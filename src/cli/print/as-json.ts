/** The documents of `--json`. Their shape is design section 8: `format` rises when a field changes its meaning; fields may be added. */
import type { CommitEvidence, Finding } from '../../domain/finding.ts';
import { remedyOf } from '../../domain/finding.ts';
import type { RunReport } from '../../domain/report.ts';
import type { SwitchTarget } from '../../domain/switching.ts';
import { explain } from '../../messages/problems.ts';
import type { InspectedProject, Inspection } from '../../operations/inspect.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';

const FORMAT = 1;

/** `status --json`. */
export const statusDocument = (inspection: Inspection) => ({
  format: FORMAT,
  repository: repositoryOf(inspection),
  projects: inspection.projects.map(projectOf),
  failed: inspection.failed.map(({ key, problem }) => ({
    project: key,
    code: problem.code,
    message: explain(problem.code, problem.facts).what,
  })),
});

const repositoryOf = ({ repository, gaps }: Inspection) => ({
  root: repository.root,
  head: repository.head,
  branch: repository.branch,
  inTheMiddleOf: repository.inTheMiddleOf,
  gaps,
});

function projectOf(project: InspectedProject) {
  const { name, schema } = project.project.historyTable;
  return {
    framework: project.project.framework,
    root: project.project.root,
    ...(project.project.database === undefined ? {} : { databaseName: project.project.database }),
    database: { engine: project.address.engine, address: project.address.display, server: project.server },
    historyTable: schema === null ? name : `${schema}.${name}`,
    counts: project.diagnosis.counts,
    migrations: project.diagnosis.migrations,
    findings: project.diagnosis.findings.map(findingOf),
    hazard: project.hazard,
  };
}

/** One finding: the fields of design section 8 for orphans, the finding's own for others. */
export function findingOf(finding: Finding) {
  if (finding.kind === 'edited') return { ...finding, changed: commitOf(finding.changed) };
  if (finding.kind !== 'orphaned') return { ...finding, remedy: remedyOf(finding) };
  const { added, deleted, ...rest } = finding;
  return { ...rest, added: commitOf(added), deleted: commitOf(deleted) };
}

const commitOf = (evidence: CommitEvidence | null) =>
  evidence === null
    ? null
    : {
        commit: evidence.commit.oid,
        author: evidence.commit.author,
        date: evidence.commit.date,
        subject: evidence.commit.subject,
        path: evidence.path,
      };

/** `plan --json` and `reconcile --dry-run --json`. */
export const planDocument = (inspection: Inspection, planned: readonly PlannedProject[]) => ({
  format: FORMAT,
  repository: repositoryOf(inspection),
  to: targetOf(inspection),
  plans: planned.map(({ inspected, plan, refusals, warnings, notes }) => ({
    framework: inspected.project.framework,
    root: inspected.project.root,
    ...(inspected.project.database === undefined ? {} : { databaseName: inspected.project.database }),
    database: { engine: inspected.address.engine, address: inspected.address.display },
    plan,
    refusals,
    warnings,
    notes,
  })),
});

const targetOf = ({ to }: Inspection) =>
  to === null ? null : { ref: to.asked, name: to.name, kind: to.kind, commit: to.commit, branch: to.branch };

/** `reconcile --json` and `resume --json`; for a comparison with a commit also whether git switched there. */
export const reportDocument = (
  reports: readonly RunReport[],
  planned: readonly PlannedProject[],
  to: SwitchTarget | null = null,
  switched = false,
) => ({
  format: FORMAT,
  ...(to === null ? {} : { to: { name: to.name, commit: to.commit, branch: to.branch, switched } }),
  runs: reports,
  refusals: planned.flatMap(({ refusals }) => refusals),
});
