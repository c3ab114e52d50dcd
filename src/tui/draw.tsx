/** Draws the terminal UI. A file of its own when built: everything here pays for Ink and React. */
import { render, type SuspendTerminal } from 'ink';
import { Root } from './root.tsx';
import type { Store } from './store.ts';

/** As often as the screen may be drawn: a key is answered within a few milliseconds. */
const MAX_FPS = 240;

/** What is drawn on a terminal. */
export interface Drawing {
  /** Gives the terminal back. */
  readonly end: () => void;
  /** Resolves once it is given back; rejects when drawing failed. */
  readonly ended: Promise<unknown>;
}

/** Takes the terminal, and shows on it what the store holds until it is told to end. */
export function draw(
  store: Store,
  streams: { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream },
  onSuspender: (suspend: SuspendTerminal) => void,
): Drawing {
  const ink = render(<Root store={store} onSuspender={onSuspender} />, {
    ...streams,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    interactive: true,
    maxFps: MAX_FPS,
  });
  return { end: ink.unmount, ended: ink.waitUntilExit() };
}
