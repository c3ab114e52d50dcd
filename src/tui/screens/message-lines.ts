/** A problem on the screen. */
import { clean } from '../../messages/clean.ts';
import type { ScreenLine } from '../look/tones.ts';
import { labelled, paragraph } from '../look/wrapped.ts';

/** A problem in words: what, why, next. */
export const messageLines = (
  message: { readonly what: string; readonly why: readonly string[]; readonly next: string | null },
  width: number,
): readonly ScreenLine[] => [
  ...paragraph(message.what, width, 'strong'),
  ...message.why.flatMap(line => paragraph(`  ${line}`, width)),
  ...(message.next === null ? [] : message.next.split('\n')).flatMap((command, index) =>
    labelled(index === 0 ? 'next' : 'or', clean(command), width, 'accent'),
  ),
];
