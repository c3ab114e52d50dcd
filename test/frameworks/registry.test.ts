/** The generated registry is fresh, and every framework can be found by the name of its folder. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FRAMEWORKS, frameworkNamed } from '../../src/frameworks/registry.ts';
import { frameworkFolders, REGISTRY, registryText } from '../kit/generate-registry.ts';

describe('the registry of frameworks', () => {
  it('is what its generator writes now', () => {
    expect(readFileSync(REGISTRY, 'utf8')).toBe(registryText(frameworkFolders()));
  });

  it('knows every folder by its name', () => {
    expect(FRAMEWORKS.map(framework => framework.name)).toEqual(frameworkFolders());
    for (const folder of frameworkFolders()) expect(frameworkNamed(folder)?.name).toBe(folder);
  });

  it('knows no other name', () => {
    expect(frameworkNamed('no-such-framework')).toBeNull();
    expect(frameworkNamed('toString')).toBeNull();
  });
});
