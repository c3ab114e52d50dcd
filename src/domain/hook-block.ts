/** The few lines that stand in a hook: they find the repository's `run.sh` and hand over. The same everywhere, and harmless where there is none. */
import type { HookEvent, HookManager } from './hook.ts';

const BEGIN = '# >>> tidemark hook v1 >>>';
const END = '# <<< tidemark hook v1 <<<';

/** Where the machine's own part lies, from the git directory shared by all worktrees. */
export const RUN_SCRIPT = 'tidemark/hook/run.sh';

/** A new hook file begins with this. */
const SHEBANG = '#!/bin/sh\n';

/**
 * Finds the git directory `g` and the shared one `c` without starting a program: hooks run at the top of the working tree, with GIT_DIR
 * only set in linked worktrees or by the user (seen with git 2.31, 2.39, 2.55); see gitrepository-layout(5) for `.git` files and `commondir`.
 */
const FIND = [
  'g=${GIT_DIR:-.git}',
  'if [ -f "$g" ]; then IFS= read -r g <"$g"; g=${g#gitdir: }; fi',
  'c=$g',
  'if [ -f "$g/commondir" ]; then IFS= read -r c <"$g/commondir"; case $c in /*) ;; *) c=$g/$c ;; esac; fi',
];

/** Lines that set `g` and `c`. */
export const findGitDirectory: readonly string[] = FIND;

const handOver = (event: string): readonly string[] => [
  `if [ -r "$c/${RUN_SCRIPT}" ]; then set -- ${event} \${1+"$@"}; . "$c/${RUN_SCRIPT}"; fi`,
];

/** The marked block for one event. Its own shell, no input, and never a failure: the hook it stands in goes on as if it were not there. */
function hookBlock(event: HookEvent): string {
  const lines = [...FIND, ...handOver(event)].map(line => `  ${line}`);
  const about = '# Says when the database and this branch part. Taken out with: tidemark hook uninstall';
  return [BEGIN, about, '(', ...lines, ') </dev/null || :', END, ''].join('\n');
}

/** The same as a command for `hook.tidemark.command`. Git adds `"$@"` to it, which the colon swallows. */
export const hookCommand = (): string => `( ${[...FIND, ...handOver('any')].join('; ')} ) </dev/null || :`;

/** Why a file that is there cannot take the block, as a clause about it; null when it can. `text` has one character per byte. */
export function whyNotEditable(text: string, mode: number, needsMode: boolean): string | null {
  if (text.includes('\0')) return 'is a binary program';
  if (text.includes('\r')) return 'has line ends of Windows';
  const shebang = /^#!(.*)/.exec(text)?.[1];
  if (shebang !== undefined && !isPosixShell(shebang)) return `is no shell script but one for ${shebang.trim()}`;
  // Git passes a hook over that may not be executed; making it executable would switch on what somebody switched off.
  if (needsMode && (mode & 0o100) === 0) return 'is not executable, so git does not run it';
  return null;
}

/** Shells that read POSIX text. zsh is left out: it does not split words. */
const isPosixShell = (shebang: string): boolean =>
  /^\s*(\S*\/)?(env\s+(-S\s+)?)?(\S*\/)?(sh|bash|dash|ash|ksh|busybox\s+(a?sh))(\s+-\S+)*\s*$/.test(shebang);

/** A hook with the block, right after its first line if that is a shebang. Whatever block of ours it had is replaced. */
export function withBlock(text: string | null, event: HookEvent): string {
  const rest = text === null ? SHEBANG : withoutBlock(text);
  const end = rest.startsWith('#!') ? rest.indexOf('\n') + 1 || rest.length : 0;
  const head = rest.slice(0, end);
  return `${head}${head === '' || head.endsWith('\n') ? '' : '\n'}${hookBlock(event)}${rest.slice(end)}`;
}

/** A hook without the block. */
export function withoutBlock(text: string): string {
  const start = text.indexOf(`${BEGIN}\n`);
  const end = text.indexOf(`${END}\n`, start);
  return start === -1 || end === -1 ? text : text.slice(0, start) + text.slice(end + END.length + 1);
}

/** Is there nothing left in a hook but what a new one begins with? */
export const isBare = (text: string): boolean => text === '' || text === SHEBANG;

/** Does a hook have the block? */
export const hasBlock = (text: string): boolean => withoutBlock(text) !== text;

/** Does a foreign hook or settings file call Tidemark's script by itself? */
export const callsScript = (text: string): boolean => !hasBlock(text) && text.includes(RUN_SCRIPT);

/** One line that calls the script from anywhere in a working tree; `passed` is what it gets after the event. */
export const callLine = (event: string, passed: string): string =>
  `f=$(git rev-parse --git-common-dir)/${RUN_SCRIPT}; [ ! -r "$f" ] || sh "$f" ${event}${passed === '' ? '' : ` ${passed}`} || :`;

/** What a person adds to a hook manager's settings file. Tried with lefthook 2.2, pre-commit 4.7 and simple-git-hooks 2.14. */
export function snippetFor(manager: HookManager, events: readonly HookEvent[]): string {
  switch (manager) {
    case 'lefthook':
      return events
        .map(event =>
          [`${event}:`, '  commands:', '    tidemark:', `      run: '${callLine(event, '{0}')}'`, ''].join('\n'),
        )
        .join('');
    case 'pre-commit':
      return [
        'repos:',
        '  - repo: local',
        '    hooks:',
        '      - id: tidemark',
        '        name: tidemark',
        '        language: system',
        `        entry: sh -c '${callLine('any', '')}'`,
        '        always_run: true',
        '        pass_filenames: false',
        '        verbose: true',
        `        stages: [${events.join(', ')}]`,
        '',
      ].join('\n');
    case 'simple-git-hooks': {
      const own = Object.fromEntries(events.map(event => [event, callLine(event, '"$@"')]));
      return `${JSON.stringify({ 'simple-git-hooks': own }, null, 2)}\n`;
    }
  }
}

/** The command with which a manager takes its settings file into use. */
export function commandFor(manager: HookManager, events: readonly HookEvent[]): string {
  switch (manager) {
    case 'lefthook':
      return 'lefthook install';
    case 'pre-commit':
      return `pre-commit install ${events.map(event => `-t ${event}`).join(' ')}`;
    case 'simple-git-hooks':
      return 'npx simple-git-hooks';
  }
}
