/** Commands about one migration: `adopt`, `relabel`, `forget`, `ignore`. */
import type { OrphanFinding, Remedy } from '../../domain/finding.ts';
import type { MigrationId } from '../../domain/migration.ts';
import { ProblemError } from '../../domain/problem.ts';
import { clean } from '../../messages/clean.ts';
import { list } from '../../messages/words.ts';
import { adopt } from '../../operations/adopt.ts';
import { findMigration, type NamedMigration } from '../../operations/find-migration.ts';
import { setIgnored } from '../../operations/ignore.ts';
import { type Inspection, inspect } from '../../operations/inspect.ts';
import { makePlan } from '../../operations/make-plan.ts';
import { acceptAsApplied } from '../../operations/provenance.ts';
import { withSourceFrom } from '../../operations/sources.ts';
import type { Session } from '../session.ts';
import { carryOut, type ReconcileOptions } from './reconcile.ts';

async function withOrphan(
  session: Session,
  typed: string,
  work: (inspection: Inspection, named: NamedMigration, finding: OrphanFinding) => Promise<number>,
): Promise<number> {
  const inspection = await inspect(session.outside, session.where, session.listening);
  try {
    const named = findMigration(inspection, typed);
    const finding = named.inspected.diagnosis.findings.find(
      (entry): entry is OrphanFinding => entry.kind === 'orphaned' && entry.migration === named.id,
    );
    if (finding === undefined) throw notAnOrphan(named.id);
    return await work(inspection, named, finding);
  } finally {
    await inspection.repository.close();
  }
}

export const adoptCommand = (session: Session, typed: string, options: { readonly from?: string }): Promise<number> =>
  withOrphan(session, typed, async ({ repository }, { inspected }, finding) => {
    const chosen =
      options.from === undefined ? finding : await withSourceFrom(repository, inspected, finding, options.from);
    const paths = await adopt(repository, inspected, chosen);
    if (session.json) session.document({ format: 1, migration: finding.migration, path: paths[0], paths });
    else {
      session.out(`${clean(finding.migration)} is back as ${list(paths.map(clean))}, untracked.`);
      session.tell(`next  git add -- ${paths.map(clean).join(' ')}`);
    }
    return 0;
  });

/** An orphan is left alone; of an edited migration, the text it has now counts as the one that was applied. */
export async function ignoreCommand(
  session: Session,
  typed: string,
  options: { readonly remove?: boolean },
): Promise<number> {
  const inspection = await inspect(session.outside, session.where, session.listening);
  try {
    const named = findMigration(inspection, typed);
    const finding = named.inspected.diagnosis.findings.find(
      entry => (entry.kind === 'orphaned' || entry.kind === 'edited') && entry.migration === named.id,
    );
    const edited = finding?.kind === 'edited';
    if (finding === undefined || (edited && options.remove === true)) throw notAnOrphan(named.id);
    if (edited) return await accept(session, inspection, named);
    return await setAside(session, inspection, named, options.remove !== true);
  } finally {
    await inspection.repository.close();
  }
}

async function accept(
  session: Session,
  { repository }: Inspection,
  { inspected, id }: NamedMigration,
): Promise<number> {
  if (!(await acceptAsApplied(session.outside, repository, inspected.looked, id))) {
    throw new ProblemError('disk', {
      path: repository.commonDir,
      doing: 'recording that its text was applied',
      said: 'nothing could be written',
    });
  }
  if (session.json) session.document({ format: 1, migration: id, ignored: true, changed: true });
  else session.out(`The text that ${clean(id)} has now counts as the one that was applied.`);
  return 0;
}

async function setAside(
  session: Session,
  { repository }: Inspection,
  { inspected, id }: NamedMigration,
  ignored: boolean,
): Promise<number> {
  const changed = await setIgnored(repository, inspected.project, id, ignored);
  if (session.json) session.document({ format: 1, migration: id, ignored, changed });
  else {
    const state = ignored ? 'left alone in this clone' : 'no longer ignored';
    session.out(`${clean(id)} is ${changed ? '' : 'already '}${state}.`);
  }
  return 0;
}

const notAnOrphan = (id: MigrationId) =>
  new ProblemError('refused', {
    reason: `${id} is no orphan: it has its file on this branch, or is not applied.`,
    next: `tidemark show ${id}`,
  });

/** `relabel` and `forget`: a plan of one step, with the questions, the lock and the journal of any other. */
const oneStep = (session: Session, typed: string, remedy: Remedy, to: string | null, options: ReconcileOptions) =>
  withOrphan(session, typed, async (inspection, { inspected, id }) => {
    const project = to === null ? inspected : renamedTo(inspected, id, findMigration(inspection, to).id);
    const wish = { only: [id], remedies: new Map([[id, remedy]]), strategy: 'auto' as const, apply: false, from: null };
    const planned = await makePlan(session.outside, inspection.repository, project, wish);
    const words = [remedy, typed, ...(to === null ? [] : [to])];
    return carryOut(session, inspection, [planned], words, options);
  });

export const forgetCommand = (session: Session, typed: string, options: ReconcileOptions): Promise<number> =>
  oneStep(session, typed, 'forget', null, options);

export const relabelCommand = (
  session: Session,
  typed: string,
  to: string | undefined,
  options: ReconcileOptions,
): Promise<number> => oneStep(session, typed, 'relabel', to ?? null, options);

/** The project as if the diagnosis had seen that the orphan lives on under this id: the user says so. */
function renamedTo(inspected: NamedMigration['inspected'], id: MigrationId, to: MigrationId) {
  if (!inspected.facts.files.some(file => file.id === to)) {
    throw new ProblemError('refused', {
      reason: `${to} has no file on this branch, so nothing can live on under it.`,
      next: 'tidemark status -v',
    });
  }
  const findings = inspected.diagnosis.findings.map(finding =>
    finding.kind === 'orphaned' && finding.migration === id ? { ...finding, renamedTo: to } : finding,
  );
  return { ...inspected, diagnosis: { ...inspected.diagnosis, findings } };
}
