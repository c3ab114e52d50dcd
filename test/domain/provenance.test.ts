/** What provenance records of a look, what it makes of it later, and what goes first when there is too much. */
import { describe, expect, it } from 'vitest';
import { type MigrationId, migrationId } from '../../src/domain/migration.ts';
import {
  keptVersions,
  type Look,
  newIn,
  nextLog,
  type ProvenanceLog,
  type ProvenanceRecord,
  type SeenFile,
} from '../../src/domain/provenance.ts';
import { BOUNDS, bounded } from '../../src/domain/provenance-bounds.ts';
import { decodeLog, encodeLog, openLog } from '../../src/domain/provenance-text.ts';

const oid = (text: string): string => Buffer.from(text).toString('hex').padEnd(40, '0').slice(0, 40);
const time = (hour: number): string => `2026-11-21T${String(hour).padStart(2, '0')}:00:00.000Z`;

const seen = (blob: string, more: Partial<SeenFile> = {}): SeenFile => ({
  path: 'db/2.sql',
  blob: oid(blob),
  bytes: 10,
  file: 'untracked',
  witnessed: true,
  kept: true,
  ...more,
});

/** A look in which each entry is `id` or `id@time the row carries`. */
const look = (
  hour: number,
  applied: readonly string[],
  files: Readonly<Record<string, SeenFile>> = {},
  more: { edited?: Readonly<Record<string, SeenFile>>; accepted?: readonly string[] } = {},
): Look => ({
  database: 'd',
  project: 'p',
  at: time(hour),
  head: oid('head'),
  branch: 'main',
  rows: applied.join(),
  applied: applied.map(entry => {
    const [id = '', at] = entry.split('@');
    return { id: migrationId(id), appliedAt: at ?? null };
  }),
  files: new Map(Object.entries(files).map(([id, file]) => [migrationId(id), file])),
  edited: new Map(Object.entries(more.edited ?? {}).map(([id, file]) => [migrationId(id), file])),
  accepted: new Map((more.accepted ?? []).map(id => [migrationId(id), 'said'])),
});

/** The log after looks; a look that has nothing to say leaves it as it is. */
const after = (...looks: readonly Look[]): ProvenanceLog | null =>
  looks.reduce<ProvenanceLog | null>((log, one) => nextLog(log, one) ?? log, null);

const told = (log: ProvenanceLog | null): readonly string[] =>
  (log?.records ?? []).map(
    ({ migration, evidence, file, blob, goneAt }) =>
      `${migration} ${evidence} ${file}${blob === null ? '' : ` ${Buffer.from(blob, 'hex').toString().replaceAll('\0', '')}`}${goneAt === null ? '' : ' gone'}`,
  );

const ids = (...names: readonly string[]): ReadonlySet<MigrationId> => new Set(names.map(migrationId));

describe('a look', () => {
  it.each<[string, readonly Look[], readonly string[]]>([
    ['at an empty table', [look(1, [])], []],
    [
      'at a database for the first time: the row may be much older than the file',
      [look(1, ['1', '2'], { 1: seen('a', { witnessed: false, file: 'as-in-head' }) })],
      ['1 first-look as-in-head a', '2 first-look none'],
    ],
    ['that sees a row come', [look(1, []), look(2, ['2'], { 2: seen('b') })], ['2 appeared untracked b']],
    [
      'that sees a row come while other versions were about',
      [look(1, []), look(2, ['2'], { 2: seen('b', { witnessed: false }) })],
      ['2 unsure untracked b'],
    ],
    [
      'at a row whose file comes later, from another branch',
      [look(1, []), look(2, ['2']), look(3, ['2'], { 2: seen('b') })],
      ['2 first-look untracked b'],
    ],
    ['that sees a row go', [look(1, ['2'], { 2: seen('b') }), look(2, [])], ['2 appeared untracked b gone']],
    [
      'at a row that was taken out and applied again with another text',
      [look(1, []), look(2, ['2'], { 2: seen('b') }), look(3, []), look(4, ['2'], { 2: seen('c') })],
      ['2 appeared untracked c'],
    ],
    [
      'at a row that was applied again between two looks, as its time tells',
      [look(1, []), look(2, ['2@x'], { 2: seen('b') }), look(3, ['2@y'], { 2: seen('c') })],
      ['2 appeared untracked c'],
    ],
    [
      'at a row that comes back from a backup: its time is the old one',
      [look(1, []), look(2, ['2@x'], { 2: seen('b') }), look(3, []), look(4, ['2@x'], { 2: seen('c') })],
      ['2 appeared untracked b'],
    ],
    [
      'at a row that comes back without a file, and without a time',
      [look(1, []), look(2, ['2'], { 2: seen('b') }), look(3, []), look(4, ['2'])],
      ['2 unsure untracked b'],
    ],
    [
      'at an edited file: its new text is kept beside the applied one, once',
      [
        look(1, []),
        look(2, ['2'], { 2: seen('b') }),
        look(3, ['2'], {}, { edited: { 2: seen('c') } }),
        look(4, ['2'], {}, { edited: { 2: seen('c') } }),
      ],
      ['2 appeared untracked b', '2 later untracked c'],
    ],
    [
      'at a file edited over and over: the last three',
      [
        look(1, []),
        look(2, ['2'], { 2: seen('b') }),
        ...['c', 'd', 'e', 'f'].map((text, at) => look(3 + at, ['2'], {}, { edited: { 2: seen(text) } })),
      ],
      ['2 appeared untracked b', '2 later untracked d', '2 later untracked e', '2 later untracked f'],
    ],
    [
      'at an edited file that the user says was applied so',
      [
        look(1, []),
        look(2, ['2'], { 2: seen('b') }),
        look(3, ['2'], {}, { edited: { 2: seen('c') } }),
        look(4, ['2'], {}, { edited: { 2: seen('d') }, accepted: ['2'] }),
      ],
      ['2 said untracked d'],
    ],
  ])('%s', (_says, looks, records) => {
    expect(told(after(...looks))).toEqual(records);
  });

  it('says nothing when nothing is new, and remembers when it last had something to say', () => {
    const log = after(look(1, []), look(2, ['2'], { 2: seen('b') }));
    expect(log?.since).toBe(time(2));
    expect(nextLog(log, look(3, ['2']))).toBeNull();
    expect(newIn(log, look(3, ['2']).applied, ids('2'))).toEqual([]);
  });

  it.each<[string, readonly Look[], Look, ReadonlySet<MigrationId>, readonly string[]]>([
    ['everything at first', [], look(1, ['1', '2']), ids('1'), ['1', '2']],
    ['what was not there', [look(1, ['1'])], look(2, ['1', '2']), ids('2'), ['2']],
    ['a file that came later', [look(1, ['1'])], look(2, ['1']), ids('1'), ['1']],
    ['a row with another time', [look(1, ['1@x'])], look(2, ['1@y']), ids(), ['1']],
    ['a row that had gone', [look(1, ['1']), look(2, [])], look(3, ['1']), ids(), ['1']],
    ['not the row of then', [look(1, ['1@x']), look(2, [])], look(3, ['1@x']), ids(), []],
  ])('wants to see the files of %s', (_says, looks, now, onDisk, wanted) => {
    expect(newIn(after(...looks), now.applied, onDisk).map(({ id }) => id)).toEqual(wanted);
  });

  it('says nothing any more when another has looked since', () => {
    const log = after(look(1, []), look(3, ['2'], { 2: seen('b') }));
    expect(nextLog(log, look(2, []))).toBeNull();
  });

  it('hands out the text of then, the later ones beside it, and nothing of rows that are gone', () => {
    const log = after(
      look(1, []),
      look(2, ['1', '2', '3'], { 2: seen('b'), 3: seen('x') }),
      look(3, ['1', '2'], {}, { edited: { 2: seen('c') } }),
    );
    const kept = keptVersions(log?.records ?? []);
    expect([...kept.keys()]).toEqual(['2']);
    expect(kept.get(migrationId('2'))).toMatchObject({
      blob: oid('b'),
      evidence: 'appeared',
      later: [{ blob: oid('c') }],
    });
  });
});

describe('bounds', () => {
  const record = (id: string, hour: number, more: Partial<ProvenanceRecord> = {}): ProvenanceRecord => ({
    migration: migrationId(id),
    evidence: 'appeared',
    file: 'as-in-head',
    path: id,
    blob: oid(id),
    bytes: 10,
    kept: true,
    appliedAt: null,
    seenAt: time(hour),
    head: null,
    branch: null,
    goneAt: null,
    ...more,
  });
  const log = (since: number, ...records: readonly ProvenanceRecord[]): ProvenanceLog => ({
    database: `d${since}`,
    project: 'p',
    since: time(since),
    rows: '',
    records,
  });
  const kept = (logs: readonly ProvenanceLog[]): readonly string[] =>
    logs.flatMap(({ records }) => records.map(each => `${each.migration}${each.kept ? '' : ' without text'}`));

  it('leave alone what is within them', () => {
    const logs = [log(2, record('a', 1), record('b', 2, { goneAt: time(3) }))];
    expect(bounded(logs)).toEqual(logs);
    expect(BOUNDS).toEqual({ logs: 16, gone: 1000, texts: 10_000, bytes: 33_554_432, bytesOfOne: 1_048_576 });
  });

  it('take the texts of gone rows first, then later ones, then what HEAD had anyway, then the oldest', () => {
    const all = log(
      9,
      record('seen', 1),
      record('newer', 2),
      record('first', 3, { evidence: 'first-look' }),
      record('later', 4, { evidence: 'later' }),
      record('gone', 5, { goneAt: time(6) }),
    );
    const within = (texts: number) => kept(bounded([all], { ...BOUNDS, texts }));
    expect(within(4)).toEqual(['seen', 'newer', 'first', 'later']);
    expect(within(3)).toEqual(['seen', 'newer', 'first', 'later without text']);
    expect(within(2)).toEqual(['seen', 'newer', 'first without text', 'later without text']);
    expect(within(1)).toEqual(['seen without text', 'newer', 'first without text', 'later without text']);
    expect(kept(bounded([all], { ...BOUNDS, bytes: 25 }))).toEqual(within(2));
  });

  it('never let the row of a dropped text look new', () => {
    const [only] = bounded([log(9, record('2', 1))], { ...BOUNDS, texts: 0 });
    expect(newIn(only ?? null, look(10, ['2']).applied, ids('2'))).toEqual([]);
  });

  it('keep no huge text, and count shared texts once', () => {
    const shared = { blob: oid('same'), bytes: 20 };
    const logs = [log(9, record('a', 1, shared), record('b', 2, shared), record('huge', 3, { bytes: 2 ** 21 }))];
    expect(kept(bounded(logs, { ...BOUNDS, bytes: 20 }))).toEqual(['a', 'b', 'huge without text']);
  });

  it('keep a migration with all its files, or none of them', () => {
    const down = (bytes: number) => ({ parts: [{ path: 'db/a.down.sql', blob: oid('down'), bytes }] });
    const logs = (bytes: number) => [log(9, record('a', 2, down(bytes)), record('b', 1))];
    const whole = { ...BOUNDS, bytes: 30, bytesOfOne: 15 };
    expect(kept(bounded(logs(10), whole))).toEqual(['a', 'b']);
    expect(kept(bounded(logs(16), { ...whole, bytes: 99 }))).toEqual(['a without text', 'b']);
    expect(kept(bounded(logs(10), { ...whole, bytes: 25 }))).toEqual(['a', 'b without text']);
    expect(kept(bounded(logs(10), { ...whole, texts: 2 }))).toEqual(['a', 'b without text']);
    expect(kept(bounded(logs(10), { ...whole, texts: 1 }))).toEqual(['a without text', 'b']);
  });

  it('drop the databases that had nothing new for longest, and the rows that went first', () => {
    const logs = [log(1, record('a', 1)), log(3, record('c', 1)), log(2, record('b', 1))];
    expect(kept(bounded(logs, { ...BOUNDS, logs: 2 }))).toEqual(['c', 'b']);
    const gone = log(9, ...[1, 2, 3].map(hour => record(`gone at ${hour}`, 0, { goneAt: time(hour) })));
    expect(kept(bounded([gone], { ...BOUNDS, gone: 2 }))).toEqual(['gone at 2', 'gone at 3']);
  });
});

describe('the text of a log', () => {
  const log = after(
    look(1, ['1']),
    look(2, ['1', 'a\n"b"@2026'], { 'a\n"b"': seen('b', { path: 'db/caf\udce9\t.sql' }) }),
    look(3, ['1', 'a\n"b"@2026'], {}, { edited: { 'a\n"b"': seen('c') } }),
    look(4, []),
  );

  it('gives back what was written, whatever ids and paths hold', () => {
    if (log === null) throw new Error('there is a log');
    expect(decodeLog(encodeLog(log))).toEqual(log);
    expect(encodeLog(log).split('\n')).toHaveLength(log.records.length + 2);
  });

  it('holds the other files of a migration, and reads what was written before there were any', () => {
    const parts = [{ path: 'db/2.down\n"x".sql', blob: oid('down'), bytes: 4 }];
    const with2 = after(look(1, []), look(2, ['1', '2'], { 1: seen('a'), 2: seen('b', { parts }) }));
    if (with2 === null) throw new Error('there is a log');
    expect(decodeLog(encodeLog(with2))).toEqual(with2);
    const [, first = '', second = ''] = encodeLog(with2).split('\n');
    expect(JSON.parse(first)).toHaveLength(10);
    expect(JSON.parse(second)[10]).toEqual([['db/2.down\n"x".sql', oid('down'), 4]]);
    for (const odd of ['7', '[7]', '[["db/x", "../../etc/passwd", 4]]', '[["db/x", null, 4]]'])
      expect(decodeLog(encodeLog(with2).replace(/\[\[[^\]]*\]\]\]$/m, `${odd}]`)), odd).toBeNull();
  });

  it('is opened without being read whole: the open records, all ids, and those of one migration', () => {
    const text = encodeLog(
      after(
        look(1, ['1', '11']),
        look(2, ['1', '11', '2', '3'], { 2: seen('b'), 3: seen('c', { witnessed: false }) }),
        look(3, ['1', '11', '2', '3'], {}, { edited: { 2: seen('d') } }),
        look(4, ['1', '2', '3']),
      ) ?? ({} as ProvenanceLog),
    );
    const opened = openLog(text);
    expect(opened?.open.map(({ migration, evidence }) => `${migration} ${evidence}`)).toEqual([
      '1 first-look',
      '2 appeared',
      '2 later',
    ]);
    expect(opened?.ids()).toEqual(ids('1', '2', '11', '3'));
    expect(opened?.of(migrationId('1')).map(({ migration }) => migration)).toEqual(['1']);
    expect(opened?.of(migrationId('2')).map(({ evidence }) => evidence)).toEqual(['appeared', 'later']);
    expect(opened?.of(migrationId('3'))).toMatchObject([{ evidence: 'unsure', blob: oid('c') }]);
    expect(opened?.of(migrationId('4'))).toEqual([]);
    expect(openLog(encodeLog(log ?? ({} as ProvenanceLog)))?.of(migrationId('a\n"b"'))).toHaveLength(2);
    expect(opened?.whole()?.records).toHaveLength(5);
  });

  it.each([
    ['nothing', ''],
    ['something else', 'hello\n'],
    ['another format', encodeLog(log ?? ({} as ProvenanceLog)).replace('"format":1', '"format":2')],
    ['half a file', encodeLog(log ?? ({} as ProvenanceLog)).slice(0, -20)],
    ['a foreign record', `${encodeLog(log ?? ({} as ProvenanceLog))}{"x":1}\n`],
    ['a record with an unknown word', encodeLog(log ?? ({} as ProvenanceLog)).replace('"later"', '"never"')],
    ['a blob that is none', encodeLog(log ?? ({} as ProvenanceLog)).replaceAll(oid('b'), '../../etc/passwd')],
  ])('is no log when it is %s', (_says, text) => {
    expect(decodeLog(text)).toBeNull();
  });
});
