/** Running other people's programs: a framework's own command, with a time limit, in a process group of its own. */
import type { ProcessMark } from '../domain/run.ts';

export interface ProgramRun {
  /** Program and arguments; never given to a shell. The program is absolute or found on `env.PATH`. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  /** After this long the group gets SIGTERM, five seconds later SIGKILL. */
  readonly timeLimitMs: number;
  /** Texts that must not leave in any output (passwords, also URL-encoded forms). */
  readonly secrets: readonly string[];
  /**
   * Called once the child is there and before it has done anything: it waits until this returns. A throw kills it and is thrown on;
   * when we die meanwhile, it ends without having done anything.
   */
  readonly onStart?: (mark: ProcessMark) => void;
  /** One line of stdout or stderr at a time, secrets replaced by `***`. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly signal?: AbortSignal;
}

export interface ProgramEnd {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly endedBy: 'itself' | 'time-limit' | 'abort' | 'signal';
  /** The last 200 lines of both streams, secrets replaced. */
  readonly tail: readonly string[];
  readonly milliseconds: number;
}

/** A file for a person to edit. */
export interface FileToEdit extends Pick<ProgramRun, 'cwd' | 'env'> {
  /** As in `EDITOR`: a program, and arguments of its own. */
  readonly editor: string;
  /** Absolute. */
  readonly file: string;
  /** What stands in it first, where it is not there. */
  readonly draft: string;
}

/** How the editor ended (null: by a signal), and what the file holds then (null: no UTF-8 text). */
export interface EditedFile {
  readonly code: number | null;
  readonly text: string | null;
}

export interface Processes {
  /** Runs to the end. Stdin is closed. Throws `program-missing` when it cannot be started; a failing program is a value. */
  run(program: ProgramRun): Promise<ProgramEnd>;
  /**
   * Hands the terminal to a program of the user's (a shell) until it ends; its streams are ours. null when a signal ended it. Throws
   * `program-missing`.
   */
  handTerminalTo(program: Pick<ProgramRun, 'argv' | 'cwd' | 'env'>): Promise<number | null>;
  /** Opens a file, readable by this user only, in an editor on our own terminal. */
  edit(file: FileToEdit): Promise<EditedFile>;
  /** First candidate that exists: names with `/` are files from each of `folders`, others are searched on `path`. null when none is there. */
  find(candidates: readonly string[], folders: readonly string[], path: string): string | null;
  /** The mark of a process of ours or of this one. */
  mark(pid: number): ProcessMark;
  /** Is the very process of this mark (or one of its group) still alive? */
  alive(mark: ProcessMark): boolean;
  /**
   * Ends the group of a left-over process: SIGTERM, then SIGKILL after `graceMs`. Returns when it is gone. Throws `refused` when this
   * user may not end it, or where the system cannot tell whether its number has been given to another.
   */
  end(mark: ProcessMark, graceMs: number): Promise<void>;
  /**
   * Every living process whose environment says `variable=value`, this one excepted: it also finds what has left its group.
   * Empty where the system does not tell (it does on Linux).
   */
  leftWith(variable: string, value: string): readonly ProcessMark[];
}
