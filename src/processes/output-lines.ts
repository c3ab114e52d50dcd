/** One stream of a program's output as lines that are safe to show: whole characters, bounded length, no secrets. */
import { StringDecoder } from 'node:string_decoder';
import { longestSpelling, secretPattern, withoutSecrets } from './secrets.ts';

/** Longer lines are cut here and end in `…`. In characters (UTF-16 units). */
export const LONGEST_LINE = 64 * 1024;

/** Takes chunks of bytes as they come. */
export interface OutputLines {
  take(chunk: Buffer): void;
  /** The stream has ended: what is left is a line too. */
  end(): void;
}

/**
 * Splits a stream at line feeds, carriage returns (a progress meter's lines), or both together, and hands on one line at a time.
 * Secrets are looked for in whole lines, so it does not matter how the stream was cut into chunks.
 */
export function outputLines(secrets: readonly string[], hand: (line: string) => void): OutputLines {
  const decoder = new StringDecoder('utf8');
  const pattern = secretPattern(secrets);
  // A secret that begins before the cut must be seen whole.
  const kept = LONGEST_LINE + longestSpelling(secrets);
  let line = '';
  let tooLong = false;
  let afterReturn = false;

  const add = (text: string): void => {
    const room = kept - line.length;
    line += text.slice(0, room);
    tooLong ||= text.length > room;
  };
  const handLine = (): void => {
    const cut = tooLong || line.length > LONGEST_LINE;
    const shown = withoutSecrets(line, pattern, LONGEST_LINE);
    line = '';
    tooLong = false;
    hand(cut ? `${shown.toWellFormed()}…` : shown);
  };
  const takeText = (text: string): void => {
    let start = 0;
    for (const { 0: ending, index } of text.matchAll(/[\r\n]/g)) {
      // The line feed of a pair, whose halves may come in different chunks.
      if (!(ending === '\n' && afterReturn && index === start && line === '')) {
        add(text.slice(start, index));
        handLine();
      }
      afterReturn = ending === '\r';
      start = index + 1;
    }
    if (start < text.length) afterReturn = false;
    add(text.slice(start));
  };

  return {
    take: chunk => takeText(decoder.write(chunk)),
    end() {
      takeText(decoder.end());
      if (line !== '') handLine();
    },
  };
}
