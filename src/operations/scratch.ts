/** Scratch databases of operations: named, used, removed; and those that a killed process left. */
import type { Address, ScratchContents, ScratchRecord } from '../databases/contract.ts';
import { ProblemError } from '../domain/problem.ts';
import { RUN_VARIABLE } from './checkouts.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';

/** A scratch database while it is used. */
export interface Scratch {
  readonly address: Address;
  readonly name: string;
  /** Stands in a run's place in the names of worktrees, sessions and processes: `rehearsal-20261130t101500z-4f2a91`. */
  readonly id: string;
}

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 2_000;

/** Makes one, hands it over, and removes it whatever happens. Throws `scratch-impossible`, `disk`. */
export async function withScratch<T>(
  outside: Outside,
  { address: real, project, identity }: Pick<InspectedProject, 'address' | 'project' | 'identity'>,
  wish: { readonly purpose: 'rehearsal' | 'proof'; readonly contents: ScratchContents },
  work: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const stamp = new Date(outside.clock())
    .toISOString()
    .toLowerCase()
    .replace(/[-:]|\.\d+/g, '');
  const id = `${wish.purpose}-${stamp}-${outside.randomHex(6)}`;
  const name = `tidemark_${id.replaceAll('-', '_')}`;
  const owner = outside.processes.mark(process.pid);
  const { contents } = wish;
  const address = await outside.databases.makeScratch(real, {
    name,
    contents,
    history: project.historyTable,
    identity,
    owner,
  });
  try {
    return await work({ address, name, id });
  } finally {
    await unlessGone(outside.databases.dropScratch(real, name));
  }
}

/** Scratch databases whose maker is dead, beside this project's database. Files of any SQLite database's are removed from anywhere. */
const leftScratch = (
  outside: Outside,
  { address, identity }: Pick<InspectedProject, 'address' | 'identity'>,
): readonly ScratchRecord[] =>
  outside.databases
    .scratches()
    .filter(record => record.identity === identity || (record.engine === 'sqlite' && address.engine === 'sqlite'))
    .filter(({ owner }) => !outside.processes.alive(owner));

/** Removes them, with what they still run. Returns the names of those that are gone. */
export async function removeLeftScratch(
  outside: Outside,
  inspected: Pick<InspectedProject, 'address' | 'identity'>,
): Promise<readonly string[]> {
  const gone: string[] = [];
  for (const { name } of leftScratch(outside, inspected)) {
    const id = name.replace(/^tidemark_/, '').replaceAll('_', '-');
    for (const mark of outside.processes.leftWith(RUN_VARIABLE, id)) await outside.processes.end(mark, GRACE_MS);
    if (await unlessGone(outside.databases.dropScratch(inspected.address, name))) gone.push(name);
  }
  return gone;
}

/** A server that is away keeps nobody from going on: the record stays, and the next one removes it. */
async function unlessGone(dropping: Promise<void>): Promise<boolean> {
  try {
    await dropping;
    return true;
  } catch (error) {
    if (error instanceof ProblemError) return false;
    throw error;
  }
}
