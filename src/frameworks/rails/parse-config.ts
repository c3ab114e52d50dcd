/** Reads what a Rails application says of its databases and migrations: `config/database.yml` and `config/application.rb`, as text. */

/** A database of one environment. Values are as written, with defaults of environment variables filled in; null where only Ruby knows. */
export interface DatabaseEntry {
  /** `primary`, or the name it has in an application of several databases; null in one of a single database. */
  readonly name: string | null;
  readonly values: ReadonlyMap<string, string | null>;
}

interface Node {
  readonly children: Map<string, Node>;
  value: string | null;
}

const node = (): Node => ({ children: new Map(), value: null });

/** The databases of an environment, in the order of the file. Aliases (`<<: *default`) are followed. */
export function readDatabases(text: string, environment: string): readonly DatabaseEntry[] {
  const entry = parseYaml(text).children.get(environment);
  if (entry === undefined) return [];
  const nested = [...entry.children].filter(([, child]) => child.children.size > 0);
  if (nested.length === 0) return [{ name: null, values: valuesOf(entry) }];
  return nested.map(([name, child]) => ({ name, values: valuesOf(child) }));
}

const valuesOf = ({ children }: Node): ReadonlyMap<string, string | null> =>
  new Map([...children].map(([key, child]) => [key, child.children.size > 0 ? null : written(child.value ?? '')]));

/** Mappings only, by indentation: a database.yml has little else. */
function parseYaml(text: string): Node {
  const root = node();
  const anchors = new Map<string, Node>();
  const open: { readonly indent: number; readonly at: Node }[] = [{ indent: -1, at: root }];
  for (const line of text.split(/\r?\n/)) {
    const match = /^( *)(["']?)([\w.-]+|<<)\2:(?:\s+(.*))?$/.exec(line);
    if (match === null || /^\s*#/.test(line)) continue;
    const [, spaces = '', , key = '', rest = ''] = match;
    while ((open.at(-1)?.indent ?? -1) >= spaces.length) open.pop();
    const parent = open.at(-1)?.at ?? root;
    if (key === '<<') {
      for (const [name] of rest.matchAll(/(?<=\*)[\w-]+/g)) {
        for (const [each, child] of anchors.get(name)?.children ?? [])
          if (!parent.children.has(each)) parent.children.set(each, child);
      }
      continue;
    }
    const child = node();
    const anchor = /^&([\w-]+)\s*(.*)$/.exec(rest);
    const alias = /^\*([\w-]+)\s*$/.exec(rest);
    const made = alias === null ? child : (anchors.get(alias[1] ?? '') ?? child);
    if (anchor !== null) anchors.set(anchor[1] ?? '', child);
    child.value = (anchor?.[2] ?? rest).trim();
    parent.children.set(key, made);
    open.push({ indent: spaces.length, at: child });
  }
  return root;
}

/** A scalar: quotes off, comments off, and of ERB only the default of an environment variable. */
function written(value: string): string | null {
  const bare = /^(["'])(.*)\1\s*(#.*)?$/.exec(value)?.[2] ?? value.replace(/\s#.*$/, '').trim();
  if (!bare.includes('<%')) return bare;
  const known = bare.replace(
    /<%=\s*ENV(?:\.fetch\(\s*["']\w+["']\s*(?:,\s*(["']?)([^"'<%)]*)\1\s*)?\)(?:\s*\{\s*(["']?)([^"'}]*?)\3\s*\})?|\[["']\w+["']\]\s*\|\|\s*(["']?)([^"'<%]*?)\5)\s*%>/g,
    (_whole, _quote, given?: string, _other?: string, block?: string, _third?: string, or?: string) =>
      given ?? block ?? or ?? '<%',
  );
  return known.includes('<%') ? null : known;
}

/** Names of the history table that `config.active_record` sets, here or in the environment's own file: the last one counts. */
export function historyTableIn(texts: readonly string[]): string {
  const said = (setting: string): string | null => {
    const all = texts.flatMap(text => [
      ...text.matchAll(
        new RegExp(`^[^#\\n]*\\b(?:active_record|ActiveRecord::Base)\\.${setting}\\s*=\\s*["':]([\\w.]+)`, 'gm'),
      ),
    ]);
    return all.at(-1)?.[1] ?? null;
  };
  const name = said('schema_migrations_table_name') ?? 'schema_migrations';
  return `${said('table_name_prefix') ?? ''}${name}${said('table_name_suffix') ?? ''}`;
}

/** Folders that `config.paths["db/migrate"]` is set to or gets besides; as written. */
export function migrationPathsIn(text: string): readonly string[] {
  const own: string[] = ['db/migrate'];
  for (const [, sign = '', rest = ''] of text.matchAll(
    /^[^#\n]*\bpaths\[["']db\/migrate["']\]\s*(=|<<|\.(?:push|concat|unshift)\b)\s*(.*)$/gm,
  )) {
    const named = [...rest.matchAll(/["']([^"'#]+)["']/g)].flatMap(match => match[1] ?? []);
    if (sign === '=') own.length = 0;
    own.push(...named);
  }
  return own;
}
