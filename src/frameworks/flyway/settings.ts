/** Where a repository says how it uses Flyway: its own settings files, Maven, Gradle, and Spring. Read, never run. */
import type { SourceTree } from '../contract.ts';
import {
  mavenPlugin,
  moduleOf,
  readProperties,
  readToml,
  readYaml,
  type Settings,
  springValue,
  xmlTexts,
} from '../java-settings.ts';
import { baseOf, folderOf } from '../repository-paths.ts';

/** One file that speaks of Flyway. */
export interface FlywaySettings {
  readonly path: string;
  /** Folder that relative paths in it are relative to. */
  readonly root: string;
  /** By Flyway's own names in lower case without `flyway.`; `placeholders.x` as written. */
  readonly values: Settings;
  /** The database of the application, where Flyway is given none of its own. */
  readonly fallback: {
    readonly url: string | null;
    readonly user: string | null;
    readonly password: string | null;
  } | null;
  /** `command`: Flyway's own program reads it, and looks for files in `sql`. */
  readonly of: 'command' | 'build' | 'spring';
}

/** Names of settings files, the stronger first. */
export const SETTINGS_FILES = [
  ...['flyway.user.toml', 'flyway.toml', 'flyway.conf', 'pom.xml', 'build.gradle', 'build.gradle.kts'],
  ...['application.properties', 'application.yml', 'application.yaml'],
] as const;

/** Reads one file; null when it does not speak of Flyway. */
export function readFlywaySettings(tree: SourceTree, path: string): FlywaySettings | null {
  const text = tree.read(path);
  if (text === null) return null;
  const name = baseOf(path);
  // An installation keeps its settings in `conf`.
  const root =
    baseOf(folderOf(path)) === 'conf' && name.startsWith('flyway.') ? folderOf(folderOf(path)) : folderOf(path);
  const found = (values: Settings, of: FlywaySettings['of'], fallback: FlywaySettings['fallback'] = null) => ({
    path,
    root,
    values,
    of,
    fallback,
  });
  if (name.endsWith('.toml')) return found(fromToml(readToml(text)), 'command');
  if (name === 'flyway.conf') return found(named(readProperties(text), 'flyway.'), 'command');
  if (name === 'pom.xml') return fromMaven(text, values => found(values, 'build'));
  if (name.startsWith('build.gradle'))
    return /org\.flywaydb|flyway/.test(text) ? found(fromGradle(text), 'build') : null;
  return fromSpring(path, name.endsWith('.properties') ? readProperties(text) : readYaml(text));
}

/** Values whose names begin so, in lower case and without dashes, as Flyway's and Spring's readers take them. */
function named(settings: Settings, prefix: string): Settings {
  const own = [...settings].filter(([name]) => name.toLowerCase().startsWith(prefix));
  return new Map(own.map(([name, value]) => [normal(name.slice(prefix.length)), value]));
}

const normal = (name: string): string => {
  const [, placeholder] = /^placeholders\.(.*)$/s.exec(name) ?? [];
  return placeholder === undefined ? name.toLowerCase().replace(/[-_]/g, '') : `placeholders.${placeholder}`;
};

/** `[flyway]`, and the connection of the environment that it names. */
function fromToml(settings: Settings): Settings {
  const environment = settings.get('flyway.environment') ?? 'default';
  const connection = named(settings, `environments.${environment.toLowerCase()}.`);
  return new Map([...connection, ...named(settings, 'flyway.')]);
}

const SIMPLE = [
  ...['url', 'user', 'password', 'table', 'defaultSchema', 'sqlMigrationPrefix', 'undoSqlMigrationPrefix'],
  ...[
    'repeatableSqlMigrationPrefix',
    'sqlMigrationSeparator',
    'encoding',
    'placeholderReplacement',
    'placeholderPrefix',
    'placeholderSuffix',
  ],
] as const;

function fromMaven(text: string, found: (values: Settings) => FlywaySettings): FlywaySettings | null {
  const plugin = mavenPlugin(text, 'flyway-maven-plugin') ?? '';
  if (plugin === '' && !/<artifactId>(?:flyway-core|spring-boot-starter-flyway)</.test(text)) return null;
  const values = new Map<string, string>();
  for (const name of SIMPLE) {
    const value = xmlTexts(plugin, name, text)[0] ?? xmlTexts(text, `flyway\\.${name}`, text)[0];
    if (value !== undefined) values.set(name.toLowerCase(), value);
  }
  for (const [list, item] of [
    ['locations', 'location'],
    ['schemas', 'schema'],
    ['sqlmigrationsuffixes', 'sqlMigrationSuffix'],
  ] as const) {
    const items = xmlTexts(plugin, item, text);
    if (items.length > 0) values.set(list, items.join(','));
  }
  const [, inside = ''] = /<placeholders>([\s\S]{0,5000}?)<\/placeholders>/.exec(plugin) ?? [];
  for (const [, name = '', value = ''] of inside.matchAll(/<([\w.-]{1,200})>([^<]{0,2000})</g))
    values.set(`placeholders.${name}`, value);
  return found(values);
}

function fromGradle(text: string): Settings {
  const [, inside = ''] = /\bflyway\s{0,20}\{([\s\S]{0,5000})/.exec(text) ?? [];
  const values = new Map<string, string>();
  for (const line of (inside.split(/\n\}/, 1)[0] ?? '').split('\n')) {
    const [, name, value = ''] = /^\s{0,40}(\w{1,80})\s{0,20}=?\s{0,20}(.{1,1000})$/.exec(line) ?? [];
    if (name === undefined) continue;
    const texts = [...value.matchAll(/(["'])(.{0,500}?)\1/g)].map(match => match[2] ?? '');
    if (name === 'placeholders')
      for (let at = 0; at + 1 < texts.length; at += 2) values.set(`placeholders.${texts[at]}`, texts[at + 1] ?? '');
    else if (texts.length > 0 && !texts.some(each => each.includes('$'))) values.set(normal(name), texts.join(','));
  }
  return values;
}

function fromSpring(path: string, settings: Settings): FlywaySettings | null {
  const own = named(settings, 'spring.flyway.');
  if (own.size === 0) return null;
  const filled = [...own].flatMap(([name, value]) => {
    const text = springValue(value);
    return text === null ? [] : [[name, text] as const];
  });
  const source = named(settings, 'spring.datasource.');
  const of = (name: string) => springValue(source.get(name));
  const fallback = { url: of('url'), user: of('username'), password: of('password') };
  return { path, root: moduleOf(path), values: new Map(filled), of: 'spring', fallback };
}
