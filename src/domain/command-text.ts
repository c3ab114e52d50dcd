/** Commands of ours as text that can be pasted into a shell. */

/** An id as a shell takes it. */
export const quoted = (id: string): string =>
  /^[\w./:@%+,-]+$/.test(id) && !id.startsWith('-') ? id : `'${id.replaceAll("'", `'\\''`)}'`;

/** Words and commands that differ with what a database is compared with. */
export interface Wording {
  /** `this branch`, or `main`. */
  readonly place: string;
  readonly plan: (...ids: readonly string[]) => string;
  /** Takes one remedy for one migration. */
  readonly take: (remedy: 'reverse' | 'relabel' | 'forget', id: string) => string;
}

/** For the working tree, or for the commit that `to` names. There is no orphan yet for `relabel` and `forget` while its file is here. */
export const wordingFor = (to: string | undefined): Wording =>
  to === undefined
    ? {
        place: 'this branch',
        plan: (...ids) => command('plan', ...ids),
        take: (remedy, id) =>
          remedy === 'reverse' ? `${command('reconcile', id)} --remedy reverse` : command(remedy, id),
      }
    : {
        place: to,
        plan: (...ids) => `${command('plan', ...ids)} --to ${quoted(to)}`,
        take: (remedy, id) => `${command('reconcile', id)} --remedy ${remedy} --to ${quoted(to)}`,
      };

/** `tidemark <verb> <id>…`. */
export const command = (verb: string, ...ids: readonly string[]): string =>
  ['tidemark', verb, ...ids.map(quoted)].join(' ');
