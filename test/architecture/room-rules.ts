/** The rooms of `src` and what each may import, as data; and the check that reads a tree and says what breaks it. */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { type Import, readSources, type Source } from './source-tree.ts';

/** What a room may import. Its own files it may always import. */
interface Room {
  /** Rooms, single files (`wiring.ts`), or `contract.ts` for the contract of every room. */
  readonly rooms?: readonly string[];
  /** Packages, and modules of Node: `node:*` for all but those that must be named. */
  readonly modules?: readonly string[];
  /** Modules that are slow to load: only by `import()`, or as types. */
  readonly modulesWhenNeeded?: readonly string[];
  /** What single files of the room may import besides. */
  readonly files?: Readonly<
    Record<string, { readonly rooms: readonly string[]; readonly roomsWhenNeeded: readonly string[] }>
  >;
}

/** Modules of Node that `node:*` does not allow. */
const TO_BE_NAMED = ['node:child_process', 'node:sqlite'];

const FACES = ['domain', 'operations', 'messages'];

const ROOMS: Readonly<Record<string, Room>> = {
  domain: {},
  // Checksums are computed, not read or written.
  frameworks: { rooms: ['domain'], modules: ['node:crypto'] },
  messages: { rooms: ['domain'] },
  databases: {
    rooms: ['domain'],
    modules: ['node:*', 'node:child_process'],
    modulesWhenNeeded: ['better-sqlite3', 'mysql2', 'node:sqlite', 'pg', 'pg-copy-streams'],
  },
  git: { rooms: ['domain'], modules: ['node:*', 'node:child_process', 'simple-git'] },
  journal: { rooms: ['domain'], modules: ['node:crypto', 'node:fs', 'node:os', 'node:path'] },
  processes: { rooms: ['domain'], modules: ['node:*', 'node:child_process'] },
  config: { rooms: ['domain'], modules: ['node:fs', 'node:path', 'zod'] },
  operations: { rooms: ['domain', 'contract.ts'], modules: ['node:crypto', 'node:path'] },
  cli: {
    rooms: [...FACES, 'package.json'],
    modules: [
      ...['commander', 'node:fs', 'node:fs/promises', 'node:os', 'node:path', 'node:process', 'node:readline'],
      ...['node:readline/promises', 'node:tty', 'node:util'],
    ],
    // What draws the terminal UI is a file of its own when built: `imports` in package.json says which.
    modulesWhenNeeded: ['#tui'],
    files: {
      'main.ts': { rooms: ['wiring.ts'], roomsWhenNeeded: ['hook'] },
      'commands/ui.ts': { rooms: [], roomsWhenNeeded: ['tui'] },
    },
  },
  tui: {
    rooms: FACES,
    modules: [
      'diff',
      'highlight.js',
      'ink',
      'lowlight',
      'node:module',
      'node:path',
      'react',
      'string-width',
      'wrap-ansi',
    ],
  },
  hook: { rooms: [...FACES, 'wiring.ts'], modules: ['node:fs', 'node:os', 'node:path', 'node:process'] },
  'wiring.ts': {
    rooms: [
      ...['config', 'databases', 'domain', 'frameworks', 'git', 'journal', 'messages', 'operations', 'processes'],
      'package.json',
    ],
    modules: ['node:crypto', 'node:fs', 'node:os', 'node:path', 'node:process'],
  },
};

/** One plain sentence for each import below `<root>/src` that its room may not have. */
export function offencesIn(root: string): readonly string[] {
  return readSources(root).flatMap(source => {
    const name = roomOf(source.path);
    const room = ROOMS[name];
    if (room === undefined) return [`${source.path} lies in no room. The rooms are: ${Object.keys(ROOMS).join(', ')}.`];
    return source.imports.flatMap(found => offence(source, found, name, room) ?? []);
  });
}

/** `cli` for `src/cli/main.ts`; a file that lies in `src` itself is its own room. */
const roomOf = (path: string): string => path.split('/')[1] ?? '';

function offence(source: Source, found: Import, name: string, room: Room): string | null {
  const { what, how, line } = found;
  if (what === null) return `${source.path} imports, in line ${line}, what its text does not name. Name it.`;
  const own = room.files?.[source.path.split('/').slice(2).join('/')];
  const isFile = what.startsWith('.');
  const target = isFile ? posix.join(posix.dirname(source.path), what) : moduleName(what);
  const may = (allowed: readonly string[]): boolean =>
    allowed.some(entry => (isFile ? isWithin(target, entry) : isModule(target, entry)));
  const atOnce = isFile ? [name, ...(room.rooms ?? []), ...(own?.rooms ?? [])] : (room.modules ?? []);
  const whenNeeded = (isFile ? own?.roomsWhenNeeded : room.modulesWhenNeeded) ?? [];
  if (may(atOnce)) return null;
  if (!may(whenNeeded)) return `${source.path} imports ${target}. The room "${name}" may import: ${listed(room)}.`;
  if (how !== 'at-once') return null;
  return `${source.path} imports ${target} at once. The room "${name}" may load it only when it is needed: with import(), or as types.`;
}

/** `node:fs` for `fs`, `zod` for `zod/mini`, `@scope/name` for `@scope/name/part`. */
function moduleName(what: string): string {
  if (isBuiltin(what)) return what.startsWith('node:') ? what : `node:${what}`;
  return what
    .split('/')
    .slice(0, what.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Whether a file is, or lies in, what an entry of the table names. */
function isWithin(target: string, entry: string): boolean {
  if (entry === 'contract.ts') return /^src\/[^/]+\/contract\.ts$/.test(target);
  if (entry === 'package.json') return target === entry;
  return target === `src/${entry}` || target.startsWith(`src/${entry}/`);
}

const isModule = (target: string, entry: string): boolean =>
  target === entry || (entry === 'node:*' && target.startsWith('node:') && !TO_BE_NAMED.includes(target));

function listed({ rooms = [], modules = [], modulesWhenNeeded = [] }: Room): string {
  const all = [
    ...rooms.map(room => (room === 'contract.ts' ? 'every contract.ts' : room)),
    ...modules,
    ...modulesWhenNeeded,
  ];
  return all.join(', ') || 'nothing';
}
