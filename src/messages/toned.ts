/** Lines of text with meaning: what is good, bad or faint is said once, and each face shows it in its own way. */

/** What a piece of text means. Colour never carries it alone. */
export type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'bad' | 'notable';

/** A piece of a line. Text of others has been cleaned. */
export interface Toned<Tones extends string = Tone> {
  readonly tone: Tones;
  readonly text: string;
}

/** One line: pieces from left to right; none for an empty line. */
export type TonedLine<Tones extends string = Tone> = readonly Toned<Tones>[];

/** A line of one plain piece. */
export const plain = (text: string): TonedLine => (text === '' ? [] : [{ tone: 'plain', text }]);

/** A piece. */
export const toned = <Tones extends string>(tone: Tones, text: string): Toned<Tones> => ({ tone, text });
