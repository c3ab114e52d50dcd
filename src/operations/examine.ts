/** What `doctor` looks at: everything Tidemark needs to work here, each with what was found. Changes nothing. */
import path from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import type { Repository } from '../git/contract.ts';
import { findAddress, reading } from './connect.ts';
import { type FoundProject, findProjects, projectKey } from './find-projects.ts';
import { homeWords, hookStatus } from './hook-status.ts';
import type { Outside, Where } from './outside.ts';
import { listRuns } from './runs.ts';
import { removeLeftScratch } from './scratch.ts';

/** One thing that was looked at. `note` is fine but worth knowing. */
export interface Examined {
  readonly what: string;
  readonly found: string;
  readonly state: 'good' | 'note' | 'bad';
  /** The problem behind `bad`, for its words. */
  readonly problem: ProblemError | null;
}

const good = (what: string, found: string): Examined => ({ what, found, state: 'good', problem: null });
const note = (what: string, found: string): Examined => ({ what, found, state: 'note', problem: null });
const bad = (what: string, problem: ProblemError): Examined => ({ what, found: problem.code, state: 'bad', problem });

/** Examines the environment from the inside out; what cannot be looked at because of an earlier fault is left out. */
export async function examine(outside: Outside, where: Where, node: string): Promise<readonly Examined[]> {
  const seen: Examined[] = [good('Node.js', node)];
  let repository: Repository;
  try {
    repository = await outside.git.open(where.directory);
  } catch (error) {
    if (error instanceof ProblemError) return [...seen, bad('repository', error)];
    throw error;
  }
  try {
    seen.push(good('git', repository.gitVersion), good('repository', repository.root));
    seen.push(repository.gaps.length === 0 ? good('history', 'complete') : note('history', repository.gaps.join(', ')));
    if (repository.inTheMiddleOf !== null) seen.push(note('git is in the middle of', repository.inTheMiddleOf));
    const open = listRuns(outside, repository).filter(({ state }) => state.status === 'open');
    seen.push(
      open.length === 0
        ? good('unfinished runs', 'none')
        : note('unfinished runs', open.map(({ state }) => state.run).join(', ')),
    );
    seen.push(await examineProvenance(repository));
    seen.push(await examineHook(repository));
    seen.push(...(await examineProjects(outside, repository, where)));
    return seen;
  } finally {
    await repository.close();
  }
}

/** A record that cannot be written is no fault: everything else works without it. */
async function examineProvenance({ provenance }: Repository): Promise<Examined> {
  const { state, bytes } = await provenance.examine();
  switch (state) {
    case 'good':
      return good('provenance', `${bytes} bytes (tidemark log shows it)`);
    case 'none':
      return good('provenance', 'nothing recorded yet');
    case 'damaged':
      return note('provenance', 'some of it cannot be read (tidemark log --clear begins anew)');
    case 'off':
      return note('provenance', 'off: tidemark.provenance is false in git’s settings');
    case 'read-only':
      return note('provenance', 'the git directory cannot be written to, so nothing is recorded');
  }
}

async function examineHook(repository: Repository): Promise<Examined> {
  const { installed, home, mode, faults } = await hookStatus(repository);
  const what = 'git hooks';
  if (faults.length > 0) return note(what, `${faults.join(' ')} (tidemark hook install)`);
  return good(
    what,
    installed ? `in ${homeWords(home, repository.root)}, mode ${mode}` : 'none (tidemark hook install)',
  );
}

async function examineProjects(outside: Outside, repository: Repository, where: Where): Promise<readonly Examined[]> {
  try {
    const settings = outside.config.settings(repository.root);
    const found = await findProjects(repository, outside.frameworks, settings, where);
    const own = [good('settings', settings.file ?? 'none, and none needed')];
    const each = await Promise.all(found.map(project => examineProject(outside, repository, project, where)));
    return [...own, ...each.flat()];
  } catch (error) {
    if (error instanceof ProblemError) return [bad('projects', error)];
    throw error;
  }
}

async function examineProject(
  outside: Outside,
  repository: Repository,
  found: FoundProject,
  where: Where,
): Promise<readonly Examined[]> {
  const key = projectKey(found.project);
  const seen: Examined[] = [
    good(`${key}: framework`, found.framework.title),
    ...examineProgram(outside, repository, found),
  ];
  try {
    const { address, from } = findAddress(outside, repository, found, where);
    seen.push(good(`${key}: address`, `${address.display}, from ${from}`));
    const [server, table, identity] = await reading(outside, address, async connection => {
      const read = await connection.readHistory(found.project.historyTable);
      const rows = read.table === 'present' ? `${read.rows.length} rows` : null;
      return [connection.server, rows, connection.identity] as const;
    });
    seen.push(good(`${key}: database`, server));
    const removed = await removeLeftScratch(outside, { address, identity });
    if (removed.length > 0)
      seen.push(note(`${key}: scratch databases`, `${removed.length} removed, left by a process that was killed`));
    const { name } = found.project.historyTable;
    seen.push(
      table === null
        ? note(`${key}: history table`, `${name} does not exist`)
        : good(`${key}: history table`, `${name}, ${table}`),
    );
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    seen.push(bad(`${key}: database`, error));
  }
  return seen;
}

function examineProgram(outside: Outside, repository: Repository, found: FoundProject): readonly Examined[] {
  const key = projectKey(found.project);
  const program = found.framework.program(found.project);
  if (program === null) return [good(`${key}: program`, 'none needed: Tidemark runs the SQL itself')];
  const declared = found.settings?.program;
  const candidates = declared === undefined ? program.candidates : [declared[0]];
  const folders = [path.join(repository.root, found.project.root), repository.root];
  const at = outside.processes.find(candidates, folders, outside.env['PATH'] ?? '');
  if (at !== null) return [good(`${key}: program`, at)];
  const looked = [...candidates, ...(declared === undefined ? [program.install] : [])];
  return [bad(`${key}: program`, new ProblemError('program-missing', { program: found.framework.title, looked }))];
}
