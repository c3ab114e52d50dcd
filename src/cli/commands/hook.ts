/** `tidemark hook install|uninstall|status`: Tidemark in git's hooks. */
import { HOOK_MODES, type HookHome } from '../../domain/hook.ts';
import { ProblemError } from '../../domain/problem.ts';
import { clean, cleanLines } from '../../messages/clean.ts';
import { list, nextLines } from '../../messages/words.ts';
import { homeWords, hookStatus } from '../../operations/hook-status.ts';
import { type HookPlan, planInstall } from '../../operations/install-hook.ts';
import type { Repository } from '../../operations/outside.ts';
import { planUninstall } from '../../operations/uninstall-hook.ts';
import type { Session } from '../session.ts';

export interface HookInstallOptions {
  readonly mode?: string;
  readonly files?: boolean;
  readonly committed?: boolean;
  readonly ci?: boolean;
  readonly dryRun?: boolean;
}

/** What starts this very Tidemark: absolute paths, links resolved. */
export interface OwnProgram {
  readonly node: string;
  readonly script: string;
}

/** Exit codes: 0 installed (or installed already), 2 wrong usage, 3 refused, with the next step. */
export const hookInstallCommand = (session: Session, options: HookInstallOptions, program: OwnProgram) =>
  inRepository(session, async repository => {
    const mode = options.mode === undefined ? null : HOOK_MODES.find(name => name === options.mode);
    if (mode === undefined) {
      throw new ProblemError('bad-arguments', {
        reason: `--mode takes ${HOOK_MODES.join(', ')}, not "${options.mode}"`,
      });
    }
    const wish = { mode, inFiles: options.files === true, inCi: options.ci ?? null, program };
    const plan = await planInstall(session.outside, repository, session.where, wish);
    if (options.dryRun !== true) {
      if (!(await mayTouch(session, plan, options))) return 3;
      await repository.changeHook(plan.change);
      (await repository.looking(plan.change.memory?.pathspecs ?? []))();
    }
    const done = options.dryRun === true ? 'Would install' : plan.settled ? 'Already installed' : 'Installed';
    if (session.json) session.document({ ...documentOf(plan, options.dryRun === true), done });
    else {
      session.out(`${done} in ${clean(homeWords(plan.home, repository.root))}, mode ${plan.mode}.`);
      printActs(session, repository, plan);
      if (plan.byHand !== null) {
        session.out(`${clean(plan.byHand.file)} has to call it. Add this to it, or to the part of that name it has:`);
        session.out('');
        for (const line of cleanLines(plan.byHand.text.trimEnd())) session.out(`    ${line}`);
        session.out('');
      }
      if (plan.absent !== null) session.tell(`Note: ${clean(plan.absent)}.`);
      for (const line of nextLines(plan.byHand?.afterwards ?? 'tidemark hook status')) session.tell(`  ${line}`);
    }
    return 0;
  });

/** Files that others get with the next push are changed only when somebody says so. */
async function mayTouch(session: Session, plan: HookPlan, options: HookInstallOptions): Promise<boolean> {
  if (plan.home?.kind !== 'committed' || options.committed === true || plan.change.files.length === 0) return true;
  const names = list(plan.acts.filter(({ how }) => how !== 'keep').map(({ what }) => clean(what)));
  const question = `Write the hook into ${names}? Git tracks that folder, so everybody gets it with the next push; it does nothing where Tidemark is not installed.`;
  if (await session.confirm(question, 'tidemark hook install --committed')) return true;
  session.tell('Nothing was changed.');
  return false;
}

export const hookUninstallCommand = (session: Session, options: { readonly dryRun?: boolean }) =>
  inRepository(session, async repository => {
    const plan = await planUninstall(repository);
    if (options.dryRun !== true) await repository.changeHook(plan.change);
    const done = plan.settled
      ? 'There was no hook of Tidemark’s here'
      : options.dryRun === true
        ? 'Would uninstall'
        : 'Uninstalled';
    if (session.json) session.document({ ...documentOf(plan, options.dryRun === true), done });
    else {
      session.out(`${done}.`);
      printActs(session, repository, plan);
      if (plan.byHand !== null)
        session.tell(`${clean(plan.byHand.file)} still calls it, which does nothing now. Take that out by hand.`);
    }
    return 0;
  });

export const hookStatusCommand = (session: Session) =>
  inRepository(session, async repository => {
    const status = await hookStatus(repository);
    if (session.json) session.document({ format: 1, ...status });
    else {
      const { out, style } = session;
      const where = clean(homeWords(status.home, repository.root));
      if (!status.installed) out(`Not installed. It would be in ${where}.`);
      else {
        out(`Installed in ${where}: ${list(status.events) || 'no event'}.`);
        out(`  mode   ${status.mode}${status.inCi ? ', also where CI is set' : ''}`);
        out(`  limit  ${status.limitMs / 1000} s for looking at the database`);
        out(`  starts when one of these changes: ${status.pathspecs.map(clean).join(' ')}`);
      }
      for (const fault of status.faults) out(`  ${style.notable(clean(fault))}`);
      if (!status.installed || status.faults.length > 0)
        for (const line of nextLines('tidemark hook install')) session.tell(`  ${line}`);
    }
    return 0;
  });

async function inRepository(session: Session, work: (repository: Repository) => Promise<number>): Promise<number> {
  const repository = await session.outside.git.open(session.where.directory);
  try {
    return await work(repository);
  } finally {
    await repository.close();
  }
}

function printActs(session: Session, repository: Repository, plan: HookPlan): void {
  for (const { what, how } of plan.acts) {
    if (how === 'keep' && !session.verbose) continue;
    session.out(`  ${how.padEnd(6)} ${clean(what.replace(`${repository.root}/`, ''))}`);
  }
}

const documentOf = (plan: HookPlan, dryRun: boolean) => ({
  format: 1,
  dryRun,
  home: plan.home satisfies HookHome | null,
  mode: plan.mode,
  changes: plan.acts,
  settled: plan.settled,
  byHand: plan.byHand,
  absent: plan.absent,
});
