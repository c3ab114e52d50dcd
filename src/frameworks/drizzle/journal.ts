/** Drizzle's journal (`meta/_journal.json`): which files are migrations, in which order, and the time that their rows hold. */

/** A migration as the journal has it. `when`: milliseconds, which the row's `created_at` repeats. */
export interface JournalEntry {
  readonly tag: string;
  readonly when: number;
}

/** What a journal says; entries that no journal has are left out. null for a text that is no journal. */
export function parseJournal(
  text: string,
): { readonly dialect: string | null; readonly entries: readonly JournalEntry[] } | null {
  let read: { readonly dialect?: unknown; readonly entries?: unknown } | null;
  try {
    read = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return null;
  }
  if (read === null || typeof read !== 'object' || !Array.isArray(read.entries)) return null;
  const entries = read.entries.flatMap((each: unknown): JournalEntry[] => {
    const { tag, when } = (each ?? {}) as { readonly tag?: unknown; readonly when?: unknown };
    return typeof tag === 'string' && tag !== '' && typeof when === 'number' && Number.isSafeInteger(when)
      ? [{ tag, when }]
      : [];
  });
  return { dialect: typeof read.dialect === 'string' ? read.dialect : null, entries };
}
