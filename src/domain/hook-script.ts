/**
 * The text of `run.sh`, the machine's own part of the hook: decides with git alone whether a migration changed since this worktree was
 * last looked at, and starts Tidemark only then. POSIX; without a change it starts at most one git.
 */
import { HOOK_LIMIT_KEY, HOOK_MODE_KEY } from './hook.ts';
import { findGitDirectory } from './hook-block.ts';

/** What the script is made from. */
interface ScriptFacts {
  readonly node: string;
  readonly script: string;
  readonly guarded: readonly string[];
  readonly inCi: boolean;
  readonly pathspecs: readonly string[];
  readonly folders: readonly string[];
}

/** With this exit code `tidemark hook run` asks for the terminal UI. */
export const OPEN_SCREEN = 10;

/** As every call of git from Tidemark: nothing that is configured is started, nothing fetched, nothing written. */
const SAFE_GIT =
  'GIT_NO_LAZY_FETCH=1 GIT_ALLOW_PROTOCOL=none GIT_OPTIONAL_LOCKS=0 GIT_NO_REPLACE_OBJECTS=1 git --no-pager -c core.fsmonitor=false -c core.quotePath=false -c log.showSignature=false';

/** Beyond this number of folders they are not looked at: each costs two calls of stat. */
const MOST_FOLDERS = 256;

/** The script. Paths that are no UTF-8 keep their lone surrogates: encode before writing. */
export function runScript(facts: ScriptFacts): string {
  const folders = facts.folders.length > MOST_FOLDERS ? [] : facts.folders;
  return [
    '# Made by Tidemark, and made anew by every tidemark command: changes are lost. `tidemark hook uninstall` removes it.',
    'set +eu -f',
    'event=${1-}; [ $# -eq 0 ] || shift',
    'case ${TIDEMARK_SKIP:-0} in 0) ;; *) exit 0 ;; esac',
    ...(facts.inCi ? [] : ['case ${CI:-false} in 0 | false) ;; *) exit 0 ;; esac']),
    ...(facts.pathspecs.length === 0 ? ['exit 0'] : []),
    ...findGitDirectory,
    'm=$g/tidemark/hook',
    'unset GIT_INDEX_FILE GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS',
    `ask() { ${SAFE_GIT} "$@"; }`,
    ...WHICH_EVENT,
    ...IN_THE_MIDDLE,
    ...COMPARE.flatMap(line =>
      line === '@pathspecs'
        ? [`set -- ${facts.pathspecs.map(shellQuoted).join(' ')}`]
        : line === '@folders'
          ? [`for d in ${folders.map(shellQuoted).join(' ')}; do`]
          : [line],
    ),
    ...startIt(facts),
    '',
  ].join('\n');
}

/** Git's settings and pre-commit start one command for several events; arguments (githooks(5)) or pre-commit's variables tell which. */
const WHICH_EVENT = [
  'if [ "$event" = any ]; then',
  '  if [ -n "${PRE_COMMIT_CHECKOUT_TYPE-}" ]; then set -- "${PRE_COMMIT_FROM_REF-}" "${PRE_COMMIT_TO_REF-}" "$PRE_COMMIT_CHECKOUT_TYPE"',
  '  elif [ -n "${PRE_COMMIT_REWRITE_COMMAND-}" ]; then set -- "$PRE_COMMIT_REWRITE_COMMAND"',
  '  elif [ -n "${PRE_COMMIT_IS_SQUASH_MERGE-}" ]; then set -- "$PRE_COMMIT_IS_SQUASH_MERGE"; fi',
  '  case $#:${1-} in 3:*) event=post-checkout ;; 1:amend | 1:rebase) event=post-rewrite ;; 1:*) event=post-merge ;; *) event=post-commit ;; esac',
  'fi',
];

/**
 * Silent in the middle of a bisect, a rebase, or a series of picks. Seen with git 2.31, 2.39 and 2.55: post-rewrite `rebase` runs at the end
 * with the state folder still there; a rebase that only moves forward ends with post-checkout, its `done` being `noop`; `--apply` makes no
 * folder before post-checkout, but the reflog says `rebase (start)`; the last pick of a series runs with one line in `sequencer/todo`.
 */
const IN_THE_MIDDLE = [
  'new= before=HEAD@{1} middle=',
  'if [ -e "$g/BISECT_LOG" ]; then exit 0; fi',
  'if [ -e "$g/rebase-merge" ] || [ -e "$g/rebase-apply" ]; then middle=1; fi',
  'case $event in',
  'post-checkout)',
  '  [ "${3-}" = 1 ] || exit 0',
  '  case $1 in *[!0]*) ;; *) exit 0 ;; esac',
  '  case $2 in *[!0]*) ;; *) exit 0 ;; esac',
  '  before=$1 new=$2',
  '  if [ -n "$middle" ]; then',
  '    l=; [ ! -r "$g/rebase-merge/done" ] || IFS= read -r l <"$g/rebase-merge/done"',
  '    [ "$l" = noop ] || exit 0',
  '  fi ;;',
  'post-rewrite) [ -z "$middle" ] || [ "${1-}" = rebase ] || exit 0 ;;',
  'post-merge) [ -z "$middle" ] || exit 0 ;;',
  'post-commit)',
  '  [ -z "$middle" ] || exit 0',
  '  if [ -r "$g/sequencer/todo" ]; then',
  '    l=; { IFS= read -r l && IFS= read -r l; } <"$g/sequencer/todo" && [ -n "$l" ] && exit 0',
  '  fi ;;',
  '*) exit 0 ;;',
  'esac',
];

/** As git prints keys. */
const lower = (key: string): string => key.toLowerCase();

/**
 * Compared is what this worktree was last looked at with: so what no hook saw (`reset --hard`, `am`) is seen by the next one. What git does
 * not commit (`stash pop`) shows in the times of the folders.
 */
const COMPARE = [
  'seen=; [ ! -r "$m/seen" ] || IFS= read -r seen <"$m/seen"',
  'from=${seen:-$before} to=${new:-HEAD} old=${1-}',
  '@pathspecs',
  'changed=',
  'if [ "$from" != "$to" ]; then ask diff-tree --quiet --no-renames -r "$from" "$to" -- "$@" 2>/dev/null || changed=1; fi',
  'if [ -z "$changed" ]; then',
  '  touched=',
  '  @folders',
  '    if [ "$d" -nt "$m/seen" ]; then touched=1; break; fi',
  '  done',
  '  if [ -n "$touched" ] && [ "$(ask ls-files --cached --others --deleted --exclude-standard -- "$@" 2>/dev/null)" != "$(cat "$m/files" 2>/dev/null)" ]; then changed=1; fi',
  '  if [ -z "$changed" ]; then',
  '    if [ -w "$m/seen" ] && { [ -n "$touched" ] || [ -n "$new" ]; }; then echo "${new:-$seen}" >"$m/seen"; fi',
  '    exit 0',
  '  fi',
  'fi',
  // A rebase begins with a detached HEAD; with reftable the file says nothing.
  'head=; [ ! -r "$g/HEAD" ] || IFS= read -r head <"$g/HEAD"',
  'case $event:$head in',
  'post-checkout:ref:\\ refs/heads/.invalid) ;;',
  'post-checkout:ref:*) head= ;;',
  'esac',
  'if [ "$event" = post-checkout ] && [ -n "$head" ]; then',
  '  case $(ask log -1 -g --format=%gs HEAD 2>/dev/null) in',
  '  rebase* | pull*) [ -n "$middle" ] || ask merge-base --is-ancestor "$old" "$new" 2>/dev/null || exit 0 ;;',
  '  esac',
  'fi',
  'mode= limit=',
  'while read -r key value; do',
  `  case $key in ${lower(HOOK_MODE_KEY)}) mode=$value ;; ${lower(HOOK_LIMIT_KEY)}) limit=$value ;; esac`,
  'done <<SETTINGS',
  `$(ask config --local --get-regexp '^${HOOK_MODE_KEY.replace('.', '\\.')}' 2>/dev/null)`,
  'SETTINGS',
  'if [ "$mode" = off ]; then exit 0; fi',
].map(line => line.replace(/^ +(?=@)/, ''));

/** `git rev-parse --local-env-vars` of git 2.31 to 2.55, and what rebase leaves: all that would point a git started by Tidemark elsewhere. */
const LOCAL_VARIABLES = [
  ...['GIT_ALTERNATE_OBJECT_DIRECTORIES', 'GIT_COMMON_DIR', 'GIT_CONFIG', 'GIT_CONFIG_COUNT', 'GIT_CONFIG_PARAMETERS'],
  ...['GIT_DIR', 'GIT_GRAFT_FILE', 'GIT_IMPLICIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_INTERNAL_SUPER_PREFIX'],
  ...['GIT_NAMESPACE', 'GIT_NO_REPLACE_OBJECTS', 'GIT_OBJECT_DIRECTORY', 'GIT_PREFIX', 'GIT_QUARANTINE_PATH'],
  ...['GIT_REFLOG_ACTION', 'GIT_REPLACE_REF_BASE', 'GIT_SHALLOW_FILE', 'GIT_WORK_TREE'],
];

/** Node by the path it was installed with (with room for young objects, which spares a quarter of the time), else `tidemark` by PATH; never what lies in a tree that git may have changed. */
function startIt({ node, script, guarded }: ScriptFacts): readonly string[] {
  return [
    `unset ${LOCAL_VARIABLES.join(' ')}`,
    `n=${shellQuoted(node)} s=${shellQuoted(script)}`,
    'if [ -x "$n" ] && [ -f "$s" ]; then',
    `  for d in ${guarded.map(shellQuoted).join(' ')}; do`,
    '    if [ "$(cd "$d" 2>/dev/null && pwd -P)" != "$d" ] || [ -n "$(ask -C "$d" ls-files -- . 2>/dev/null)" ]; then exit 0; fi',
    '  done',
    '  tidemark() { "$n" --max-semi-space-size=32 "$s" "$@"; }',
    'else',
    '  p=$(command -v tidemark) || exit 0',
    '  case $p in "$PWD"/*) exit 0 ;; /*) ;; *) exit 0 ;; esac',
    '  tidemark() { "$p" "$@"; }',
    'fi',
    'tidemark hook run "$event" "$g" "$mode" "$limit"',
    `if [ $? -eq ${OPEN_SCREEN} ] && (: </dev/tty) 2>/dev/null; then tidemark </dev/tty >/dev/tty 2>&1; fi`,
    'exit 0',
  ];
}

/** One word of a shell command. */
const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
