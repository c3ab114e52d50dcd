/** The shop on two branches: `main` and `topic` have 1, 2, 4 and 5, all applied; `topic` has 6, applied; `main` has 7, which is not. */
import type { Fixture } from '../kit/fixture.ts';
import { CHANGES, sparkles, sql } from './shop.ts';

/** A migration that makes one table of its own. */
export const TABLE = (number: string): string => sql(`CREATE TABLE t${number} (id INTEGER);`, `DROP TABLE t${number};`);

/** Commits one migration, and nothing else that lies about. */
export async function commitOne({ story }: Fixture, name: string, text: string, subject: string): Promise<void> {
  const path = `${CHANGES}/${name}`;
  story.write(path, text);
  await story.git('add', '--', path);
  await story.git('commit', '--quiet', '-m', subject, '--', path);
}

/** One stands on `topic`; the branch before it was `main`. */
export async function twoBranches(): Promise<Fixture> {
  const fixture = await sparkles();
  const { story } = fixture;
  await fixture.database().query('DROP TABLE glitter_sorts');
  await fixture.database().query('ALTER TABLE unicorns DROP COLUMN glitter');
  await fixture.database().query("DELETE FROM shop_changes WHERE version = '0003'");
  await story.git('switch', '--quiet', '-c', 'topic');
  await commitOne(fixture, '0006_songs.sql', TABLE('0006'), 'Sing');
  await fixture.apply();
  await story.git('switch', '--quiet', 'main');
  await commitOne(fixture, '0007_poems.sql', TABLE('0007'), 'Write poems');
  await story.git('switch', '--quiet', 'topic');
  return fixture;
}

/** `reverse 0006` for each step of a `plan --json` document's first plan. */
export function stepsOf(document: {
  readonly plans: readonly {
    readonly plan: {
      readonly steps: readonly { readonly kind: string; readonly migration?: string; readonly migrations?: string[] }[];
    } | null;
  }[];
}): readonly string[] {
  const steps = document.plans[0]?.plan?.steps ?? [];
  return steps.map(({ kind, migration, migrations }) => `${kind} ${migration ?? migrations?.join(', ')}`);
}
