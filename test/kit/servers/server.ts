/** What is known of a started test server. */
import type { Kept } from './keeper.ts';

/** How to reach a server with all rights on it. Everything here is plain data that may cross processes. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Its private folder: data, `server.log`, and its socket. */
  readonly folder: string;
}

/** A started server and its keeper. */
export interface Server extends ServerAddress {
  readonly kept: Kept;
}
