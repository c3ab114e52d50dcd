/** Names of keys, from what Ink reads off the terminal. Only names: what they mean is decided in the reducer. */
import type { Key } from 'ink';

const NAMED = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const;

/** The keys of one chunk of input, in order: a fast typist, and a slow connection, send several at once. */
export function keysOf(input: string, key: Key): readonly string[] {
  if (key.eventType === 'release') return [];
  if (key.tab) return [key.shift ? 'shift+tab' : 'tab'];
  const named = NAMED.find(([field]) => key[field]);
  if (named !== undefined) return [named[1]];
  if (key.ctrl) return input === '' ? [] : [`ctrl+${input.toLowerCase()}`];
  // Alt and what an unknown sequence leaves behind are no keys of ours.
  if (key.meta) return [];
  return [...input].flatMap(character => nameOf(character));
}

function nameOf(character: string): readonly string[] {
  if (character === '\r' || character === '\n') return ['enter'];
  if (character === ' ') return ['space'];
  if (character === '\t') return ['tab'];
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x01 && code <= 0x1a) return [`ctrl+${String.fromCharCode(code + 0x60)}`];
  return code < 0x20 ? [] : [character];
}
