/** What must hold of every decision, over random histories, graphs and wishes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/domain/decide.ts';
import type { Decision, DecisionFacts, Wish } from '../../src/domain/decision.ts';
import type { OrphanFinding, Remedy } from '../../src/domain/finding.ts';
import type { MigrationId } from '../../src/domain/migration.ts';
import { decision, declaration, file, ids, orphan, row, wish } from './build.ts';

interface Case {
  readonly facts: DecisionFacts;
  readonly wish: Wish;
}

const KINDS: readonly Partial<OrphanFinding>[] = [
  {},
  { cause: 'other-branch' },
  { cause: 'unknown', source: null, remedy: 'ask', remedies: ['forget', 'ignore'] },
  { cause: 'newer', remedy: 'ask' },
  { cause: 'other-worktree', remedy: 'ignore', remedies: ['ignore', 'reverse', 'adopt', 'forget'] },
  { ignored: true, remedy: 'ignore' },
  { cause: 'deleted-here', deleted: null, remedy: 'ask' },
  {
    cause: 'deleted-here',
    source: null,
    remedy: 'ask',
    choices: [
      { commit: 'c1', path: 'a', blob: 'b1', where: 'refs/heads/one' },
      { commit: 'c2', path: 'a', blob: 'b2', where: 'refs/heads/two' },
    ],
  },
];
const REMEDIES: readonly Remedy[] = ['reverse', 'relabel', 'forget', 'ignore', 'adopt'];

/** True in so many of a hundred cases. */
const maybe = (share: number) =>
  fc.oneof({ weight: share, arbitrary: fc.constant(true) }, { weight: 100 - share, arbitrary: fc.constant(false) });

/** A history: per migration whether it is kept, pending or orphaned and how, what it depends on, and whom it mentions. */
const random: fc.Arbitrary<Case> = fc
  .record({
    order: fc.constantFrom('linear' as const, 'graph' as const),
    size: fc.noBias(fc.integer({ min: 1, max: 9 })),
    strategy: fc.constantFrom('auto' as const, 'in-place' as const, 'rewind' as const),
    apply: fc.boolean(),
    circles: maybe(10),
  })
  .chain(({ order, size, strategy, apply, circles }) =>
    fc
      .record({
        each: fc.array(
          fc.record({
            state: fc.noBias(fc.constantFrom('kept', 'kept', 'orphan', 'orphan', 'orphan', 'pending', 'foreign')),
            kind: fc.oneof(
              { weight: 2, arbitrary: fc.constant(0) },
              { weight: 1, arbitrary: fc.noBias(fc.nat({ max: KINDS.length + 1 })) },
            ),
            requires: fc.noBias(fc.array(fc.nat({ max: size - 1 }), { maxLength: 3, size: 'max' })),
            replaces: fc.oneof(
              { weight: 9, arbitrary: fc.constant<number[]>([]) },
              { weight: 1, arbitrary: fc.array(fc.nat({ max: size - 1 }), { maxLength: 2 }) },
            ),
            mentions: fc.array(fc.nat({ max: size - 1 }), { maxLength: 1 }),
            app: fc.constantFrom('a', 'b'),
            impossible: maybe(4),
            implied: maybe(2),
            named: fc.boolean(),
            byHand: fc.oneof(
              { weight: 15, arbitrary: fc.constant(null) },
              { weight: 1, arbitrary: fc.constantFrom(...REMEDIES) },
            ),
            target: fc.nat({ max: size - 1 }),
          }),
          { minLength: size, maxLength: size },
        ),
        shuffled: fc.shuffledSubarray(
          Array.from({ length: size }, (_, index) => index),
          { minLength: size, maxLength: size },
        ),
        all: fc.boolean(),
      })
      .map(({ each, shuffled, all }) => {
        const name = (index: number) => `${order === 'graph' ? `${each[index]?.app}.` : ''}m${index}`;
        const requiresOf = (index: number) =>
          order === 'graph' ? (each[index]?.requires ?? []).filter(at => circles || at < index).map(name) : [];
        const at = (state: string) => [...each.keys()].filter(index => each[index]?.state === state);
        const pending = at('pending');
        const orphans = at('orphan').map(index => {
          const entry = each[index];
          const { kind = 0, target = 0 } = entry ?? {};
          const to = pending[target % Math.max(1, pending.length)];
          if (kind < KINDS.length || to === undefined) return orphan(name(index), KINDS[kind] ?? {});
          const [renamedTo = null] = ids(name(to));
          return kind === KINDS.length
            ? orphan(name(index), {
                cause: 'renamed',
                renamedTo,
                similarity: 100,
                remedy: 'relabel',
                remedies: ['relabel', 'reverse', 'adopt', 'forget', 'ignore'],
              })
            : orphan(name(index), {
                cause: 'renamed',
                renamedTo,
                similarity: 85,
                remedy: 'ask',
                remedies: ['relabel', 'reverse', 'adopt', 'forget', 'ignore'],
              });
        });
        // In a linear framework the order of application may differ from the order of names; in a graph only where nothing depends.
        const applied = (order === 'linear' ? shuffled : [...each.keys()]).filter(
          index => each[index]?.state !== 'pending',
        );
        const facts = decision({
          order,
          applied: applied.map(index => row(name(index), each[index]?.implied ? { row: null } : {})),
          files: [...at('kept'), ...pending]
            .sort((a, b) => a - b)
            .map(index => file(name(index), { requires: requiresOf(index) })),
          orphans,
          declared: at('orphan').map(index =>
            declaration(
              name(index),
              requiresOf(index),
              order === 'graph' ? (each[index]?.replaces ?? []).filter(part => part < index).map(name) : [],
            ),
          ),
          foreign: at('foreign').map(name),
          impossible: Object.fromEntries(
            [...each.keys()].filter(index => each[index]?.impossible).map(index => [name(index), 'it has no way back']),
          ),
          mentions:
            order === 'graph'
              ? {}
              : Object.fromEntries(
                  at('kept').map(index => [
                    name(index),
                    (each[index]?.mentions ?? []).filter(other => each[other]?.state === 'orphan').map(name),
                  ]),
                ),
        });
        const only = all
          ? {}
          : {
              only: at('orphan')
                .filter(index => each[index]?.named)
                .map(name),
            };
        const remedies = Object.fromEntries(
          at('orphan').flatMap(index => (each[index]?.byHand == null ? [] : [[name(index), each[index].byHand]])),
        );
        return { facts, wish: wish({ strategy, apply, remedies, ...only }) };
      }),
  );

/** One run as before: `TIDEMARK_SEED`. */
const SEED = process.env['TIDEMARK_SEED'] === undefined ? {} : { seed: Number(process.env['TIDEMARK_SEED']) };

const sure = (holds: (facts: DecisionFacts, made: Decision, wished: Wish) => void) =>
  fc.assert(
    fc.property(random, ({ facts, wish: wished }) => holds(facts, decide(facts, wished), wished)),
    { numRuns: 3_000, ...SEED },
  );

const appliedIds = (facts: DecisionFacts): readonly MigrationId[] => facts.applied.map(one => one.id);
const reversedIds = (made: Decision): readonly MigrationId[] => made.reverse.map(entry => entry.id);
const orphansOf = (facts: DecisionFacts): readonly OrphanFinding[] =>
  facts.diagnosis.findings.filter(finding => finding.kind === 'orphaned');

/** What an applied migration depends on, directly or through applied ones: written anew here, as plainly as can be. `parts`: of squashes too. */
function below(facts: DecisionFacts, id: MigrationId, parts?: 'parts'): ReadonlySet<MigrationId> {
  const applied = new Set(appliedIds(facts));
  const seen = new Set<MigrationId>();
  const visit = (from: MigrationId): void => {
    const known = facts.declared.get(from);
    for (const required of [...(known?.requires ?? []), ...(parts === undefined ? [] : (known?.replaces ?? []))]) {
      if (!applied.has(required) || seen.has(required)) continue;
      seen.add(required);
      visit(required);
    }
  };
  visit(id);
  return seen;
}

it('random cases hold enough of everything', () => {
  const made = fc
    .sample(random, { numRuns: 3_000, seed: 1 })
    .map(({ facts, wish: wished }) => ({ facts, made: decide(facts, wished) }));
  const count = (is: (one: (typeof made)[number]) => boolean): number => made.filter(is).length;
  const counts = {
    several: count(one => one.made.reverse.length > 1),
    along: count(one => one.made.reverse.some(entry => entry.because === 'depends-on-orphan')),
    rewound: count(one => one.made.strategy === 'rewind'),
    relabelled: count(one => one.made.relabel.length > 0),
    refused: count(one => one.made.refusals.length > 0),
    whole: count(one => one.made.reverse.length > 0 && one.made.refusals.length === 0),
    mixed: count(one => one.made.reverse.length > 0 && one.made.refusals.length > 0),
    ignoredAbove: count(({ facts }) =>
      orphansOf(facts).some(({ ignored, migration }) => ignored && below(facts, migration).size > 0),
    ),
  };
  expect(Object.entries(counts).filter(([, number]) => number < 20)).toEqual([]);
});

describe('every decision', () => {
  it('reverses nothing that an applied migration which stays depends on', () =>
    sure((facts, made) => {
      const gone = new Set([...reversedIds(made), ...made.forget]);
      const again = new Set(made.apply);
      for (const id of appliedIds(facts)) {
        if (gone.has(id) && !again.has(id)) continue;
        for (const required of below(facts, id)) {
          if (reversedIds(made).includes(required)) expect(again).toContain(required);
        }
      }
    }));

  it('reverses dependents before what they depend on', () =>
    sure((facts, made) => {
      const order = reversedIds(made);
      for (const [at, id] of order.entries()) {
        for (const required of below(facts, id)) {
          // A squash goes before its parts, so one that its part depends on makes a circle as well.
          const circle = below(facts, required, 'parts').has(id);
          if (!circle && order.includes(required)) expect(order.indexOf(required)).toBeGreaterThan(at);
        }
      }
    }));

  it('reverses in the reverse order of application where no graph says otherwise', () =>
    sure((facts, made) => {
      if (facts.order === 'graph') return;
      const order = reversedIds(made).map(id => appliedIds(facts).indexOf(id));
      expect(order).toEqual(order.toSorted((a, b) => b - a));
    }));

  it('reverses only orphans, what depends on them, and for a rewind what lies above', () =>
    sure((facts, made) => {
      const orphans = new Set(orphansOf(facts).map(finding => finding.migration));
      const roots = made.reverse.filter(entry => entry.because === 'orphaned').map(entry => entry.id);
      for (const { id, because } of made.reverse) {
        expect(appliedIds(facts)).toContain(id);
        if (because === 'orphaned') expect(orphans).toContain(id);
        if (because === 'depends-on-orphan') {
          expect(orphans).toContain(id);
          const stands = [...below(facts, id)].some(required => roots.includes(required));
          const isSquash = (facts.declared.get(id)?.replaces.length ?? 0) > 0;
          const onSquash = [...below(facts, id)].some(required => made.forget.includes(required));
          expect(stands || isSquash || onSquash).toBe(true);
        }
        if (because === 'above-orphan') expect(made.strategy).toBe('rewind');
      }
    }));

  it('is the same when made twice', () =>
    fc.assert(
      fc.property(random, ({ facts, wish: wished }) => {
        expect(decide(facts, wished)).toEqual(decide(facts, wished));
      }),
    ));

  it('says what is there afterwards: what was applied, without what is gone, with what is applied, each once', () =>
    sure((facts, made) => {
      const gone = new Set([...reversedIds(made), ...made.forget, ...made.relabel.map(entry => entry.from)]);
      const stays = appliedIds(facts).filter(id => !gone.has(id));
      const expected = new Set([...stays, ...made.relabel.map(entry => entry.to), ...made.apply]);
      expect(new Set(made.after)).toEqual(expected);
      expect(made.after).toHaveLength(expected.size);
    }));

  it('acts on every wanted orphan, leaves it by its own remedy, or refuses with a reason and a next step', () =>
    sure((facts, made, wished) => {
      const acted = new Set([...reversedIds(made), ...made.forget, ...made.relabel.map(entry => entry.from)]);
      const refused = new Map(made.refusals.map(refusal => [refusal.migration, refusal]));
      for (const finding of orphansOf(facts)) {
        const id = finding.migration;
        if (wished.only !== null && !wished.only.includes(id)) continue;
        const remedy = wished.remedies.get(id) ?? finding.remedy;
        const left = remedy === 'ignore' || remedy === 'adopt';
        expect(acted.has(id) || refused.has(id) || left).toBe(true);
      }
      for (const { reason, next } of made.refusals) {
        expect(reason).not.toBe('');
        expect(next).not.toBe('');
      }
    }));

  it('never does two things to one migration, and nothing to a refused one', () =>
    sure((_facts, made) => {
      const touched = [
        ...reversedIds(made),
        ...made.forget,
        ...made.relabel.map(entry => entry.from),
        ...made.refusals.map(refusal => refusal.migration),
      ];
      expect(touched).toEqual([...new Set(touched)]);
      const targets = made.relabel.map(entry => entry.to);
      expect(targets).toEqual([...new Set(targets)]);
      expect(made.apply).toEqual([...new Set(made.apply)]);
      expect(made.apply.filter(id => targets.includes(id))).toEqual([]);
    }));

  it('leaves alone what is ignored and not asked for', () =>
    sure((facts, made, wished) => {
      const kept = orphansOf(facts).filter(
        finding =>
          finding.ignored && !wished.remedies.has(finding.migration) && !wished.only?.includes(finding.migration),
      );
      for (const { migration } of kept) expect([...reversedIds(made), ...made.forget]).not.toContain(migration);
    }));

  it('applies again exactly the kept ones that a rewind reversed, and what is pending only when nothing is refused', () =>
    sure((facts, made, wished) => {
      const onDisk = new Set(facts.files.map(one => one.id));
      const applied = new Set(appliedIds(facts));
      const again = made.apply.filter(id => applied.has(id));
      const kept = reversedIds(made).filter(id => onDisk.has(id));
      expect(new Set(again)).toEqual(new Set(kept));
      if (made.refusals.length > 0 || !wished.apply || wished.only !== null)
        expect(made.apply).toHaveLength(again.length);
      const position = facts.files.map(one => one.id);
      expect(made.apply).toEqual(made.apply.toSorted((a, b) => position.indexOf(a) - position.indexOf(b)));
    }));
});
