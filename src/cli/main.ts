/** The command line: commands, options and help; errors in words and exit codes. */
import { realpathSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { BugError, ProblemError } from '../domain/problem.ts';
import { clean, cleanLines } from '../messages/clean.ts';
import { exitCodeOf, explain } from '../messages/problems.ts';
import { nextLines } from '../messages/words.ts';
import { VERSION, wire } from '../wiring.ts';
import { parkCommands } from './park-commands.ts';
import { type GlobalOptions, Interrupted, openSession, type Session } from './session.ts';

type Work = (session: Session) => Promise<number>;

/** Makes a command's action of its work. */
export type Action = (
  work: (
    session: Session,
    args: readonly (string | string[] | undefined)[],
    options: Record<string, never>,
  ) => Promise<number>,
) => (...given: unknown[]) => Promise<void>;

/** Runs the command line. Returns the exit code (design section 8). */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  // Before all else: nobody types it, and git waits for it.
  if (argv[0] === 'hook' && argv[1] === 'run')
    return (await import('../hook/start.ts')).runHook(argv.slice(2), env, cwd);
  let code = 0;
  const program = buildProgram(async (options, work) => {
    code = await withSession(options, env, cwd, work);
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

async function withSession(options: GlobalOptions, env: NodeJS.ProcessEnv, cwd: string, work: Work): Promise<number> {
  const session = openSession(wire(env), options, cwd);
  try {
    return await work(session);
  } catch (error) {
    return report(error, session);
  } finally {
    session.end();
  }
}

/** Says what went wrong and returns the exit code. */
function report(error: unknown, session: Session): number {
  if (
    error instanceof Interrupted ||
    (error instanceof Error && error.name === 'AbortError' && session.listening.signal.aborted)
  ) {
    session.tell('Interrupted. Nothing was changed.');
    return 130;
  }
  if (error instanceof ProblemError) {
    const { what, why, next } = explain(error.code, error.facts);
    if (session.json)
      session.document({ format: 1, problem: { code: error.code, what, why, next: next?.split('\n') ?? [] } });
    else {
      for (const line of [what, ...why.map(text => `  ${text}`), ...nextLines(next).map(text => `  ${text}`)])
        process.stderr.write(`${line}\n`);
    }
    return exitCodeOf(error.code);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const kind =
    error instanceof BugError
      ? 'This is a bug in Tidemark'
      : 'Tidemark did not expect this, which is a bug in Tidemark';
  process.stderr.write(
    `${kind} (${VERSION}, Node ${process.version}, ${process.platform}).\nJournals of runs are kept in <git directory>/tidemark/runs.\n${stack}\n`,
  );
  return 70;
}

/** Beside the example of `plan` and `reconcile`. */
const BEFORE_SWITCHING = `
Before switching to another branch:
  tidemark plan --to main                 what main does not have, reversed by the code that is here
  tidemark reconcile --to - --switch      reverse that, git switch to the previous branch, apply what is pending there`;

function buildProgram(run: (options: GlobalOptions, work: Work) => Promise<void>): Command {
  const program = new Command('tidemark')
    .description(
      'Finds migrations your database has and your branch has not, explains them, and reverses them with the code that wrote them.',
    )
    .version(VERSION, '--version', 'print the version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    // What was typed may come from elsewhere, and is repeated.
    .configureOutput({ outputError: (text, write) => write(cleanLines(text).join('\n')) })
    .addOption(new Option('-C <dir>', 'look in this folder instead of the current one'))
    .addOption(new Option('--database <url>', 'database address, whatever the configuration says'))
    .addOption(new Option('--framework <name>', 'only projects of this framework'))
    .addOption(new Option('--project <path>', 'only the project in this folder'))
    .addOption(new Option('--deep', 'also search commits that no ref and no reflog reaches'))
    .addOption(new Option('--json', 'print one JSON document'))
    .addOption(new Option('--no-color', 'print without colours'))
    .addOption(new Option('-q, --quiet', 'print results only'))
    .addOption(new Option('-v, --verbose', 'print more: every migration, every line a command says'));

  /** A command: its work gets arguments and options and is handed a session. */
  const command = (usage: string, says: string, example: string) =>
    program.command(usage).description(says).addHelpText('after', `\nExample:\n  ${example}`).exitOverride();
  const action: Action =
    work =>
    async (...given: unknown[]) => {
      const own = given.at(-1) as Command;
      await run(own.optsWithGlobals(), session => work(session, own.processedArgs, own.opts()));
    };
  const one = (arg: string | string[] | undefined): string => (typeof arg === 'string' ? arg : '');
  const some = (arg: string | string[] | undefined): readonly string[] => (Array.isArray(arg) ? arg : []);
  const maybe = (arg: string | string[] | undefined): string | undefined => (typeof arg === 'string' ? arg : undefined);
  const planning = (made: Command) =>
    made
      .option(
        '--strategy <strategy>',
        'auto, in-place (only the orphan), or rewind (back below it and forward again)',
        'auto',
      )
      .option('--no-apply', 'do not apply what is pending')
      .option(
        '--rehearse [how]',
        'run the plan on a scratch copy first: full (all rows), schema (no rows), off; by size when not said',
      )
      .option('--restore-parked', 'put parked data of what is applied again back afterwards')
      .option('--remedy <remedy>', 'for the named migrations: reverse, relabel or forget')
      .option('--from <commit>', 'for one named migration: reverse the version of this commit')
      .option('--with <file.sql>', 'for one named migration: reverse it by this SQL, in one transaction with its row')
      .option(
        '--to <ref>',
        'compare with this branch, tag or commit (or -) instead of the working tree, before switching',
      )
      .option('--switch', 'with --to: switch there afterwards, and apply what is pending there')
      .addHelpText('after', BEFORE_SWITCHING);
  const several = (one: string, others: readonly string[] = []) => [...others, one];
  const consenting = (made: Command) =>
    made
      .option('-y, --yes', 'answer ordinary questions with yes; never the loss of data')
      .option('--confirm <plan-id>', 'run exactly this plan, or refuse; once for each of several plans', several)
      .option(
        '--target <name>',
        'the database that is changed, typed out: where it is another than before, not on this machine, or looks like production',
        several,
      )
      .option('--no-backup', 'make no backup first; gives up the way back')
      .option('--no-park', 'save no rows and columns that are destroyed; gives up putting them back');

  command(
    'status',
    'show which applied migrations have no file here, who deleted them and what to do',
    'tidemark status --exit-code',
  )
    .option('--exit-code', 'exit with 1 when there are findings')
    .action(
      action(async (session, _args, options) => (await import('./commands/status.ts')).statusCommand(session, options)),
    );
  command(
    'show <id>',
    'show all that is known about one migration, and its text',
    'tidemark show 20240603090000',
  ).action(action(async (session, [id]) => (await import('./commands/show.ts')).showCommand(session, one(id))));
  command(
    'log [id]',
    'show the life story of one migration; without an id, what Tidemark saw on disk when rows came',
    'tidemark log tasks.0010_colour',
  )
    .option('--clear', 'forget all that was seen, and the texts kept of it')
    .option('-y, --yes', 'do not ask before it is cleared')
    .action(
      action(async (session, [id], options: { readonly clear?: boolean; readonly yes?: boolean }) => {
        const typed = maybe(id);
        if (typed !== undefined && options.clear !== true)
          return (await import('./commands/log.ts')).logCommand(session, typed);
        if (typed !== undefined)
          throw new ProblemError('bad-arguments', { reason: '--clear forgets everything, and takes no id' });
        return (await import('./commands/provenance.ts')).provenanceCommand(session, options);
      }),
    );
  planning(
    command(
      'plan [ids...]',
      'show exactly what would run and what it would destroy',
      'tidemark plan --strategy rewind',
    ),
  )
    .option('--exit-code', 'exit with 1 when there is something to do or to decide')
    .action(
      action(async (session, [ids], options) =>
        (await import('./commands/plan.ts')).planCommand(session, some(ids), options),
      ),
    );
  consenting(
    planning(
      command(
        'reconcile [ids...]',
        'reverse what the branch no longer has, prove it, and apply what is pending',
        'tidemark reconcile --yes',
      ),
    ),
  )
    .option('--dry-run', 'only print the plan')
    .option('--edit', 'for one named migration: write its reversal in $VISUAL or $EDITOR, from a draft')
    .option('--no-proof', 'do not compare the schema afterwards with one built anew from the migrations')
    .action(
      action(async (session, [ids], options) =>
        (await import('./commands/ui.ts')).reconcileOrUi(session, some(ids), options),
      ),
    );
  command('adopt <id>', "bring a migration's file back into the working tree", 'tidemark adopt 20240603090000')
    .option('--from <commit>', 'the version of this commit')
    .action(
      action(async (session, [id], options) =>
        (await import('./commands/single.ts')).adoptCommand(session, one(id), options),
      ),
    );
  consenting(
    command(
      'relabel <id> [to]',
      'let the row of a renamed migration live on under its new id',
      'tidemark relabel tasks.0010_colour tasks.0011_colour',
    ),
  ).action(
    action(async (session, [id, to], options) =>
      (await import('./commands/single.ts')).relabelCommand(session, one(id), maybe(to), options),
    ),
  );
  consenting(
    command('forget <id>', "remove a migration's row only; the schema stays", 'tidemark forget 20240603090000'),
  ).action(
    action(async (session, [id], options) =>
      (await import('./commands/single.ts')).forgetCommand(session, one(id), options),
    ),
  );
  command('ignore <id>', 'leave an orphan alone in this clone', 'tidemark ignore 20240603090000')
    .option('--remove', 'no longer ignore it')
    .action(
      action(async (session, [id], options) =>
        (await import('./commands/single.ts')).ignoreCommand(session, one(id), options),
      ),
    );
  command('resume [run]', 'go on with a run that was killed or stopped', 'tidemark resume')
    .option('--no-proof', 'do not compare the schema afterwards with one built anew from the migrations')
    .action(
      action(async (session, [run], options) =>
        (await import('./commands/resume.ts')).resumeCommand(session, maybe(run), options),
      ),
    );
  command('abort [run]', 'end an unfinished run and bring back what was there before it', 'tidemark abort')
    .option(
      '-y, --yes',
      'do not ask before history rows are put back; never covers a backup, which takes later writes along',
    )
    .option('--target <name>', 'the database that is put back from its backup, typed out', several)
    .option('--keep', 'leave the database as it is now')
    .action(
      action(async (session, [run], options) =>
        (await import('./commands/abort.ts')).abortCommand(session, maybe(run), options),
      ),
    );
  consenting(
    command(
      'undo [run]',
      'bring the database back to where it was before a run: the newest that stands, or the named one',
      'tidemark undo --dry-run',
    ),
  )
    .option('--from-backup', "restore the run's backup, even where its steps could be turned round")
    .option('--from-parked', 'turn its steps round, even where more may have died than could be named')
    .option('--dry-run', 'only print what would be done')
    .action(
      action(async (session, [run], options) =>
        (await import('./commands/undo.ts')).undoCommand(session, maybe(run), options),
      ),
    );
  command(
    'verify',
    'compare the schema with the one that the applied migrations make of an empty database',
    'tidemark verify --json',
  ).action(action(async session => (await import('./commands/verify.ts')).verifyCommand(session)));
  command('runs', 'list earlier and unfinished runs', 'tidemark runs --json').action(
    action(async session => (await import('./commands/runs.ts')).runsCommand(session)),
  );
  parkCommands(program, action);
  hookCommands(program, action);
  command('init', 'write a settings file for the projects found here', 'tidemark init').action(
    action(async session => (await import('./commands/init.ts')).initCommand(session)),
  );
  command('doctor', 'check git, Node.js, the database and the frameworks’ programs', 'tidemark doctor').action(
    action(async session => (await import('./commands/doctor.ts')).doctorCommand(session)),
  );
  command('demo', 'play the story of Sparkles and Rainbows in a temporary folder', 'tidemark demo')
    .option('--leave', 'stop before it is put right, and keep the folder')
    .action(
      action(async (session, _args, options) =>
        (await import('./commands/demo.ts')).demoCommand(session, options, wire),
      ),
    );
  // Without a command: the terminal UI; the status where there is no terminal.
  program.allowExcessArguments().action(async () => {
    const [unknown] = program.args;
    if (unknown !== undefined) program.error(`error: unknown command '${clean(unknown)}'\n  next  tidemark --help`);
    await run(program.opts(), async session => (await import('./commands/ui.ts')).uiCommand(session));
  });
  return program;
}

/** `hook install|uninstall|status`. */
function hookCommands(program: Command, action: Action): void {
  const hook = program
    .command('hook')
    .description('tell what differs right after git switched, pulled or rebased: install, uninstall, status')
    .addHelpText('after', '\nExample:\n  tidemark hook install')
    .exitOverride();
  const command = (name: string, says: string, example: string) =>
    hook.command(name).description(says).addHelpText('after', `\nExample:\n  ${example}`).exitOverride();
  command('install', 'put Tidemark into git’s hooks', 'tidemark hook install --mode ask')
    .option('--mode <mode>', 'report, ask (open the terminal UI), reconcile (only what loses nothing), or off')
    .option('--files', 'use hook files even where git can keep hooks in its settings')
    .option('--committed', 'write into hook files that git tracks (husky)')
    .option('--ci', 'run also where the variable CI is set')
    .option('--no-ci', 'stay silent where the variable CI is set')
    .option('--dry-run', 'only print what would change')
    .action(
      action(async (session, _args, options) =>
        (await import('./commands/hook.ts')).hookInstallCommand(session, options, ownProgram()),
      ),
    );
  command('uninstall', 'take Tidemark out of git’s hooks without a trace', 'tidemark hook uninstall --dry-run')
    .option('--dry-run', 'only print what would change')
    .action(
      action(async (session, _args, options) =>
        (await import('./commands/hook.ts')).hookUninstallCommand(session, options),
      ),
    );
  command('status', 'show where the hook is, what it does, and whether it works', 'tidemark hook status --json').action(
    action(async session => (await import('./commands/hook.ts')).hookStatusCommand(session)),
  );
}

/** This Node, and the command it was started with. */
function ownProgram(): { readonly node: string; readonly script: string } {
  return { node: realpathSync(process.execPath), script: realpathSync(process.argv[1] ?? '') };
}
