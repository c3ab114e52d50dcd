/** The words for every problem: what happened, why, and the next thing to type. */
import { quoted } from '../domain/command-text.ts';
import type { ProblemCode, ProblemFacts } from '../domain/problem.ts';
import { clean, cleanLines } from './clean.ts';
import { count, list } from './words.ts';

/** `what` is one sentence, complete on its own. `why` are further lines. `next` is a command to paste, or what to decide. */
export interface Message {
  readonly what: string;
  readonly why: readonly string[];
  readonly next: string | null;
}

type Words = { readonly [Code in ProblemCode]: (facts: ProblemFacts[Code]) => Message };

const message = (what: string, next: string | null, ...why: readonly string[]): Message => ({ what, why, next });

/** What another program said, without empty lines, at most twenty of them. */
const said = (text: string): readonly string[] =>
  cleanLines(text)
    .filter(line => line.trim() !== '')
    .slice(-20);

const known = (names: readonly string[], word: string): string =>
  names.length === 0 ? `There is no ${word}.` : `Known: ${list(names.map(clean))}.`;

const WORDS: Words = {
  'not-a-repository': ({ directory }) =>
    message(`${clean(directory)} is not inside a git repository.`, 'tidemark -C <repository> status'),
  'bare-repository': ({ directory }) =>
    message(
      `${clean(directory)} is a bare repository: it has no working tree to compare a database with.`,
      'git worktree add <folder> (and run tidemark there)',
    ),
  'no-framework': ({ root, looked }) =>
    message(
      `No migrations were found in ${clean(root)}.`,
      'declare the project in tidemark.config.json (README, Settings)',
      `Looked for ${list(looked)}.`,
      'Any other tool, and a script of your own that drives one of these, can be declared as "framework": "custom".',
    ),
  'unknown-framework': ({ name, known: names }) =>
    message(
      `There is no framework "${clean(name)}".`,
      `tidemark status --framework ${names[0] ?? '<name>'}`,
      known(names, 'framework'),
    ),
  'unknown-project': ({ asked, known: names }) =>
    message(
      `There is no project "${clean(asked)}" here.`,
      `tidemark status --project ${clean(names[0] ?? '<path>')}`,
      known(names, 'project'),
    ),
  'unknown-migration': ({ id, near }) =>
    message(
      `There is no migration "${clean(id)}" in the database, on disk or in git's history.`,
      near[0] === undefined ? 'tidemark status' : `tidemark show ${clean(near[0])}`,
      ...(near.length > 0 ? [`Near it: ${list(near.map(clean))}.`] : []),
    ),
  'not-its-table': ({ framework, table, database, columns }) =>
    message(
      `${clean(table)} in ${clean(database)} is not a table of ${framework}: it has the columns ${list(columns.map(clean))}.`,
      'tidemark status --framework <name>, or name the right table as "historyTable" in tidemark.config.json',
      'Another tool keeps it under the same name, or this is another database. Nothing was read from it.',
    ),
  'table-of-several': ({ framework, table, database, titles }) =>
    message(
      `${clean(table)} in ${clean(database)} could be of several frameworks that were found here: ${list(titles)}.`,
      `tidemark status --framework ${clean(framework)}`,
      'Each would take the rows of the other for its own, so none is compared until one is named.',
    ),
  'several-databases': ({ project, found }) =>
    message(
      `The configuration of ${clean(project)} names several databases.`,
      'tidemark status --database <url>',
      `Found: ${list(found.map(clean))}.`,
    ),
  'no-database': ({ project, looked }) =>
    message(
      `Nothing says which database ${clean(project)} uses.`,
      'tidemark status --database <url>',
      `Looked at ${list(looked.map(clean))}.`,
    ),
  'bad-address': ({ address, reason }) =>
    message(
      `The database address ${clean(address)} cannot be used: ${clean(reason)}.`,
      'tidemark status --database sqlite:app.db (or postgres://user@host/name, mysql://user@host/name)',
    ),
  'engine-not-supported': ({ framework, engine, supported }) =>
    message(
      `${framework} on ${engine} is nothing that Tidemark can work with.`,
      'tidemark doctor',
      `It works with ${framework} on ${list(supported)}.`,
    ),
  'bad-settings': ({ file, complaints }) =>
    message(`The settings in ${clean(file)} cannot be used.`, `edit ${clean(file)}`, ...complaints.map(clean)),
  'bad-arguments': ({ reason }) => message(`${clean(reason)}.`, 'tidemark --help'),
  'unknown-ref': ({ ref, near = [] }) =>
    message(
      ref === '-' ? 'There is no previous branch.' : `Git knows no commit "${clean(ref)}".`,
      near.length > 0 ? 'git branch --all' : 'git log --oneline --all',
      ...(near.length > 0 ? [`Near it: ${list(near.map(clean))}.`] : []),
    ),
  'unknown-run': ({ run, known: runs }) =>
    message(`There is no run "${clean(run)}".`, 'tidemark runs', known(runs.slice(0, 5), 'run')),
  'no-run-to-resume': ({ unswitched }) =>
    unswitched === undefined
      ? message('There is no unfinished run.', 'tidemark status')
      : message(
          'There is no unfinished run.',
          `tidemark reconcile --to ${quoted(clean(unswitched.target))} --switch`,
          `Run ${unswitched.run} brought the database to where ${clean(unswitched.target)} expects it; git did not switch there yet.`,
        ),
  'needs-answer': ({ question, flag }) =>
    message(
      `A question needs an answer and there is no terminal to ask: ${clean(question)}`,
      flag,
      'Nothing was changed.',
    ),
  'loses-data': ({ plans, command }) =>
    message(
      `${plans.length === 1 ? 'The plan destroys' : 'The plans destroy'} data, which takes the name of the database typed, or --confirm with the id of the plan.`,
      command,
      ...plans.map(({ plan, database, losses }) => `Plan ${plan} on ${clean(database)} destroys ${list(losses)}.`),
      'Nothing was changed.',
    ),
  'plan-changed': ({ asked, now }) =>
    message(
      `The plan ${clean(asked)} is no longer the plan; now it is ${clean(now)}.`,
      'tidemark plan',
      'The database, the branch or the wish has changed since it was made.',
      'Nothing was changed.',
    ),
  'run-unfinished': ({ run }) =>
    message(
      `Run ${run} is unfinished; another cannot begin before it is resumed or aborted.`,
      'tidemark resume\ntidemark abort',
      'Nothing was changed.',
    ),
  'locked-by-run': ({ run, process, host, since }) =>
    message(
      `Run ${run} is under way in this repository.`,
      'tidemark runs',
      `Process ${process} on ${clean(host)}, since ${since}.`,
      'Nothing was changed.',
    ),
  'database-locked': ({ database, holder }) =>
    message(
      `${clean(database)} is locked by another run.`,
      'tidemark runs',
      `Held by ${clean(holder)}.`,
      'Nothing was changed.',
    ),
  'backup-impossible': ({ database, reason }) =>
    message(
      `No backup of ${clean(database)} can be made: ${clean(reason)}.`,
      'tidemark reconcile --no-backup (gives up the way back)',
      'Nothing was changed.',
    ),
  'proof-impossible': ({ database, reason }) =>
    message(
      `The schema that ${clean(database)} should have cannot be built: ${cleanLines(reason).slice(0, 20).join(' ')}`,
      'tidemark status',
    ),
  'scratch-impossible': ({ database, reason }) =>
    message(
      `No scratch database can be made beside ${clean(database)}: ${clean(reason)}.`,
      'tidemark reconcile --rehearse=off --no-proof (gives up the rehearsal)',
      'Nothing was changed.',
    ),
  'file-in-the-way': ({ path }) =>
    message(`${clean(path)} exists already.`, `git mv ${clean(path)} <elsewhere>`, 'Nothing was changed.'),
  'journal-damaged': ({ file, line, reason }) =>
    message(
      `The journal ${clean(file)} is damaged in line ${line}: ${clean(reason)}.`,
      'tidemark doctor',
      'Nothing was changed. The backup of the run, if it made one, is where `tidemark runs` said.',
    ),
  'journal-too-new': ({ file, format }) =>
    message(
      `The journal ${clean(file)} was written by a newer Tidemark (format ${format}).`,
      'npm install -g tidemark@latest',
      'Nothing was changed.',
    ),
  'target-doubtful': ({ database, name, doubts, command }) =>
    message(
      `${clean(database)} is not changed before its name is typed out.`,
      command ?? `tidemark reconcile --target ${quoted(clean(name))}`,
      ...doubts.map(clean),
      'Nothing was changed.',
    ),
  refused: ({ reason, next }) => message(clean(reason), next, 'Nothing was changed.'),
  'configuration-changed': ({ project, before, now }) =>
    message(
      before === null || before === now
        ? `The configuration of ${clean(project)} has changed, so its database was not looked at.`
        : `The configuration of ${clean(project)} now names ${clean(now)}, not ${clean(before)}, so neither was looked at.`,
      'tidemark status',
    ),
  'read-only-database': ({ database, reason }) =>
    message(`${clean(database)} cannot be changed: ${clean(reason)}.`, 'tidemark status', 'Nothing was changed.'),
  'git-missing': ({ said: text }) =>
    message('Git could not be started.', 'install git, version 2.31 or newer', ...said(text)),
  'git-too-old': ({ version, needs }) => message(`Git ${clean(version)} is too old.`, `install git ${needs} or newer`),
  'git-failed': ({ command, code, said: text }) =>
    message(
      `\`${clean(command)}\` failed${code === null ? '' : ` with exit code ${code}`}.`,
      'tidemark doctor',
      ...said(text),
    ),
  'objects-missing': ({ count: missing, gap }) =>
    message(
      missing > 0
        ? `This clone is ${gap}: ${count(missing, 'object')} that the answer needs ${missing === 1 ? 'is' : 'are'} not here.`
        : `This clone is ${gap}: its history cannot be walked without fetching every tree.`,
      'git fetch --refetch --no-filter',
      'Tidemark never fetches by itself.',
    ),
  'database-unreachable': ({ database, said: text }) =>
    message(
      `${clean(database)} cannot be reached.`,
      'start the server\ntidemark status --database <url>',
      ...said(text),
    ),
  'wrong-password': ({ database, user, said: text }) =>
    message(
      `${clean(database)} does not let ${clean(user) || 'this user'} in.`,
      'tidemark status --database <url with the right password>',
      ...said(text),
    ),
  'database-missing': ({ database, said: text }) =>
    message(`The database ${clean(database)} does not exist.`, 'tidemark status --database <url>', ...said(text)),
  'permission-denied': ({ database, said: text }) =>
    message(`${clean(database)} does not permit this.`, 'tidemark doctor', ...said(text)),
  'database-failed': ({ database, doing, said: text }) =>
    message(`${clean(database)} failed while ${clean(doing)}.`, 'tidemark doctor', ...said(text)),
  'history-table-unreadable': ({ database, table, said: text }) =>
    message(
      `The history table ${clean(table)} of ${clean(database)} cannot be read.`,
      'tidemark doctor',
      ...said(text),
    ),
  'program-missing': ({ program, looked }) =>
    message(
      `The program of ${clean(program)} was not found.`,
      'tidemark doctor (or set "program" in tidemark.config.json)',
      ...(looked.length > 0 ? [`Looked for ${list(looked.map(clean))}.`] : []),
    ),
  disk: ({ path, doing, said: text }) =>
    message(`${clean(path)} cannot be used while ${clean(doing)}.`, `df -h ${clean(path)}`, ...said(text)),
  'run-stopped': ({ run, done, of, problem }) => {
    const { what, why } = explain(problem.code, problem.facts);
    return message(
      what,
      `tidemark resume ${run}\ntidemark abort ${run}`,
      ...why.filter(line => line !== 'Nothing was changed.'),
      `Run ${run} stopped after ${done} of ${count(of, 'step')}; its journal is kept.`,
    );
  },
  'switch-failed': ({ target, said: text, gone, runs }) =>
    message(
      `git did not switch to ${clean(target)}.`,
      `tidemark reconcile --to ${quoted(clean(target))} --switch\ntidemark reconcile`,
      ...said(text),
      gone.length === 0
        ? `The database was brought to where ${clean(target)} expects it (run ${runs.join(', ')}).`
        : `The database was brought to where ${clean(target)} expects it: ${list(gone.map(clean))} reversed (run ${runs.join(', ')}).`,
      'The first command goes on from here; the second applies again what this branch has.',
    ),
  'switch-incomplete': ({ target, problem }) => {
    const { what, why } = explain(problem.code, problem.facts);
    return message(
      `${clean(target)} is checked out, and what is pending there was not applied.`,
      'tidemark plan\ntidemark reconcile',
      what,
      ...why.filter(line => line !== 'Nothing was changed.'),
    );
  },
  'step-failed': ({ step, said: text }) => message(`${clean(step)} failed.`, 'tidemark runs', ...said(text)),
};

/** The words for one problem. */
export function explain<Code extends ProblemCode>(code: Code, facts: ProblemFacts[Code]): Message {
  return WORDS[code](facts);
}

/** Exit codes of design section 8. */
export function exitCodeOf(code: ProblemCode): number {
  const usage: readonly ProblemCode[] = [
    'not-a-repository',
    'bare-repository',
    'no-framework',
    'unknown-framework',
    'unknown-project',
    'unknown-migration',
    'not-its-table',
    'table-of-several',
    'several-databases',
    'no-database',
    'bad-address',
    'engine-not-supported',
    'bad-settings',
    'bad-arguments',
    'unknown-ref',
    'unknown-run',
    'no-run-to-resume',
  ];
  const refused: readonly ProblemCode[] = [
    'needs-answer',
    'loses-data',
    'target-doubtful',
    'plan-changed',
    'run-unfinished',
    'locked-by-run',
    'database-locked',
    'backup-impossible',
    'scratch-impossible',
    'proof-impossible',
    'file-in-the-way',
    'journal-damaged',
    'journal-too-new',
    'refused',
    'configuration-changed',
    'read-only-database',
  ];
  if (usage.includes(code)) return 2;
  if (refused.includes(code)) return 3;
  const midway: readonly ProblemCode[] = ['step-failed', 'run-stopped', 'switch-failed', 'switch-incomplete'];
  return midway.includes(code) ? 4 : 5;
}
