/** Names of sqlx's files: `<version>_<description>.sql`, or `.up.sql` and `.down.sql`. sqlx-core 0.9.0, src/migrate/source.rs. */
import { baseOf } from '../repository-paths.ts';

const ENDINGS = ['.up.sql', '.down.sql', '.sql'] as const;

/** The version as its history row has it, a 64-bit integer; null for what sqlx passes over. */
export function versionOf(path: string): string | null {
  const [, digits = '', name = ''] = /^([+-]?\d{1,30})_([\s\S]*)$/.exec(baseOf(path)) ?? [];
  if (digits === '' || !name.endsWith('.sql')) return null;
  const version = BigInt(digits.replace('+', ''));
  return BigInt.asIntN(64, version) === version ? version.toString() : null;
}

export const isDown = (path: string): boolean => path.endsWith('.down.sql');

/** What the row says of it in words. */
export function descriptionOf(path: string): string {
  const name = baseOf(path);
  const ending = ENDINGS.find(each => name.endsWith(each)) ?? '';
  let rest = name.slice(name.indexOf('_') + 1);
  // As Rust's `trim_end_matches` does: again and again.
  while (ending !== '' && rest.endsWith(ending)) rest = rest.slice(0, -ending.length);
  return rest.replaceAll('_', ' ');
}
