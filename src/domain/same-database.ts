/** Do two addresses lead to one database? Told from their text alone, and only where that is certain. */
import type { Engine } from './migration.ts';

/** The parts of an address that say where it leads. */
export interface Whereabouts {
  readonly engine: Engine;
  /** For SQLite the absolute path of the file. */
  readonly database: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly socket: string | null;
}

/** `unknown`: two names that may be of one server. */
export type Sameness = 'same' | 'other' | 'unknown';

const PORTS: Readonly<Record<Engine, number | null>> = { sqlite: null, postgres: 5432, mysql: 3306 };

/** A machine of many names: none said, a socket, `localhost` and the loopback addresses are this one. */
const isHere = ({ host, socket }: Whereabouts): boolean =>
  socket !== null || host === null || /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(host);

/** Compares. Servers on one machine differ by their ports; on machines of different names nothing is certain but other databases' names. */
export function samePlace(one: Whereabouts, other: Whereabouts): Sameness {
  if (one.engine !== other.engine) return 'other';
  if (one.engine === 'sqlite') return one.database === other.database ? 'same' : 'other';
  if (one.database !== other.database) {
    // MySQL may fold the case of names (lower_case_table_names).
    const folded = one.engine === 'mysql' && one.database.toLowerCase() === other.database.toLowerCase();
    return folded ? 'unknown' : 'other';
  }
  const standard = PORTS[one.engine];
  const samePort = (one.port ?? standard) === (other.port ?? standard);
  const [oneHere, otherHere] = [isHere(one), isHere(other)];
  if (oneHere && otherHere) {
    if (one.socket !== null || other.socket !== null)
      return one.socket === other.socket && samePort ? 'same' : 'unknown';
    return samePort ? 'same' : 'other';
  }
  return one.host?.toLowerCase() === other.host?.toLowerCase() && samePort ? 'same' : 'unknown';
}
