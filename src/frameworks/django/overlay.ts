/**
 * The overlay in which Django reverses a plan: HEAD's tree with the missing files laid over it, chained one after another on top of
 * what stays applied. So the graph has one end per app, `migrate` reverses exactly one migration at a time, and Django's picture of
 * the models is complete (on SQLite it rebuilds tables from that picture: what the files do not name is dropped).
 */
import { type Declaration, type MigrationId, migrationId } from '../../domain/migration.ts';
import type { FileText, OverlayFile, ReversalRequest } from '../contract.ts';
import { folderOf, inFolder } from '../repository-paths.ts';
import { type Base, baseOf, inconsistent, labelOf, nameOf, type OnDisk, type Refused, seen, standsOn } from './base.ts';
import { type Dependency, dependenciesOf, type MigrationClass, migrationClass, rebased } from './parse-migration.ts';

/** File that tells the wrapper settings which apps are gone from HEAD, in the project's folder. */
export const APPS_FILE = 'tidemark-apps.json';
/** Unapplied migration without operations that joins several ends of one app: Django refuses to move while there are two. */
const MERGE = 'zz_tidemark_merge';

/** Files of the overlay, and for each migration the name to migrate its app back to. */
export interface Overlay {
  readonly files: readonly OverlayFile[];
  readonly targets: ReadonlyMap<MigrationId, string>;
}

/** Lays out everything the plan reverses. The answer is the same for every migration of one plan. */
export function layOut(request: ReversalRequest): Overlay | Refused {
  const base = baseOf(request);
  const refused = inconsistent(request, base);
  if (refused !== null) return refused;
  const chain = chained(request, base);
  if ('reason' in chain) return chain;
  const freed = freedFiles(request, base);
  const ends = mergeFiles(base, chain.files);
  return { files: [...chain.files.values(), ...freed, ...ends, ...goneApps(request)], targets: chain.targets };
}

/** Ends of what is applied and stays, in one app. */
function appliedEnds(base: Base, label: string): readonly MigrationId[] {
  const inApp = [...base.nodes.values()].filter(({ id }) => labelOf(id) === label && base.applied.has(id));
  const parents = new Set(inApp.flatMap(({ requires }) => standsOn(base, requires)));
  return inApp
    .map(({ id }) => id)
    .filter(id => !parents.has(id))
    .sort();
}

type Laid = {
  readonly path: string;
  readonly text: string;
  readonly id: MigrationId;
  readonly parents: readonly MigrationId[];
};

function chained(
  request: ReversalRequest,
  base: Base,
): { readonly files: ReadonlyMap<MigrationId, Laid>; readonly targets: ReadonlyMap<MigrationId, string> } | Refused {
  const files = new Map<MigrationId, Laid>();
  const targets = new Map<MigrationId, string>();
  const last = new Map<string, MigrationId>();
  for (const migration of [...request.all].reverse()) {
    const { id, text } = migration;
    const label = labelOf(id);
    const parsed = migrationClass(text);
    if ('reason' in parsed) return { reason: `${id} cannot be read: ${parsed.reason}`, wayOut: BY_HAND };
    const previous = last.get(label);
    const parents = previous === undefined ? appliedEnds(base, label) : [previous];
    const kept = dependenciesOf(text, parsed).filter(each => stays(each, label, base, files));
    const sources = [...parents.map(pairSource), ...kept.map(({ source }) => source)];
    files.set(id, { id, path: pathFor(request, migration), text: rebased(text, parsed, sources), parents });
    targets.set(id, parents[0] === undefined ? 'zero' : nameOf(parents[0]));
    last.set(label, id);
  }
  return { files, targets };
}

const BY_HAND = 'Undo it by hand, then take its row out of the table: tidemark forget.';
const pairSource = (id: MigrationId): string => `('${labelOf(id)}', '${nameOf(id)}')`;

/** Which of its own dependencies a laid file keeps: those on other apps that are applied, or laid before it. */
function stays({ pair }: Dependency, label: string, base: Base, laid: ReadonlyMap<MigrationId, unknown>): boolean {
  if (pair === null) return true;
  const [app, name] = pair;
  if (app === label) return false;
  if (!base.labels.has(app)) return true;
  if (name === '__first__') return true;
  const id = seen(base, migrationId(`${app}.${name}`));
  return laid.has(id) || (base.nodes.has(id) && base.applied.has(id));
}

/** Where a file must lie for Django to find it now: its app's folder may have moved since. */
function pathFor({ onDisk, left }: ReversalRequest, { id, path }: FileText & Declaration): string {
  const same = onDisk.find(each => each.id === id);
  if (same !== undefined) return same.path;
  const beforeOthers = [...onDisk, ...(left ?? [])].find(each => labelOf(each.id) === labelOf(id));
  return beforeOthers === undefined ? path : inFolder(folderOf(beforeOthers.path), `${nameOf(id)}.py`);
}

/** Files that stay but name a laid one as a dependency (which would close a circle), rewritten; and files that stay without being on disk. */
function freedFiles(request: ReversalRequest, base: Base): readonly OverlayFile[] {
  const missing = new Set((request.left ?? []).map(({ id }) => id));
  return [...base.nodes.values()].flatMap(node => {
    const holds = base.applied.has(node.id) && node.requires.some(each => base.planned.has(each));
    const path = missing.has(node.id) ? pathFor(request, node) : node.path;
    const parsed = holds ? migrationClass(node.text) : null;
    if (parsed === null || 'reason' in parsed) return missing.has(node.id) ? [{ path, text: node.text }] : [];
    return [{ path, text: rebasedKeepingReplaces(node.text, parsed, freedDependencies(node, parsed, base)) }];
  });
}

const rebasedKeepingReplaces = (text: string, parsed: MigrationClass, dependencies: readonly string[]): string =>
  rebased(text, { ...parsed, replaces: null, runBefore: null }, dependencies);

function freedDependencies(node: OnDisk, parsed: MigrationClass, base: Base): readonly string[] {
  const sources = new Set<string>();
  for (const { pair, source } of dependenciesOf(node.text, parsed)) {
    const id = pair === null ? null : migrationId(pair.join('.'));
    if (id === null || !base.planned.has(id)) sources.add(source);
    else for (const each of standsOn(base, [id])) if (base.nodes.has(each)) sources.add(pairSource(each));
  }
  return [...sources];
}

function mergeFiles(base: Base, laid: ReadonlyMap<MigrationId, Laid>): readonly OverlayFile[] {
  const all = new Map<MigrationId, readonly MigrationId[]>();
  for (const [id, { requires }] of base.nodes) {
    all.set(id, base.applied.has(id) ? standsOn(base, requires) : requires);
  }
  for (const [id, { parents }] of laid) all.set(id, parents);
  return [...new Set([...all.keys()].map(labelOf))].flatMap(label => {
    const own = [...all].filter(([id]) => labelOf(id) === label);
    const parents = new Set(own.flatMap(([, each]) => each.map(id => seen(base, id))));
    const ends = own
      .map(([id]) => id)
      .filter(id => !parents.has(id))
      .sort();
    const [first] = ends;
    if (first === undefined || ends.length < 2) return [];
    const folder = folderOf(laid.get(first)?.path ?? base.nodes.get(first)?.path ?? '');
    return [{ path: inFolder(folder, `${MERGE}.py`), text: mergeText(ends) }];
  });
}

const mergeText = (ends: readonly MigrationId[]): string => `from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [${ends.map(pairSource).join(', ')}]
    operations = []
`;

/** Apps of which HEAD has no migration at all: their folder is made a package again, and the wrapper settings install it if nobody does. */
function goneApps({ project, all, onDisk }: ReversalRequest): readonly OverlayFile[] {
  const present = new Set(onDisk.map(({ id }) => labelOf(id)));
  const gone = new Map(
    all.filter(({ id }) => !present.has(labelOf(id))).map(({ id, path }) => [labelOf(id), folderOf(path)]),
  );
  if (gone.size === 0) return [];
  const list = [...gone].map(([label, folder]) => ({ label, folder }));
  return [
    ...list.map(({ folder }) => ({ path: inFolder(folder, '__init__.py'), text: '' })),
    { path: inFolder(project.root, APPS_FILE), text: `${JSON.stringify(list)}\n` },
  ];
}
