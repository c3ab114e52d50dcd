/** `tidemark doctor`: is everything here that Tidemark needs? */
import { clean } from '../../messages/clean.ts';
import { exitCodeOf, explain } from '../../messages/problems.ts';
import { nextLines } from '../../messages/words.ts';
import { examine } from '../../operations/examine.ts';
import type { Session } from '../session.ts';

export async function doctorCommand(session: Session): Promise<number> {
  const examined = await examine(session.outside, session.where, process.version);
  if (session.json) {
    session.document({
      format: 1,
      examined: examined.map(({ what, found, state, problem }) => ({
        what,
        found,
        state,
        code: problem?.code ?? null,
      })),
    });
  } else {
    const { out, style } = session;
    const width = Math.max(...examined.map(({ what }) => what.length));
    for (const { what, found, state, problem } of examined) {
      const mark = { good: style.good('ok   '), note: style.notable('note '), bad: style.bad('bad  ') }[state];
      const words = problem === null ? null : explain(problem.code, problem.facts);
      out(`${mark} ${what.padEnd(width)}  ${words === null ? clean(found) : words.what}`);
      for (const line of words?.why ?? []) out(`      ${' '.repeat(width)}  ${line}`);
      for (const line of nextLines(words?.next ?? null)) out(`      ${' '.repeat(width)}  ${line}`);
    }
  }
  const [problem] = examined.flatMap(entry => entry.problem ?? []);
  return problem === undefined ? 0 : exitCodeOf(problem.code);
}
