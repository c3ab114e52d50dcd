/**
 * Starting a program that does nothing before it is told to. The child is first a small Node program of ours that waits at a pipe;
 * told to go on, it becomes the wanted program by execve(2), which keeps its number and start time. When we die first, the pipe ends
 * and it goes without having done anything. (Stopping a program right after its start is too late: a shell script had done its work.)
 */
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';

/** What the child becomes. */
export interface Behind {
  readonly file: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The gate's place among the child's `stdio`. */
const GATE = 3;

// Node ignores two signals, and execve keeps what is ignored; a handler makes it the default again (execve(2)).
const PROGRAM = `
const { closeSync, readSync } = require('node:fs');
const pieces = [];
for (;;) {
  const piece = Buffer.alloc(65536);
  const size = readSync(${GATE}, piece);
  if (size === 0) break;
  pieces.push(piece.subarray(0, size));
}
const text = Buffer.concat(pieces).toString();
if (!text.endsWith('\\n')) process.exit(1);
closeSync(${GATE});
process.on('SIGPIPE', () => {}).on('SIGXFSZ', () => {});
const { file, argv, env } = JSON.parse(text);
process.execve(file, argv, env);
`;

/** The command that waits at the gate. Node's own settings in the environment are for the program, not for the gate. */
export function gateCommand(env: Readonly<Record<string, string>>): Behind {
  const argv = [process.execPath, '--disable-warning=ExperimentalWarning', '-e', PROGRAM];
  const rest = Object.entries(env).filter(([name]) => !name.startsWith('NODE_'));
  return { file: process.execPath, argv, env: Object.fromEntries(rest) };
}

/** Lets the child go on as the wanted program. What it says must come whole: the line feed is the last of it. */
export function openGate(child: ChildProcess, behind: Behind): void {
  const gate = child.stdio[GATE] as Duplex;
  // It breaks when the child was killed meanwhile, which its exit tells.
  gate.on('error', () => undefined);
  gate.end(`${JSON.stringify(behind)}\n`);
}
