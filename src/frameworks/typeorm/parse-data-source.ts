/** Reads the text of a file that exports a `DataSource`. Nothing is run. */
import { textOf } from '../js-settings.ts';
import { entryOf, exportedValue, type JsValue } from '../js-values.ts';

/** What its options say, as far as they stand in its text. */
export interface DataSourceSettings {
  readonly type: string | null;
  readonly table: string;
  readonly schema: string | null;
  /** Globs as written, and whether they begin at the file's own folder. */
  readonly globs: readonly { readonly glob: string; readonly fromFile: boolean }[];
  /** False where the options ask for no transactions at all. */
  readonly transactions: boolean;
  readonly options: JsValue;
}

/** Does the text make a data source? */
export const makesDataSource = (text: string): boolean =>
  text.includes('typeorm') && /\bnew\s{1,20}DataSource\s{0,20}\(/.test(text);

/** Reads the options, with TypeORM's defaults where they say nothing. */
export function parseDataSource(text: string): DataSourceSettings {
  const options = optionsIn(exportedValue(text));
  const said = (name: string): string | null => textOf(entryOf(options, name));
  const migrations = entryOf(options, 'migrations');
  return {
    type: said('type'),
    table: said('migrationsTableName') ?? 'migrations',
    schema: said('schema'),
    globs: migrations?.kind === 'list' ? migrations.items.flatMap(globOf) : [],
    transactions: said('migrationsTransactionMode') !== 'none',
    options,
  };
}

/** The options of the one data source among what a file exports. */
function optionsIn(exported: JsValue): JsValue {
  if (exported.kind !== 'object') return { kind: 'unknown' };
  if (exported.entries.has('type') || exported.entries.has('migrations')) return exported;
  const candidates = [...exported.entries.values()].filter(each => each.kind === 'object');
  return candidates.find(each => entryOf(each, 'type') !== null) ?? candidates[0] ?? { kind: 'unknown' };
}

const globOf = (value: JsValue) =>
  value.kind === 'text' && /[/*.]/.test(value.text) ? [{ glob: value.text, fromFile: value.fromFile }] : [];
