/** Holds versions of migrations against the checksums that the history table keeps (`Framework.fingerprints`). Others pay nothing. */
import type { OrphanEvidence } from '../domain/diagnosis.ts';
import type { AppliedMigration, MigrationId, Project } from '../domain/migration.ts';
import type { KeptVersion } from '../domain/provenance.ts';
import type { MigrationSighting, Oid } from '../domain/sighting.ts';
import { versionKey } from '../domain/versions.ts';
import type { Framework } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';

/** `untold`: the framework cannot work out the checksum of such a file. */
export type Fit = 'fits' | 'differs' | 'untold';

interface Reader {
  readonly framework: Framework;
  readonly project: Project;
}

/** One text of one migration, by where it lay. */
export interface TextVersion {
  readonly path: string;
  readonly blob: Oid;
}

/** The checksums that rows keep; none where the framework cannot work them out. */
export const storedChecksums = (
  { fingerprints }: Framework,
  applied: readonly AppliedMigration[],
): ReadonlyMap<MigrationId, string> =>
  new Map(
    fingerprints === undefined
      ? []
      : applied.flatMap(({ id, fingerprint }) => (fingerprint === null ? [] : [[id, fingerprint] as const])),
  );

export function fitOf({ framework, project }: Reader, path: string, stored: string, bytes: Uint8Array): Fit {
  const values = framework.fingerprints?.(project, path, bytes) ?? [];
  if (values.length === 0) return 'untold';
  return values.includes(stored) ? 'fits' : 'differs';
}

/** Every text that git or Tidemark has of a migration, newest first, each once. Of some only the id is known here. */
export function versionsKnown(
  sightings: readonly MigrationSighting[],
  kept: KeptVersion | null | undefined,
): readonly TextVersion[] {
  const copies = kept == null ? [] : [kept, ...kept.later];
  const own = copies.flatMap(({ path, blob }) => (path === null || blob === null ? [] : [{ path, blob }]));
  const all = [...sightings.map(({ path, blob }) => ({ path, blob })), ...own];
  return [...new Map(all.map(version => [versionKey(version), version])).values()];
}

/** Adds to the evidence how each version stands to the checksum in the orphan's row. */
export async function heldAgainstChecksums(
  repository: Repository,
  reader: Reader,
  stored: ReadonlyMap<MigrationId, string>,
  evidence: ReadonlyMap<MigrationId, OrphanEvidence>,
  workingTexts: ReadonlyMap<Oid, string>,
): Promise<ReadonlyMap<MigrationId, OrphanEvidence>> {
  const asked = [...evidence.values()].flatMap(entry => {
    const checksum = stored.get(entry.id);
    const lying = entry.atHand === undefined ? [] : [entry.atHand.source];
    const versions = [...versionsKnown(entry.sightings, entry.kept), ...lying];
    return checksum === undefined ? [] : [{ entry, checksum, versions }];
  });
  if (asked.length === 0) return evidence;
  const bytes = new Map(await repository.readBytes(asked.flatMap(({ versions }) => versions.map(({ blob }) => blob))));
  for (const [blob, text] of workingTexts) if (!bytes.has(blob)) bytes.set(blob, new TextEncoder().encode(text));
  const held = new Map(evidence);
  for (const { entry, checksum, versions } of asked) {
    const fits = versions.map(version => {
      const content = bytes.get(version.blob);
      const fit = content === undefined ? 'untold' : fitOf(reader, version.path, checksum, content);
      return { key: versionKey(version), fit };
    });
    const having = (wanted: Fit) => new Set(fits.flatMap(({ key, fit }) => (fit === wanted ? [key] : [])));
    held.set(entry.id, { ...entry, checksum: { fit: having('fits'), differ: having('differs') } });
  }
  return held;
}
