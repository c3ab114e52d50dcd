/** Runs the command line from its sources, inside this process, for tests that run hundreds: no Node has to start. */
import { main } from '../../src/cli/main.ts';
import { type CliEnd, type CliPlace, confirmations, targetAsked } from './cli.ts';

/** One at a time. All that the command knows of its surroundings comes from `place`, but for the terminal, of which a test run has none. */
export async function tidemarkHere(place: CliPlace, ...args: readonly string[]): Promise<CliEnd> {
  const said = { stdout: '', stderr: '' };
  const back = (['stdout', 'stderr'] as const).map(name => {
    const stream = process[name];
    const write = stream.write;
    stream.write = (text: string | Uint8Array) => {
      said[name] += String(text);
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  try {
    const code = await main(args, place.env, place.cwd);
    return { code, signal: null, ...said };
  } finally {
    for (const restore of back) restore();
  }
}

/** `reconcile` by one who has read the plan and agrees to all that it destroys. */
export async function reconcileAgreedHere(place: CliPlace): Promise<CliEnd> {
  const planned = await tidemarkHere(place, 'plan', '--json');
  if (planned.stdout === '') return planned;
  return tidemarkHere(place, 'reconcile', ...confirmations(JSON.parse(planned.stdout)));
}

/** `abort` by one who types the name of the database that is put back. */
export async function abortAgreedHere(place: CliPlace): Promise<CliEnd> {
  const asked = await tidemarkHere(place, 'abort');
  const name = targetAsked(asked);
  return name === undefined ? asked : tidemarkHere(place, 'abort', '--target', name);
}
