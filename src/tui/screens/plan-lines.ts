/** What the plan screen says: its items, one line each, and all about the chosen one. */
import { clean } from '../../messages/clean.ts';
import { describeFinding } from '../../messages/findings.ts';
import { hiddenLossLines, lossLines, planLosses, refusalLines, stepCommands, stepTitle } from '../../messages/plans.ts';
import { schemaLine } from '../../messages/rehearsal.ts';
import { count, list } from '../../messages/words.ts';
import { fit } from '../look/fit.ts';
import type { ScreenLine, ScreenTone } from '../look/tones.ts';
import { labelled, paragraph, wrappedLine } from '../look/wrapped.ts';
import { layoutOf } from '../state/layout.ts';
import { CHOICE_WORDS, CHOICES, notPossible, type PlanItem, planItems } from '../state/plan.ts';
import type { PlanScreen, State } from '../state/state.ts';
import { messageLines } from './message-lines.ts';
import { rehearsalDetail, rehearsalWords } from './rehearsal-lines.ts';

/** The heading: which plan, how, and what it destroys altogether. */
export function planHeading(screen: PlanScreen): ScreenLine {
  if (screen.problem !== null) return [{ tone: 'bad', text: ' No plan could be made' }];
  const { planned } = screen;
  if (planned === null) return [{ tone: 'faint', text: ' Making the plan' }];
  const { plan } = planned;
  // First, for what stands behind it may be too long to be seen.
  const waiting: ScreenLine = screen.planning ? [{ tone: 'faint', text: ' (planning again)' }] : [];
  if (plan === null) {
    const why = planned.refusals.length > 0 ? ' Nothing can be run yet: something must be decided' : ' Nothing to do';
    return [...waiting, { tone: 'strong', text: why }];
  }
  const order = plan.strategy === 'rewind' ? ', rewinding what lies above' : ', in place';
  const manner = plan.undo === undefined ? order : '';
  const asked = screen.wish.strategy === 'auto' ? '' : ` (as asked)`;
  const losses = planLosses(plan);
  return [
    ...waiting,
    { tone: 'strong', text: ` Plan ${plan.id}` },
    {
      tone: 'plain',
      text: `  ${count(plan.steps.length, 'step')}${manner}${asked}${screen.wish.apply ? '' : ', nothing applied'}  `,
    },
    losses.length === 0
      ? { tone: 'good', text: 'destroys nothing that its text names' }
      : { tone: 'bad', text: `destroys ${list(losses)}` },
  ];
}

/** One item as a line. */
export function itemLine(item: PlanItem, chosen: boolean, columns: number, now: number): ScreenLine {
  const [tag, tone, text] = itemWords(item, now);
  return [
    { tone: chosen ? 'cursor' : 'plain', text: chosen ? '▸ ' : '  ' },
    { tone: chosen ? 'cursor' : tone, text: fit(tag, TAG) },
    {
      tone: chosen ? 'cursor' : item.kind === 'warning' ? 'notable' : 'plain',
      text: fit(text, Math.max(0, columns - 2 - TAG)),
    },
  ];
}

const TAG = 10;

const TAGS = { orphaned: ['orphan', 'bad'], edited: ['edited', 'notable'] } as const;

function itemWords(item: PlanItem, now: number): readonly [tag: string, tone: ScreenTone, text: string] {
  switch (item.kind) {
    case 'finding':
      return [...TAGS[item.finding.kind], `${clean(item.finding.migration)}  →  ${item.choice ?? 'yours to choose'}`];
    case 'undo':
      return ['undo', 'accent', item.lines[0] ?? ''];
    case 'step':
      return [`step ${item.number}`, 'accent', stepTitle(item.step)];
    case 'rehearsal':
      return rehearsalWords(item.stands, now);
    case 'refusal':
      return ['refused', 'bad', refusalLines(item.refusal)[0] ?? ''];
    case 'warning':
      return ['careful', 'notable', clean(item.text)];
  }
}

/** What a screen reader says for an item. */
export const itemLabel = (item: PlanItem, chosen: boolean, now: number): string => {
  const [tag, , text] = itemWords(item, now);
  const words =
    item.kind === 'finding' ? `${clean(item.finding.migration)}, remedy: ${item.choice ?? 'yours to choose'}` : text;
  return `${chosen ? 'selected, ' : ''}${tag}: ${words}`;
};

/** All about the chosen item, broken to the width there is. */
export function planDetail(state: State, screen: PlanScreen): readonly ScreenLine[] {
  const width = layoutOf(state).detail.columns;
  if (screen.problem !== null) return messageLines(screen.problem, width);
  const items = planItems(state.view?.projects[screen.project], screen);
  const item = items[screen.cursor];
  if (item === undefined)
    return screen.planned === null ? [] : paragraph('The database is where the branch expects it.', width, 'good');
  switch (item.kind) {
    case 'finding': {
      const words = describeFinding(item.finding, state.view?.branch ?? null, state.now);
      return [
        ...paragraph(words.headline, width, 'strong'),
        ...words.facts.flatMap(([label, text]) => labelled(label, text, width)),
        ...labelled('remedy', remedyWords(item, screen), width),
      ];
    }
    case 'step':
      return [
        ...paragraph(`${item.number}. ${stepTitle(item.step)}`, width, 'strong'),
        ...(item.step.kind === 'reverse' ? lossesOf(item.step, width) : []),
        ...rehearsedLines(screen, item.number - 1, width),
        ...stepCommands(item.step).flatMap(line => wrappedLine([{ tone: toneOfCode(line), text: `  ${line}` }], width)),
      ];
    case 'undo':
      return item.lines.flatMap(line => paragraph(line, width));
    case 'rehearsal':
      return rehearsalDetail(item.stands, screen.planned?.plan?.steps.length ?? 0, state.now, width);
    case 'refusal':
      return refusalLines(item.refusal).flatMap((line, index) =>
        paragraph(line, width, index === 0 ? 'plain' : 'accent'),
      );
    case 'warning':
      return paragraph(clean(item.text), width);
  }
}

function remedyWords({ choice, finding }: Extract<PlanItem, { kind: 'finding' }>, { wish }: PlanScreen): string {
  if (choice === null) return 'yours to choose, with x';
  const byHand = choice === 'reverse' && wish.byHand?.migration === finding.migration;
  return `${choice}: ${byHand ? 'run the SQL that you wrote' : CHOICE_WORDS[choice]}`;
}

const toneOfCode = (line: string): ScreenTone => (/^\s*(--|#)/.test(line) ? 'comment' : 'plain');

function lossesOf(step: Extract<Extract<PlanItem, { kind: 'step' }>['step'], { kind: 'reverse' }>, width: number) {
  const losses = lossLines(step.losses);
  return losses.length === 0
    ? labelled('destroys', 'nothing that its text names', width)
    : losses.flatMap((line, index) => labelled(index === 0 ? 'destroys' : '', line, width, 'bad'));
}

/** What the step did when it was rehearsed, where it was. */
function rehearsedLines({ planned }: PlanScreen, index: number, width: number): readonly ScreenLine[] {
  const seen = planned?.plan?.rehearsal?.steps[index];
  if (seen === undefined) return [];
  return [
    ...hiddenLossLines(seen).flatMap(line => labelled('', line, width, 'bad')),
    ...labelled('seen', schemaLine(seen), width),
  ];
}

/** The menu of remedies for the chosen orphan. */
export function menuLines(item: PlanItem | undefined, menu: number, columns: number): readonly ScreenLine[] {
  if (item?.kind !== 'finding') return [];
  return CHOICES.map((choice, index) => {
    const because = notPossible(item.finding, choice);
    const chosen = index === menu;
    const words = because === null ? CHOICE_WORDS[choice] : `not here: ${because}`;
    return [
      { tone: chosen ? 'cursor' : 'plain', text: chosen ? '▸ ' : '  ' },
      { tone: chosen ? 'cursor' : because === null ? 'strong' : 'faint', text: fit(choice, TAG) },
      {
        tone: chosen ? 'cursor' : because === null ? 'plain' : 'faint',
        text: fit(words, Math.max(0, columns - 2 - TAG)),
      },
    ];
  });
}

/** What a screen reader says for a line of that menu. */
export function menuLabel(item: PlanItem | undefined, index: number, chosen: boolean): string {
  const choice = CHOICES[index];
  if (item?.kind !== 'finding' || choice === undefined) return '';
  const because = notPossible(item.finding, choice);
  return `${chosen ? 'selected, ' : ''}${choice}: ${because === null ? CHOICE_WORDS[choice] : `not here: ${because}`}`;
}
