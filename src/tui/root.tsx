/** Joins the store to the terminal: keys go in by name, the state comes out as the screen. */
import { type SuspendTerminal, useApp, useInput, usePaste } from 'ink';
import { useEffect, useSyncExternalStore } from 'react';
import { App } from './app.tsx';
import { keysOf } from './input.ts';
import type { Store } from './store.ts';

export interface RootProps {
  readonly store: Store;
  /** Is handed what lends the terminal to others: only Ink's own components get it. */
  readonly onSuspender: (suspend: SuspendTerminal) => void;
}

export function Root({ store, onSuspender }: RootProps) {
  const state = useSyncExternalStore(store.subscribe, store.state);
  const { suspendTerminal } = useApp();
  useEffect(() => onSuspender(suspendTerminal), [onSuspender, suspendTerminal]);
  useInput((input, key) => {
    for (const name of keysOf(input, key)) store.dispatch({ type: 'key', key: name });
  });
  usePaste(text => store.dispatch({ type: 'pasted', text }));
  return <App state={state} />;
}
