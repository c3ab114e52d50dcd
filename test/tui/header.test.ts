/** The header's folder: in full, or from the user's own folder on. */
import { expect, it } from 'vitest';
import { headerLines } from '../../src/tui/screens/overview-lines.ts';
import { begin } from '../../src/tui/state/start.ts';

const shown = (directory: string, home: string | null) =>
  headerLines(begin(directory, { columns: 80, rows: 24 }, 0, { at: 'overview' }, home).state)[0][0]?.text;

it.each([
  ['/home/rainbows/unicorns', '/home/rainbows', ' ~/unicorns'],
  ['/home/rainbows', '/home/rainbows', ' ~'],
  ['/home/rainbows-old/unicorns', '/home/rainbows', ' /home/rainbows-old/unicorns'],
  ['/srv/unicorns', '/home/rainbows', ' /srv/unicorns'],
  ['/srv/unicorns', '/', ' /srv/unicorns'],
  ['/srv/unicorns', null, ' /srv/unicorns'],
])('shows %s, with the home folder %s, as "%s"', (directory, home, expected) => {
  expect(shown(directory, home)).toBe(expected);
});
