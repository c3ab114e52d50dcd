/**
 * How many columns a terminal shows a text in. When built, this stands in for the package `string-width` everywhere, in Ink too
 * (`--alias` in package.json): that package compiles a pattern of all emoji while it is loaded, which takes 11 ms (Node 24.21), and
 * plain text needs none of it. What is not plain is measured by the package itself, loaded then.
 */
import { createRequire } from 'node:module';
import { isPlain } from './plain.ts';

type StringWidth = typeof import('string-width').default;

const require = createRequire(import.meta.url);

/** Node keeps what it has loaded once. */
const measured: StringWidth = (text, options) =>
  (require('string-width') as { readonly default: StringWidth }).default(text, options);

/** Colours and styles, which take no column. */
const STYLES = /\u001b\[[\d;]*m/g;

const stringWidth: StringWidth = (text, options) => {
  if (options?.ambiguousIsNarrow === false) return measured(text, options);
  const shown = options?.countAnsiEscapeCodes === true ? text : text.replace(STYLES, '');
  return isPlain(shown) ? shown.length : measured(text, options);
};

// biome-ignore lint/style/noDefaultExport: it has the shape of the package it stands in for
export default stringWidth;
