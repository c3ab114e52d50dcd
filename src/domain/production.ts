/**
 * Is a database one that must not be changed in passing? Told from its address, from markers of the environment and from a marker in the
 * database itself. Any sign is enough: none of them is outweighed by another.
 */
import type { Engine } from './migration.ts';

/** Variables by which programs are told where they run. */
export const ENVIRONMENT_MARKERS = [
  'RAILS_ENV',
  'RACK_ENV',
  'NODE_ENV',
  'APP_ENV',
  'APP_ENVIRONMENT',
  'FLASK_ENV',
  'DJANGO_ENV',
  'DJANGO_SETTINGS_MODULE',
  'ENVIRONMENT',
  'MIX_ENV',
  'GO_ENV',
  'SYMFONY_ENV',
  'ASPNETCORE_ENVIRONMENT',
  'SPRING_PROFILES_ACTIVE',
  'MICRONAUT_ENVIRONMENTS',
] as const;

/** What is known of a target. Holds no password. */
export interface TargetFacts {
  readonly engine: Engine;
  /** For SQLite the absolute path of the file. */
  readonly database: string;
  readonly host: string | null;
  readonly socket: string | null;
  /** Where the address was found, for people: `.env.production`, `knexfile.js (production.connection)`. */
  readonly from: string;
  /** Values of `ENVIRONMENT_MARKERS` that are set. */
  readonly environment: Readonly<Record<string, string>>;
  /** `ar_internal_metadata.environment` (Rails); null where there is none. */
  readonly marker: string | null;
}

/** Hosts of services that keep databases for others. */
const MANAGED =
  /(^|\.)(amazonaws\.com(\.cn)?|supabase\.(co|com|net)|neon\.(tech|build)|railway\.(app|internal)|rlwy\.net|render\.com|herokuapp\.com|heroku\.com|ondigitalocean\.com|azure\.(com|net)|windows\.net|googleapis\.com|psdb\.cloud|planetscale\.com|aivencloud\.com|tidbcloud\.com|cockroachlabs\.cloud|crunchybridge\.com|timescale\.com|tsdb\.cloud|elephantsql\.com|scalingo\.com|clever-cloud\.com|fly\.dev|flycast|turso\.io|oraclecloud\.com|scw\.cloud|gcp\.cloud\.es\.io)$/i;

/** `prod`, `production`, `live`, `prd` as a word of its own: `shop_prod`, `db.live.example.com`, not `livestock`, `reproduction`, `non-prod`. */
const PRODUCTION = /(?<!(?:non|not|pre|no)[-_. ]?)(?<![a-z])(prod|production|prd|live)(?![a-z])/i;

const looksLikeProduction = (text: string): boolean => PRODUCTION.test(text.replace(/([a-z])([A-Z])/g, '$1_$2'));

/** Is it a database of this machine: a file, a socket, a loopback address? */
export const isLocalTarget = ({ engine, host, socket }: Pick<TargetFacts, 'engine' | 'host' | 'socket'>): boolean =>
  engine === 'sqlite' || socket !== null || host === null || /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(host);

/** Why a target looks like production, each as a clause: `its name is shop_prod`. Empty: it does not. */
export function productionSigns(target: TargetFacts): readonly string[] {
  const name = target.engine === 'sqlite' ? (target.database.split('/').at(-1) ?? '') : target.database;
  const { host } = target;
  const signs: string[] = [];
  if (looksLikeProduction(name)) signs.push(`its name is ${name}`);
  if (host !== null && target.engine !== 'sqlite') {
    if (MANAGED.test(host)) signs.push(`its host ${host} belongs to a service that keeps databases`);
    else if (looksLikeProduction(host)) signs.push(`its host is ${host}`);
  }
  if (looksLikeProduction(target.from.replace(/^.*\/(?=[^/]*$)/, '')) && !(target.from in target.environment))
    signs.push(`its address comes from ${target.from}`);
  for (const variable of ENVIRONMENT_MARKERS) {
    const value = target.environment[variable];
    if (value !== undefined && looksLikeProduction(value)) signs.push(`${variable} is ${value}`);
  }
  if (target.marker !== null && looksLikeProduction(target.marker))
    signs.push(`its table ar_internal_metadata says that its environment is ${target.marker}`);
  return signs;
}

/** What this clone has changed before, of one project. */
export interface RememberedTargets {
  /** Is this very database among them? */
  readonly known: boolean;
  /** Display forms of the others, the newest last. */
  readonly others: readonly string[];
}

/**
 * Why the name of a target must be typed out before it is changed, each as a sentence; empty when it need not be. A database that looks like
 * production asks each time; another machine's, or one other than before, until it was named once in this clone.
 */
export function targetDoubts(target: TargetFacts, remembered: RememberedTargets): readonly string[] {
  const signs = productionSigns(target).map(sign => `It looks like production: ${sign}.`);
  if (remembered.known) return signs;
  const before = remembered.others.at(-1);
  return [
    ...signs,
    ...(isLocalTarget(target) ? [] : [`It is not on this machine: its host is ${target.host}.`]),
    ...(before === undefined ? [] : [`It is not the database that this clone changed before, ${before}.`]),
  ];
}

/** The last part of a database's display form: what people call the database, and what is typed to name it. */
export const targetName = (display: string): string => display.replace(/\?.*$/, '').replace(/^.*[/:]/, '') || display;
