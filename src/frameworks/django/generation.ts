/** Tells projects of South (Django 1.6 and before) from those of Django's own migrations: both keep them in the same folders. */
import type { SourceTree } from '../contract.ts';
import { itemsOf, textOf } from '../python-text.ts';
import type { SettingsFile } from './settings.ts';

/** Texts that are looked at, at most. */
const ENOUGH_FILES = 20;

/**
 * Whose migrations a project runs. `paths` are files of its folders of migrations. An app may have both (`south_migrations` beside
 * `migrations`): then the settings decide, by whether South is installed.
 */
export function generationOf(
  tree: SourceTree,
  settings: SettingsFile | null,
  paths: readonly string[],
): 'django' | 'south' {
  if (settings !== null && installsSouth(tree, settings)) return 'south';
  const spoken = (pattern: RegExp) =>
    paths
      .filter(path => pattern.test(path))
      .slice(0, ENOUGH_FILES)
      .map(path => spokenIn(tree.read(path) ?? ''));
  const found = [
    ...spoken(/(^|\/)migrations\/[0-9a-zA-Z]\w*\.py$/),
    ...spoken(/(^|\/)south_migrations\/[0-9a-zA-Z]\w*\.py$/),
  ];
  return found.includes('south') && !found.includes('django') ? 'south' : 'django';
}

/** Whose text it is; null for helpers and whatever else lies there. South's may import nothing of South, only have its two methods. */
export function spokenIn(text: string): 'django' | 'south' | null {
  if (/^[ \t]*(from|import)[ \t]+south\b/m.test(text)) return 'south';
  if (/\bmigrations\.Migration\b/.test(text) || /^from django\.db import .*\bmigrations\b/m.test(text)) return 'django';
  return /^class[ \t]+Migration\b/m.test(text) && /^[ \t]+def[ \t]+(for|back)wards[ \t]*\([ \t]*self\b/m.test(text)
    ? 'south'
    : null;
}

/** `south` among INSTALLED_APPS, or, where that list is put together by code, as a word of the settings on a line of its own. */
function installsSouth(tree: SourceTree, { path, scope }: SettingsFile): boolean {
  const apps = scope.names.get('INSTALLED_APPS');
  if (apps !== undefined && itemsOf(apps).some(app => textOf(app) === 'south')) return true;
  return /^[^#\n]*(["'])south\1/m.test(tree.read(path) ?? '');
}
