/** What plans and their steps say. */
import type { CountedLosses, Plan, PlanTarget, Refusal, Step } from '../domain/plan.ts';
import type { RehearsedStep } from '../domain/rehearsal.ts';
import { clean, cleanLines } from './clean.ts';
import { count, list, nextLines, shortOid } from './words.ts';

/** One step as a line: `reverse 20240103 with the code of 3f2a1bc`. */
export function stepTitle(step: Step): string {
  switch (step.kind) {
    case 'reverse': {
      const onDisk = step.because === 'above-orphan' || step.working === true;
      const uncommitted = onDisk
        ? 'from the working tree'
        : step.inRow
          ? 'with the text in its history row'
          : 'from the copy that Tidemark kept';
      const from = step.commit === null ? uncommitted : `as of ${shortOid(step.commit)}`;
      const why = {
        orphaned: '',
        edited: ', whose file has another text now and is applied again',
        'depends-on-orphan': ', which depends on it',
        'above-orphan': ', which lies above it and is applied again',
        undo: ', which the run applied',
      };
      const how = step.byHand === true ? 'by SQL written by hand' : from;
      return `reverse ${clean(step.migration)} ${how}${why[step.because]}`;
    }
    case 'apply':
      return `apply ${list(step.migrations.map(clean))}${step.because === 'pending' ? '' : ' again'}`;
    case 'relabel':
      return `relabel ${clean(step.migration)} as ${clean(step.to)}; the schema stays`;
    case 'remember':
      return `remember ${clean(step.migration)}; its row comes back, the schema stays`;
    case 'forget':
      return `forget ${clean(step.migration)}; its row goes, the schema stays`;
  }
}

/** The exact SQL or command of a step, as lines. */
export function stepCommands(step: Step): readonly string[] {
  const { doing } = step;
  if (doing.how === 'sql') {
    const lines = cleanLines(doing.script.trim());
    return doing.inTransaction ? lines : ['-- without a transaction, as its author asked', ...lines];
  }
  if (doing.how === 'rows') {
    return doing.rows.map(
      row =>
        `-- history table: ${row.change} ${clean(JSON.stringify('where' in row ? row.where : row.values))}${row.change === 'update' ? ` to ${clean(JSON.stringify(row.set))}` : ''}`,
    );
  }
  const laid = doing.files.length === 0 ? '' : `, with ${count(doing.files.length, 'file')} laid over it`;
  return [
    `# in a throw-away worktree of ${shortOid(doing.commit)}${laid}`,
    ...doing.files.map(file => `#   ${'removed' in file ? 'without' : 'with'} ${clean(file.path)}`),
    [...doing.program, ...doing.arguments].map(word => clean(shellWord(word))).join(' '),
  ];
}

const shellWord = (word: string): string =>
  /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** What a step destroys, as lines; empty when it destroys nothing that is known. */
export function lossLines(losses: CountedLosses): readonly string[] {
  const lines = [
    ...losses.tables.map(({ table, rows }) =>
      rows === null ? `table ${clean(table)} (not there now)` : `table ${clean(table)} with ${count(rows, 'row')}`,
    ),
    ...losses.columns.map(({ table, column, values }) =>
      values === null
        ? `column ${clean(table)}.${clean(column)} (not there now)`
        : `column ${clean(table)}.${clean(column)} with ${count(values, 'value')}`,
    ),
  ];
  return losses.unsure === null ? lines : [...lines, `possibly more: ${clean(losses.unsure)}`];
}

/** All that a plan destroys, as lines. */
export const planLosses = (plan: Plan): readonly string[] =>
  plan.undo?.way === 'backup'
    ? [`what anybody wrote to ${clean(plan.database)} since ${plan.undo.began}`]
    : plan.steps.flatMap((step, index) => {
        if (step.kind !== 'reverse') return [];
        const seen = plan.rehearsal?.steps[index];
        return [...lossLines(step.losses), ...(seen === undefined ? [] : hiddenLossLines(seen))];
      });

/** All that went when a step was rehearsed, counted in the real database; what its text does not announce says so. */
export function seenLossLines(seen: RehearsedStep): readonly string[] {
  const { losses, unannounced } = seen;
  const announced = {
    tables: losses.tables.filter(({ table }) => !unannounced.includes(`table ${table}`)),
    columns: losses.columns.filter(({ table, column }) => !unannounced.includes(`column ${table}.${column}`)),
    unsure: null,
  };
  return [...lossLines(announced), ...hiddenLossLines(seen)];
}

/** What went when a step was rehearsed beyond what its text announces. */
export function hiddenLossLines({ losses, rowsGone, unannounced }: RehearsedStep): readonly string[] {
  const hidden = {
    tables: losses.tables.filter(({ table }) => unannounced.includes(`table ${table}`)),
    columns: losses.columns.filter(({ table, column }) => unannounced.includes(`column ${table}.${column}`)),
    unsure: null,
  };
  return [
    ...lossLines(hidden).map(line => `${line} (which its text does not announce)`),
    ...rowsGone.map(({ table, rows }) => `${count(rows, 'row')} of ${clean(table)}`),
  ];
}

/** How a plan undoes a run, and why so, as lines; empty when it undoes none. */
export const undoLines = ({ undo, restores = [] }: Plan): readonly string[] =>
  undo === undefined
    ? []
    : [
        undo.way === 'backup'
          ? `undoes run ${undo.run} by its backup, ${clean(undo.backup?.file ?? '')}: ${clean(undo.why)}`
          : `undoes run ${undo.run} step by step: ${clean(undo.why)}`,
        ...restores.map(id => `puts parked data back afterwards: ${id}`),
      ];

/** The whole plan's losses in one phrase, for the question before it runs. */
export function totalLosses(plan: Plan): string {
  const lines = planLosses(plan);
  return lines.length === 0 ? 'destroys nothing that its text names' : `destroys ${list(lines)}`;
}

/** What follows a plan's steps, where it was made for a switch; null when nothing does. */
export function thenLine({ name, switch: switches, apply }: PlanTarget): string | null {
  if (!switches) return null;
  const applying = apply.length === 0 ? '' : `, and apply ${list(apply.map(clean))} there`;
  return `then git switch to ${clean(name)}${applying}`;
}

/** A refusal: the migration, the reason, the next step. */
export const refusalLines = (refusal: Refusal): readonly string[] => [
  refusal.reason.startsWith(refusal.migration)
    ? `${clean(refusal.reason)}. It is left as it is.`
    : `${clean(refusal.migration)} is left as it is: ${clean(refusal.reason)}.`,
  ...nextLines(refusal.next).map(line => `  ${line}`),
];
