/** `tidemark show <id>`: all that is known about one migration, and its text. */
import { clean, cleanLines } from '../../messages/clean.ts';
import { describeFinding } from '../../messages/findings.ts';
import { nextLines } from '../../messages/words.ts';
import { findMigration, type NamedMigration } from '../../operations/find-migration.ts';
import { type Inspection, inspect } from '../../operations/inspect.ts';
import { type Parts, partsOfVersion, partsOnDisk } from '../../operations/parts.ts';
import { findingOf } from '../print/as-json.ts';
import type { Session } from '../session.ts';

export async function showCommand(session: Session, typed: string): Promise<number> {
  const inspection = await inspect(session.outside, session.where, session.listening);
  try {
    const named = findMigration(inspection, typed);
    const text = await textOf(inspection, named);
    const parts = text === null ? [] : await partsOf(inspection, named);
    if (session.json) session.document(documentOf(named, text, parts));
    else print(session, inspection, named, text, parts);
    return 0;
  } finally {
    await inspection.repository.close();
  }
}

/** The text on disk, else that of the version a reversal would use, else of the last one git has. */
async function textOf({ repository }: Inspection, { inspected, id }: NamedMigration): Promise<string | null> {
  const file = inspected.facts.files.find(entry => entry.id === id);
  if (file !== undefined) return repository.readWorking(file.path);
  const finding = findingsOf({ inspected, id }).find(entry => entry.kind === 'orphaned');
  const blob = finding?.source?.blob ?? inspected.sightings.get(id)?.[0]?.blob;
  if (blob === undefined) return null;
  return inspected.workingTexts.get(blob) ?? (await repository.readBlobs([blob])).get(blob) ?? null;
}

/** The other files of that text; empty where they are not to be had. */
async function partsOf({ repository }: Inspection, { inspected, id }: NamedMigration): Promise<Parts> {
  const file = inspected.facts.files.find(entry => entry.id === id);
  if (file !== undefined) return partsOnDisk(repository, inspected, file.path, inspected.paths);
  const finding = findingsOf({ inspected, id }).find(entry => entry.kind === 'orphaned');
  const last = inspected.sightings.get(id)?.[0];
  const commit = last?.change === 'deleted' ? last.parent : last?.commit;
  const source = finding?.source ?? (last === undefined ? null : { ...last, commit: commit ?? null });
  if (source === null) return [];
  const kept = finding?.kept ?? null;
  const parts = await partsOfVersion(repository, inspected, { migration: id, source, kept, named: true });
  return 'reason' in parts ? [] : parts;
}

const findingsOf = ({ inspected, id }: NamedMigration) =>
  inspected.diagnosis.findings.filter(finding => finding.migration === id);

const stateOf = ({ inspected, id }: NamedMigration) =>
  inspected.diagnosis.migrations.find(migration => migration.id === id) ?? null;

const documentOf = (named: NamedMigration, text: string | null, parts: Parts) => ({
  format: 1,
  framework: named.inspected.project.framework,
  root: named.inspected.project.root,
  migration: stateOf(named) ?? { id: named.id, state: 'gone', path: null, appliedAt: null },
  findings: findingsOf(named).map(findingOf),
  text,
  parts: parts.map(part => ({ path: part.path, text: part.text })),
});

function print(
  session: Session,
  { repository }: Inspection,
  named: NamedMigration,
  text: string | null,
  parts: Parts,
): void {
  const { out, style } = session;
  const state = stateOf(named);
  out(`${style.strong(clean(named.id))}  ${state?.state ?? 'not applied, and not on this branch'}`);
  if (state?.path != null) out(`  file     ${clean(state.path)}`);
  if (state?.appliedAt != null) out(`  applied  ${state.appliedAt}`);
  for (const finding of findingsOf(named)) {
    const words = describeFinding(finding, repository.branch, session.now);
    out(`  ${words.headline}`);
    for (const [label, fact] of words.facts) out(`  ${style.faint(label.padEnd(9))}${fact}`);
    if (finding.kind === 'orphaned') out(`  ${style.faint('remedies ')}${finding.remedies.join(', ')}`);
    for (const line of nextLines(words.next, 9)) out(`  ${line}`);
  }
  out('');
  if (text === null) out('No text of it is known.');
  else for (const line of cleanLines(text.trimEnd())) out(`  ${line}`);
  for (const part of parts) {
    out('');
    out(style.faint(clean(part.path)));
    for (const line of cleanLines(part.text.trimEnd())) out(`  ${line}`);
  }
}
