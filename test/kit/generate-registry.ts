/**
 * Writes `src/frameworks/registry.ts` from the folders beside it. `node test/kit/generate-registry.ts` writes, `--check` only says
 * whether the file is fresh (exit 1 when it is not).
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../src/frameworks');

/** Path of the generated file. */
export const REGISTRY = join(FOLDER, 'registry.ts');

/** Names of the folders that hold a framework, sorted. */
export const frameworkFolders = (): readonly string[] =>
  readdirSync(FOLDER, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && existsSync(join(FOLDER, entry.name, 'index.ts')))
    .map(entry => entry.name)
    .sort();

/** `node-pg-migrate` exports `nodePgMigrate`. */
const exportName = (folder: string): string =>
  folder.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());

/** The text the registry should have, formatted as the formatter would. */
export function registryText(folders: readonly string[]): string {
  const imports = [
    `import type { Framework } from './contract.ts';`,
    ...folders.map(folder => `import { ${exportName(folder)} } from './${folder}/index.ts';`),
  ];
  const byPath = imports.sort((a, b) => ((a.split("'")[1] ?? '') < (b.split("'")[1] ?? '') ? -1 : 1));
  const names = folders.map(exportName);
  const line = `export const FRAMEWORKS: readonly Framework[] = [${names.join(', ')}];`;
  const list =
    line.length <= 120 ? line : line.replace('= [', '= [\n  ').replaceAll(', ', ',\n  ').replace('];', ',\n];');
  return `/** All frameworks. Written by test/kit/generate-registry.ts from the folders beside this file. */
${byPath.join('\n')}

/** Every framework, by name. */
${list}

/** The framework of this name; null when there is none. */
export const frameworkNamed = (name: string): Framework | null =>
  FRAMEWORKS.find(framework => framework.name === name) ?? null;
`;
}

if (import.meta.main) {
  const text = registryText(frameworkFolders());
  if (!process.argv.includes('--check')) writeFileSync(REGISTRY, text);
  else if (!existsSync(REGISTRY) || readFileSync(REGISTRY, 'utf8') !== text) {
    console.error('src/frameworks/registry.ts is stale. Run: node test/kit/generate-registry.ts');
    process.exitCode = 1;
  }
}
