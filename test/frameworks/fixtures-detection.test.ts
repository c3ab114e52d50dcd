/** Every situation of `fixtures-repos/` is claimed by the frameworks its story names, and by no other: the markers of all are looked at together. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FRAMEWORKS } from '../../src/frameworks/registry.ts';
import { readStory } from '../kit/fixture.ts';
import { matchedByGit } from './conformance-bench.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures-repos');

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name);

const SITUATIONS = foldersIn(FIXTURES).flatMap(framework =>
  foldersIn(join(FIXTURES, framework)).map(situation => `${framework}/${situation}`),
);

/** All that a situation ever lays, as it is on one engine. */
function treeOf(name: string, engine: string): Readonly<Record<string, string>> {
  const files = join(FIXTURES, name, 'files');
  const layers = existsSync(files)
    ? foldersIn(files).filter(layer => !/-on-/.test(layer) || layer.endsWith(engine))
    : [];
  return Object.fromEntries(
    layers.flatMap(layer =>
      readdirSync(join(files, layer), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name))
        .map(file => [relative(join(files, layer), file), readFileSync(file, 'utf8')]),
    ),
  );
}

describe('situations', () => {
  for (const name of SITUATIONS) {
    const { engines, projects } = readStory(name);
    for (const engine of engines) {
      it(`${name} on ${engine} is its own framework's`, () => {
        const tree = treeOf(name, engine);
        const markers = [...new Set(FRAMEWORKS.flatMap(framework => framework.markers))];
        const all = { paths: matchedByGit(tree, markers), read: (path: string) => tree[path] ?? null };
        const claimed = FRAMEWORKS.flatMap(framework => framework.detect(all).map(project => project.framework));
        expect(claimed.sort()).toEqual(projects.map(project => project.framework).sort());
      });
    }
  }
});
