/** Times in history tables, in the forms in which drivers and engines give them. */
import type { Cell, Engine } from '../domain/migration.ts';

/** ISO 8601 in UTC of milliseconds (SQLite), or of a time stamp's text with or without an offset. Without one it is UTC. */
export function timeOf(cell: Cell | undefined): string | null {
  const text = typeof cell === 'string' ? cell.trim() : '';
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?\s?(?:(Z)|([+-]\d\d)(?::?(\d\d))?)?$/.exec(text);
  const milliseconds = /^\d{1,15}$/.test(text) ? Number(text) : typeof cell === 'number' ? cell : Number.NaN;
  if (match === null)
    return Number.isFinite(milliseconds) && Math.abs(milliseconds) < 8.64e15
      ? new Date(milliseconds).toISOString()
      : null;
  const [, day, time, fraction = '', , hours, minutes = '00'] = match;
  const at = Date.parse(`${day}T${time}${fraction.slice(0, 4)}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** `now` (ISO 8601 in UTC) in the form the other rows have; with none there, in the form of the engine. */
export function timeLike(like: Cell | undefined, now: string, engine: Engine | null): Cell {
  if (typeof like === 'number' || (like === undefined && engine === 'sqlite')) return Date.parse(now);
  const text = new Date(now).toISOString().replace('T', ' ').replace('Z', '');
  const withOffset = typeof like === 'string' ? /[+-]\d\d(?::?\d\d)?$|Z$/.test(like) : engine === 'postgres';
  if (withOffset) return `${text}+00`;
  return typeof like === 'string' && /\.\d/.test(like) ? text : text.slice(0, 19);
}
