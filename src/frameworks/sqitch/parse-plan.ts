/** Reads a plan as Sqitch does, and works out the id of every change, in which those of all changes before it are. App::Sqitch::Plan of 1.3.1. */
import { createHash } from 'node:crypto';

/** One change of a plan. */
export interface PlannedChange {
  /** Its scripts' name without the ending: `users`, and `users@v1` for what was reworked after that tag. */
  readonly id: string;
  readonly name: string;
  /** SHA-1 of what the plan says of it and of the id of the change before it. */
  readonly changeId: string;
  readonly note: string;
  /** ISO 8601 in UTC, as the plan has it. */
  readonly plannedAt: string;
  readonly planner: string;
  readonly email: string;
}

/** A tag of a plan: a name for the state after a change. */
export interface PlannedTag {
  /** With its `@`, as the registry has it. */
  readonly tag: string;
  /** SHA-1 of what the plan says of it and of the id of its change. */
  readonly tagId: string;
  readonly changeId: string;
}

export interface Plan {
  readonly project: string;
  readonly changes: readonly PlannedChange[];
  readonly tags: readonly PlannedTag[];
}

const PRAGMA = /^[ \t]*%[ \t]*([a-z-]+)[ \t]*=[ \t]*(.*?)[ \t]*$/;
const WHEN_AND_WHO =
  '[ \\t]+(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ)[ \\t]+([^<>]*?)[ \\t]*<([^<>]+)>[ \\t]*(?:#[ \\t]*(.*))?$';
const LINE = new RegExp(`^[ \\t]*\\+?[ \\t]*([^\\s@[\\]#%+-][^\\s[\\]#]*)[ \\t]*(?:\\[([^\\]]*)\\])?${WHEN_AND_WHO}`);
const TAG = new RegExp(`^[ \\t]*@([^\\s[\\]#]+)(?:${WHEN_AND_WHO})?`);

const unescaped = (note: string): string =>
  note.trim().replace(/\\([nr\\])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter === 'r' ? '\r' : '\\'));

/** Reads a plan; null when the text is none. */
export function parsePlan(text: string): Plan | null {
  const lines = text.split(/\r?\n/);
  const pragmas = new Map(lines.flatMap(line => pragmaIn(line)));
  const project = pragmas.get('project');
  if (project === undefined || project === '') return null;
  const uri = pragmas.get('uri');
  const head = [`project ${project}`, ...(uri === undefined ? [] : [`uri ${uri}`])];
  const changes: PlannedChange[] = [];
  const tags: PlannedTag[] = [];
  const firstTags = new Map<number, string>();
  let parent: string | null = null;
  for (const line of lines.map(each => each.slice(0, 4000))) {
    const [, tag, taggedAt = '', tagger = '', taggerEmail = '', tagNote = ''] = TAG.exec(line) ?? [];
    if (tag !== undefined) {
      for (let at = changes.length - 1; at >= 0 && !firstTags.has(at); at--) firstTags.set(at, tag);
      const says = [...head, `tag @${tag}`, `change ${parent}`, ...signed(tagger, taggerEmail, taggedAt, [], tagNote)];
      if (parent !== null) tags.push({ tag: `@${tag}`, tagId: sha1('tag', says.join('\n')), changeId: parent });
    }
    const [, name, dependencies = '', plannedAt = '', planner = '', email = '', note = ''] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const all = dependencies.split(/[ \t]+/).filter(each => each !== '');
    const own = (each: string) => (each.startsWith(`${project}:`) ? each.slice(project.length + 1) : each);
    const requires = all.filter(each => !each.startsWith('!')).map(own);
    const conflicts = all.filter(each => each.startsWith('!')).map(each => own(each.slice(1)));
    const depends = [
      ...(requires.length === 0 ? [] : ['requires', ...requires.map(each => `  + ${each}`)]),
      ...(conflicts.length === 0 ? [] : ['conflicts', ...conflicts.map(each => `  - ${each}`)]),
    ];
    const above: readonly string[] = parent === null ? [] : [`parent ${parent}`];
    const says = [...head, `change ${name}`, ...above, ...signed(planner, email, plannedAt, depends, note)];
    parent = sha1('change', says.join('\n'));
    changes.push({ id: name, name, changeId: parent, note: unescaped(note), plannedAt, planner, email });
  }
  const last = new Map(changes.map(({ name }, at) => [name, at]));
  return {
    project,
    changes: changes.map((change, at) =>
      last.get(change.name) === at ? change : { ...change, id: `${change.name}@${firstTags.get(at) ?? ''}` },
    ),
    tags,
  };
}

/** The lines of what is hashed from the planner on. */
const signed = (planner: string, email: string, date: string, depends: readonly string[], note: string) => [
  `planner ${planner} <${email}>`,
  `date ${date}`,
  ...depends,
  ...(note.trim() === '' ? [] : ['', unescaped(note)]),
];

const pragmaIn = (line: string): readonly (readonly [string, string])[] => {
  const [, key, value] = PRAGMA.exec(line.slice(0, 4000)) ?? [];
  return key === undefined || value === undefined ? [] : [[key, value]];
};

const sha1 = (kind: string, says: string): string =>
  createHash('sha1')
    .update(`${kind} ${Buffer.byteLength(says)}\0${says}`)
    .digest('hex');
