/** Texts that history rows hold themselves (`Framework.textInRow`): exactly what was applied, wherever git has been since. */
import { createHash } from 'node:crypto';
import type { EditedFile, OrphanEvidence } from '../domain/diagnosis.ts';
import type { Source } from '../domain/finding.ts';
import type { AppliedMigration, MigrationId, Project } from '../domain/migration.ts';
import type { Oid } from '../domain/sighting.ts';
import { chooseSource, isTrusted, versionKey } from '../domain/versions.ts';
import type { Framework } from '../frameworks/contract.ts';

/** A text with the source that names it. */
interface RowText {
  readonly source: Source;
  readonly text: string;
}

/** What rows say, by migration, and the texts by blob that were taken from them. Others than `textInRow`'s frameworks have none. */
export class RowTexts {
  readonly texts = new Map<Oid, string>();
  readonly #read: (id: MigrationId) => RowText | null;

  constructor(project: Project, framework: Framework, applied: readonly AppliedMigration[]) {
    const rows = new Map(framework.textInRow === undefined ? [] : applied.map(row => [row.id, row]));
    this.#read = id => {
      const row = rows.get(id);
      const file = row === undefined ? null : (framework.textInRow?.(project, row) ?? null);
      return file === null ? null : { source: sourceOf(file.path, file.text), text: file.text };
    };
  }

  #take(id: MigrationId): Source | null {
    const found = this.#read(id);
    if (found !== null) this.texts.set(found.source.blob, found.text);
    return found?.source ?? null;
  }

  /** The evidence with the row's own text as the version, where git has none that is surely it and that the user has had. */
  completing(
    evidence: ReadonlyMap<MigrationId, OrphanEvidence>,
    inHead: ReadonlySet<Oid>,
  ): ReadonlyMap<MigrationId, OrphanEvidence> {
    return new Map(
      [...evidence].map(([id, entry]) => {
        const { source: known, checksum } = chooseSource(entry, inHead);
        if (known !== null && checksum === 'fits' && isTrusted(known, entry, inHead)) return [id, entry];
        const source = this.#take(id);
        if (source === null) return [id, entry];
        const fit = new Set([versionKey(source)]);
        const held = { fit, differ: entry.checksum?.differ ?? new Set<string>() };
        return [id, { ...entry, atHand: { source, trusted: true }, checksum: held }];
      }),
    );
  }

  /** Edited files with the row's own text as what was applied, where git has none that the user has had. */
  completingEdited(edited: ReadonlyMap<MigrationId, EditedFile>): ReadonlyMap<MigrationId, EditedFile> {
    return new Map(
      [...edited].map(([id, file]) => {
        const source = file.source !== null && file.trusted ? null : this.#take(id);
        return [id, source === null ? file : { ...file, source, trusted: true }];
      }),
    );
  }
}

function sourceOf(path: string, text: string): Source {
  const bytes = Buffer.from(text);
  const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  return { commit: null, path, blob, inRow: true };
}
