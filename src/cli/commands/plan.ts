/** `tidemark plan`: exactly what would run, and what it would destroy. Changes nothing. */
import { quoted } from '../../domain/command-text.ts';
import type { Plan } from '../../domain/plan.ts';
import { inspect } from '../../operations/inspect.ts';
import { planDocument } from '../print/as-json.ts';
import { printPlan } from '../print/plan-text.ts';
import type { Session } from '../session.ts';
import { planAll, refuseLoneSwitch, type WishOptions } from './wish.ts';

export interface PlanOptions extends WishOptions {
  readonly exitCode?: boolean;
}

/** Exit code 0; with `exitCode` 1 when there is something to do or to decide. */
export async function planCommand(session: Session, ids: readonly string[], options: PlanOptions): Promise<number> {
  refuseLoneSwitch(options);
  const where = { ...session.where, to: options.to ?? null };
  const inspection = await inspect(session.outside, where, session.listening);
  try {
    const planned = await planAll(session, inspection, ids, options);
    if (session.json) session.document(planDocument(inspection, planned));
    else {
      for (const [index, project] of planned.entries()) {
        if (index > 0) session.out('');
        printPlan(session, project);
      }
      const remedy = options.remedy === undefined ? '' : ` --remedy ${options.remedy}`;
      const [first] = planned.flatMap(({ plan }) => plan ?? []);
      if (first !== undefined)
        session.tell(
          `\nTo run exactly this plan: tidemark reconcile${ids.map(id => ` ${id}`).join('')}${remedy}${flagsOf(first)} --confirm ${first.id}`,
        );
    }
    const found = planned.some(({ plan, refusals }) => plan !== null || refusals.length > 0);
    return options.exitCode === true && found ? 1 : 0;
  } finally {
    await inspection.repository.close();
  }
}

const flagsOf = ({ to }: Plan): string =>
  to === undefined ? '' : ` --to ${quoted(to.name)}${to.switch ? ' --switch' : ''}`;
