/** `tidemark demo`: makes the Sparkles and Rainbows repository, shows what is wrong, puts it right and shows the proof. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProblemError } from '../../domain/problem.ts';
import { makeDemo } from '../../operations/demo.ts';
import type { Outside } from '../../operations/outside.ts';
import type { Session } from '../session.ts';
import { showPlans } from './plan.ts';
import { reconcileCommand } from './reconcile.ts';
import { statusCommand } from './status.ts';

export interface DemoOptions {
  /** Stop before putting it right, and keep the folder to play with. */
  readonly leave?: boolean;
}

/** `wire` makes the outside world for an environment of the demo's own. */
export async function demoCommand(
  session: Session,
  options: DemoOptions,
  wire: (env: Outside['env']) => Outside,
): Promise<number> {
  const top = await makeTop(tmpdir());
  const folder = path.join(top, 'unicorns');
  await mkdir(folder);
  const { style } = session;
  // The demo's own database, whatever the user's shell points at.
  const { DATABASE_URL: _shell, TIDEMARK_DATABASE_URL: _own, ...env } = session.outside.env;
  const there: Session = {
    ...session,
    json: false,
    // Backups and locks of the demo go with it.
    outside: wire({ ...env, XDG_STATE_HOME: path.join(top, 'state'), XDG_CACHE_HOME: path.join(top, 'cache') }),
    where: { ...session.where, directory: folder, database: null, framework: null, project: null },
  };
  const say = (text: string) => session.out(`\n${style.strong(`# ${text}`)}\n`);
  try {
    await makeDemo(there.outside, folder);
    session.out(
      'Sparkles and Rainbows applied migrations 1, 2 and 3. Sparkles thought better of 3, deleted it, and pushed 4 and 5.',
    );
    session.out('Rainbows pulled and applied 4 and 5, and never reversed 3.');
    say('tidemark status');
    await statusCommand(there, {});
    if (options.leave === true) {
      session.out(`\nThe repository is in ${folder}. Now: cd ${folder} && tidemark reconcile`);
      return 0;
    }
    say('tidemark plan');
    const confirm = (await showPlans(there, [], {})).flatMap(({ plan }) => plan?.id ?? []);
    say(`tidemark reconcile${confirm.map(id => ` --confirm ${id}`).join('')}`);
    const code = await reconcileCommand(there, [], { confirm });
    say('tidemark status');
    await statusCommand(there, {});
    return code;
  } finally {
    if (options.leave !== true) await rm(top, { recursive: true, force: true });
  }
}

async function makeTop(temporary: string): Promise<string> {
  try {
    return await mkdtemp(path.join(temporary, 'tidemark-demo-'));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ProblemError('disk', { path: temporary, doing: 'making a folder for the demo', said }, { cause: error });
  }
}
