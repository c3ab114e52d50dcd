/** The same command again, with a consent at its end, as text to paste: what was typed decides which plan it is. */
import { quoted } from '../../domain/command-text.ts';
import type { Plan } from '../../domain/plan.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import type { Session } from '../session.ts';
import type { WishOptions } from './wish.ts';

/** What shapes a run beside the plan. */
interface RunOptions extends WishOptions {
  readonly backup?: boolean;
  readonly park?: boolean;
}

/**
 * `words` are the command's name and its arguments. An address with a password is left out: nothing of it may stand in a terminal's
 * scroll-back or a log.
 */
export function commandAgain(
  { given }: Session,
  words: readonly string[],
  options: RunOptions,
  planned: readonly PlannedProject[],
): string {
  const hasPassword = planned.some(({ inspected }) => inspected.address.secret.reveal() !== null);
  const flag = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, quoted(value)];
  return [
    'tidemark',
    ...flag('-C', given.C),
    ...words.map(quoted),
    ...(given.database !== undefined && hasPassword ? ['--database <url>'] : flag('--database', given.database)),
    ...flag('--framework', given.framework),
    ...flag('--project', given.project),
    ...(given.deep === true ? ['--deep'] : []),
    ...flag('--remedy', options.remedy),
    ...flag('--from', options.from),
    ...flag('--with', options.with),
    ...(options.strategy === undefined || options.strategy === 'auto' ? [] : flag('--strategy', options.strategy)),
    ...(options.apply === false ? ['--no-apply'] : []),
    ...(options.backup === false ? ['--no-backup'] : []),
    ...(options.park === false ? ['--no-park'] : []),
    ...(options.restoreParked === true ? ['--restore-parked'] : []),
    ...flag('--to', options.to),
    ...(options.switch === true ? ['--switch'] : []),
  ].join(' ');
}

/** `--confirm` for each plan. */
export const confirming = (plans: readonly Plan[]): string => plans.map(({ id }) => ` --confirm ${id}`).join('');
