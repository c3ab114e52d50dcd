/** Every problem of the outside world that Tidemark expects, as data. The words for them are in `messages/problems.ts`. */

/** The facts each problem carries. Facts are plain and hold no password; foreign text in them is cleaned when printed. */
export interface ProblemFacts {
  // wrong usage or settings (exit 2)
  'not-a-repository': { directory: string; said: string };
  'bare-repository': { directory: string };
  'no-framework': { root: string; looked: readonly string[] };
  'unknown-framework': { name: string; known: readonly string[] };
  'unknown-project': { asked: string; known: readonly string[] };
  'unknown-migration': { id: string; near: readonly string[] };
  'several-databases': { project: string; found: readonly string[] };
  'no-database': { project: string; looked: readonly string[] };
  'not-its-table': { framework: string; table: string; database: string; columns: readonly string[] };
  'table-of-several': { framework: string; table: string; database: string; titles: readonly string[] };
  'bad-address': { address: string; reason: string };
  'engine-not-supported': { framework: string; engine: string; supported: readonly string[] };
  'bad-settings': { file: string; complaints: readonly string[] };
  'bad-arguments': { reason: string };
  'unknown-ref': { ref: string; near?: readonly string[] };
  'unknown-run': { run: string; known: readonly string[] };
  'no-run-to-resume': { directory: string; unswitched?: { run: string; target: string } };
  // refused, nothing touched (exit 3)
  'needs-answer': { question: string; flag: string };
  'loses-data': { plans: readonly { plan: string; database: string; losses: readonly string[] }[]; command: string };
  'plan-changed': { asked: string; now: string };
  'run-unfinished': { run: string; directory: string };
  'locked-by-run': { run: string; process: number; host: string; since: string };
  'database-locked': { database: string; holder: string };
  'backup-impossible': { database: string; reason: string };
  'proof-impossible': { database: string; reason: string };
  'scratch-impossible': { database: string; reason: string };
  'file-in-the-way': { path: string };
  'journal-damaged': { file: string; line: number; reason: string };
  'journal-too-new': { file: string; format: number };
  'target-doubtful': { database: string; name: string; doubts: readonly string[]; command: string | null };
  refused: { reason: string; next: string };
  'configuration-changed': { project: string; before: string | null; now: string };
  'read-only-database': { database: string; reason: string };
  // cannot reach git or the database (exit 5)
  'git-missing': { said: string };
  'git-too-old': { version: string; needs: string };
  'git-failed': { command: string; code: number | null; said: string };
  'objects-missing': { count: number; gap: string };
  'database-unreachable': { database: string; said: string };
  'wrong-password': { database: string; user: string; said: string };
  'database-missing': { database: string; said: string };
  'permission-denied': { database: string; said: string };
  'database-failed': { database: string; doing: string; said: string };
  'history-table-unreadable': { database: string; table: string; said: string };
  'program-missing': { program: string; looked: readonly string[] };
  disk: { path: string; doing: string; said: string };
  // stopped midway, journal kept (exit 4)
  'run-stopped': { run: string; done: number; of: number; problem: Problem };
  'step-failed': { step: string; said: string };
  'switch-failed': { target: string; said: string; gone: readonly string[]; runs: readonly string[] };
  'switch-incomplete': { target: string; problem: Problem };
}

export type ProblemCode = keyof ProblemFacts;

/** One problem: its code and its facts. */
export type Problem = {
  [Code in ProblemCode]: { readonly code: Code; readonly facts: ProblemFacts[Code] };
}[ProblemCode];

/** Thrown at a room's border when the outside world does not do what was asked. `cause` keeps the foreign error. */
export class ProblemError<Code extends ProblemCode = ProblemCode> extends Error {
  readonly code: Code;
  readonly facts: ProblemFacts[Code];

  constructor(code: Code, facts: ProblemFacts[Code], options?: { cause?: unknown }) {
    super(code, options);
    this.name = 'ProblemError';
    this.code = code;
    this.facts = facts;
  }
}

/** True when an error is the given problem. */
export const isProblem = <Code extends ProblemCode>(error: unknown, code: Code): error is ProblemError<Code> =>
  error instanceof ProblemError && error.code === code;

/** Something that cannot happen has happened: a bug of ours, never of the user. */
export class BugError extends Error {
  override readonly name = 'BugError';
}
