/** What is wrong with a tool that the settings declare themselves, beyond what their schema says. */
import { namePattern } from '../domain/name-pattern.ts';

/** What a command may be given besides plain words. Everything else in braces is taken for a mistake. */
const PLACEHOLDERS = ['{id}', '{file}', '{worktree}', '{scratch}'];

type Complain = (path: readonly PropertyKey[], fault: string) => string;

/** Complaints about one project, in sentences; none for the frameworks Tidemark knows. Looks at what it can read of a faulty one too. */
export function customFaults(project: unknown, complain: Complain): readonly string[] {
  const { framework, custom, migrations, historyTable, program } = Object(project) as Readonly<Record<string, unknown>>;
  if (framework !== 'custom') {
    return custom === undefined ? [] : [complain(['custom'], 'is for "framework": "custom" alone')];
  }
  const said = Object(custom) as Readonly<Record<string, unknown>>;
  const needed = { custom, migrations, historyTable };
  const missing = Object.entries(needed).flatMap(([name, value]) =>
    value === undefined ? [complain([name], 'is missing: nothing can be found out about a tool nobody knows')] : [],
  );
  if (custom === undefined) return missing;
  const { upMarker, downMarker, undoFiles, reverse, forward, checksum, checksumColumn } = said;
  const faults = [
    ...(['files', 'undoFiles'] as const).flatMap(name =>
      patternFault(said[name]).map(fault => complain(['custom', name], fault)),
    ),
    ...([reverse, forward] as const).flatMap((words, at) =>
      unknownPlaceholders(words, complain, at === 0 ? 'reverse' : 'forward'),
    ),
  ];
  const alone = (one: unknown, other: unknown) => one !== undefined && other === undefined;
  if (alone(upMarker, downMarker)) faults.push(complain(['custom', 'downMarker'], 'is missing beside "upMarker"'));
  if (alone(downMarker, upMarker)) faults.push(complain(['custom', 'upMarker'], 'is missing beside "downMarker"'));
  if (upMarker !== undefined && undoFiles !== undefined) {
    faults.push(complain(['custom', 'undoFiles'], 'and markers are two ways to say the same: keep one'));
  }
  if (upMarker === undefined && undoFiles === undefined && reverse === undefined) {
    faults.push(
      complain(['custom'], 'says no way back: give "upMarker" and "downMarker", or "undoFiles", or "reverse"'),
    );
  }
  if ((reverse !== undefined || forward !== undefined) && program === undefined) {
    faults.push(complain(['program'], 'is missing: "reverse" and "forward" are its arguments'));
  }
  if (alone(checksum, checksumColumn))
    faults.push(complain(['custom', 'checksumColumn'], 'is missing beside "checksum"'));
  return [...missing, ...faults];
}

function patternFault(value: unknown): readonly string[] {
  if (typeof value !== 'string' || value === '') return [];
  const read = namePattern(value);
  return 'fault' in read ? [read.fault] : [];
}

function unknownPlaceholders(words: unknown, complain: Complain, name: string): readonly string[] {
  if (!Array.isArray(words)) return [];
  return words.flatMap((word, at) => {
    const braces = typeof word === 'string' ? (word.match(/\{\w+\}/g) ?? []) : [];
    return braces.every(each => PLACEHOLDERS.includes(each))
      ? []
      : [
          complain(
            ['custom', name, at],
            `has a placeholder that is none of ${PLACEHOLDERS.join(', ')}; the database is in the environment`,
          ),
        ];
  });
}
