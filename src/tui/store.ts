/** Holds the one state: events go in, one after the other, and what the reducer wants done goes out. */
import type { Change, Effect, Event } from './state/effects.ts';
import { reduce } from './state/reduce.ts';
import type { State } from './state/state.ts';

export interface Store {
  state(): State;
  dispatch(event: Event): void;
  /** Calls back after every change; returns how to stop that. */
  subscribe(changed: () => void): () => void;
}

/** `perform` is called after the state has changed, so that it sees what it acts for. */
export function createStore(first: Change<State>, perform: (effect: Effect) => void): Store {
  let state = first.state;
  const listeners = new Set<() => void>();
  return {
    state: () => state,
    dispatch(event) {
      const change = reduce(state, event);
      if (change.state !== state) {
        state = change.state;
        for (const changed of listeners) changed();
      }
      for (const effect of change.effects) perform(effect);
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
}
