/** What a proof of a schema found, in words. */
import { type Drift, type Proof, unexplained } from '../domain/proof.ts';
import { clean } from './clean.ts';
import { count } from './words.ts';

/** One sentence first, then each difference, and under it both definitions where they differ. */
export function proofLines(proof: Proof): readonly string[] {
  const { drift, migrations } = proof;
  const made = `what its ${count(migrations.length, 'applied migration')} ${migrations.length === 1 ? 'makes' : 'make'} of an empty database`;
  if (drift.length === 0) return [`The schema is exactly ${made}.`];
  const open = unexplained(proof).length;
  const head =
    open === 0
      ? `The schema is ${made}, but for what migrations without a file made:`
      : `The schema differs from ${made}:`;
  return [head, ...withoutParts(drift).flatMap(differenceLines)];
}

function differenceLines(each: Drift): readonly string[] {
  const name = `${each.object} ${clean(each.name)}`;
  const says = {
    missing: `${name} is missing`,
    extra: `${name} is there, and no migration makes it`,
    other: `${name} is defined differently`,
  }[each.drift];
  const why =
    each.explainedBy === null ? '' : `: it comes of ${clean(each.explainedBy)}, which is applied and has no file`;
  const when = each.before === null ? '' : each.before ? ' (as it was before the run)' : ' (since this run)';
  const what = each.explainedBy === null || each.drift !== 'extra' ? says : name;
  const texts =
    each.drift === 'other'
      ? [`    expected  ${clean(each.expected ?? '')}`, `    found     ${clean(each.found ?? '')}`]
      : [];
  return [`  drift  ${what}${why}${when}`, ...texts];
}

/** Without what differs only because its table does. */
function withoutParts(drift: readonly Drift[]): readonly Drift[] {
  const tables = drift.filter(each => each.object === 'table' && each.drift !== 'other').map(({ name }) => name);
  return drift.filter(
    ({ object, name }) =>
      object === 'table' || !tables.some(table => name.startsWith(`${table}.`) || name.startsWith(`${table}: `)),
  );
}
