/** Changelogs as changesets: formatted SQL, XML, YAML and JSON. Each changeset becomes a changelog of its own that Liquibase could read. */

/** One changeset. `text` is a whole changelog with nothing but it. */
export interface Changeset {
  readonly id: string;
  readonly author: string;
  readonly text: string;
}

/** What a changelog calls itself in the table, where it says so. */
export function logicalPathIn(text: string): string | null {
  const sql = /^\s*--\s*liquibase\s+formatted\s+sql[^\n]*?\blogicalFilePath:\s*(\S+)/i.exec(text)?.[1];
  const xml = /<(?:databaseChangeLog|changeSet)\b[^>]{0,4000}?\blogicalFilePath\s*=\s*["']([^"']{1,1000})["']/.exec(
    text,
  )?.[1];
  const other = /["']?logicalFilePath["']?\s*:\s*["']?([^\s"',}]{1,1000})/.exec(text)?.[1];
  return sql ?? xml ?? (isSql(text) ? null : (other ?? null));
}

const isSql = (text: string): boolean => /^\ufeff?\s*--\s*liquibase\s+formatted\s+sql/i.test(text);

/** The changesets of a file, in their order; none when it is no changelog. */
export function changesetsOf(path: string, text: string): readonly Changeset[] {
  if (/\.sql$/i.test(path)) return isSql(text) ? fromSql(text) : [];
  if (/\.xml$/i.test(path)) return fromXml(text);
  if (/\.ya?ml$/i.test(path)) return fromYaml(text);
  return /\.json$/i.test(path) ? fromJson(text) : [];
}

const CHANGESET = /^[ \t]*--[ \t]*changeset[ \t]+("[^"\n]+"|[^:\n]+):[ \t]*("[^"\n]+"|\S+)/i;

const bare = (text: string): string => text.replace(/^"(.*)"$/s, '$1').trim();

function fromSql(text: string): readonly Changeset[] {
  const header = /^[^\n]*/.exec(text)?.[0] ?? '';
  const logical = logicalPathIn(header);
  const head = `--liquibase formatted sql${logical === null ? '' : ` logicalFilePath:${logical}`}\n`;
  const found: { author: string; id: string; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const [, author, id] = CHANGESET.exec(line) ?? [];
    if (author !== undefined && id !== undefined) found.push({ author: bare(author), id: bare(id), lines: [line] });
    else found.at(-1)?.lines.push(line);
  }
  return found.map(({ id, author, lines }) => ({ id, author, text: `${head}${lines.join('\n').trimEnd()}\n` }));
}

const attribute = (attributes: string, name: string): string | null =>
  new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]{1,1000})"|'([^']{1,1000})')`)
    .exec(attributes)
    ?.slice(1)
    .find(each => each !== undefined) ?? null;

function fromXml(text: string): readonly Changeset[] {
  const root = /<(?:\w+:)?databaseChangeLog\b[^>]{0,8000}>/.exec(text)?.[0];
  if (root === undefined) return [];
  const plain = text.replace(/<!--[\s\S]*?-->/g, '');
  const found: Changeset[] = [];
  for (let at = plain.indexOf('<changeSet'); at !== -1; ) {
    const open = plain.indexOf('>', at);
    const end = plain[open - 1] === '/' ? open + 1 : plain.indexOf('</changeSet>', open) + '</changeSet>'.length;
    if (open === -1 || end < open) break;
    const attributes = plain.slice(at, open);
    const [id, author] = [attribute(attributes, 'id'), attribute(attributes, 'author')];
    const own = `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n${plain.slice(at, end)}\n</databaseChangeLog>\n`;
    if (id !== null && author !== null) found.push({ id, author, text: own });
    at = plain.indexOf('<changeSet', end);
  }
  return found;
}

function fromYaml(text: string): readonly Changeset[] {
  const lines = text.split(/\r?\n/);
  if (!lines.some(line => /^databaseChangeLog\s*:/.test(line))) return [];
  const logical = lines.find(line => /^\s{0,20}-\s+logicalFilePath\s*:/.test(line));
  const head = `databaseChangeLog:\n${logical === undefined ? '' : `${logical.trim()}\n`}`;
  const blocks: { readonly indent: number; readonly lines: string[] }[] = [];
  let open: (typeof blocks)[number] | null = null;
  for (const line of lines) {
    const item = /^(\s{0,20})-\s+(\w+)\s*:/.exec(line);
    if (item !== null && (open === null || (item[1]?.length ?? 0) <= open.indent)) {
      open = item[2] === 'changeSet' ? { indent: item[1]?.length ?? 0, lines: [] } : null;
      if (open !== null) blocks.push(open);
    }
    open?.lines.push(line);
  }
  return blocks.flatMap(({ indent, lines: own }) => {
    const field = (name: string) => {
      const values = own.flatMap(
        line => new RegExp(`^(\\s{0,40})(?:"${name}"|${name})\\s*:\\s*(.{1,1000})$`).exec(line) ?? [],
      );
      return (
        values[2]
          ?.replace(/\s+#.*$/, '')
          .trim()
          .replace(/^(["'])(.*)\1$/, '$2') ?? null
      );
    };
    const [id, author] = [field('id'), field('author')];
    const body = own
      .map(line => line.slice(Math.min(indent, line.search(/\S|$/))))
      .join('\n')
      .trimEnd();
    return id === null || author === null ? [] : [{ id, author, text: `${head}${body}\n` }];
  });
}

function fromJson(text: string): readonly Changeset[] {
  let whole: unknown;
  try {
    whole = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return [];
  }
  const items = fieldOf(whole, 'databaseChangeLog');
  if (!Array.isArray(items)) return [];
  const logical = items.filter(item => typeof fieldOf(item, 'logicalFilePath') === 'string').slice(0, 1);
  return items.flatMap((item: unknown) => {
    const set = fieldOf(item, 'changeSet');
    const [id, author] = [fieldOf(set, 'id'), fieldOf(set, 'author')];
    const named = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';
    if (!named(id) || !named(author)) return [];
    const own = JSON.stringify({ databaseChangeLog: [...logical, { changeSet: set }] }, null, 2);
    return [{ id: String(id), author: String(author), text: `${own}\n` }];
  });
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** The same changelog under the name that the table has for it. */
export function withLogicalPath(path: string, text: string, stored: string): string {
  if (/\.sql$/i.test(path)) return text.replace(/^[^\n]*/, () => `--liquibase formatted sql logicalFilePath:${stored}`);
  if (/\.xml$/i.test(path)) {
    const escaped = stored.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
    const bareRoot = text.replace(
      /(<(?:\w+:)?databaseChangeLog\b[^>]*?)\s+logicalFilePath\s*=\s*(?:"[^"]*"|'[^']*')/,
      '$1',
    );
    return bareRoot.replace(
      /<((?:\w+:)?databaseChangeLog)\b/,
      (_all, name: string) => `<${name} logicalFilePath="${escaped}"`,
    );
  }
  if (/\.json$/i.test(path)) {
    const items: unknown = fieldOf(JSON.parse(text), 'databaseChangeLog');
    const sets = (Array.isArray(items) ? items : []).filter(item => fieldOf(item, 'changeSet') !== undefined);
    return `${JSON.stringify({ databaseChangeLog: [{ logicalFilePath: stored }, ...sets] }, null, 2)}\n`;
  }
  const [head = '', ...rest] = text.split('\n');
  const own = rest.filter(line => !/^-\s+logicalFilePath\s*:/.test(line));
  return [head, `- logicalFilePath: ${JSON.stringify(stored)}`, ...own].join('\n');
}
