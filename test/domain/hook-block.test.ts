/** The block comes and goes without a trace in any text, and only where a POSIX shell reads it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOOK_EVENTS, hookLimit, hookMode } from '../../src/domain/hook.ts';
import {
  callsScript,
  hasBlock,
  hookCommand,
  isBare,
  snippetFor,
  whyNotEditable,
  withBlock,
  withoutBlock,
} from '../../src/domain/hook-block.ts';
import { runScript } from '../../src/domain/hook-script.ts';

const event = fc.constantFrom(...HOOK_EVENTS);
/** Hooks as people write them: a first line or none, any lines, a last line feed or none. */
const hook = fc
  .tuple(
    fc.constantFrom('', '#!/bin/sh\n', '#!/usr/bin/env bash\n', '#!/bin/sh -eu\n'),
    fc.array(fc.constantFrom('', 'exit 0', 'echo "$@"', '# >>> tidemark hook v1', 'cat <<EOF', '\xe9'), {
      maxLength: 6,
    }),
    fc.boolean(),
  )
  .map(([first, lines, ends]) => `${first}${lines.join('\n')}${ends ? '\n' : ''}`);

describe('the block', () => {
  it('goes without a trace, but for a line feed after a first line that had none', () => {
    fc.assert(
      fc.property(hook, event, (text, name) => {
        const there = withBlock(text, name);
        expect(hasBlock(there)).toBe(true);
        expect(withoutBlock(there)).toBe(text);
        expect(withBlock(there, name)).toBe(there);
      }),
    );
    expect(withoutBlock(withBlock('#!/bin/sh', 'post-merge'))).toBe('#!/bin/sh\n');
  });

  it('stands right after the first line, or first of all', () => {
    expect(withBlock('#!/bin/sh\nexit 0\n', 'post-merge')).toMatch(/^#!\/bin\/sh\n# >>> tidemark/);
    expect(withBlock('exit 0\n', 'post-merge')).toMatch(/^# >>> tidemark/);
    expect(isBare(withoutBlock(withBlock(null, 'post-merge')))).toBe(true);
  });

  it('is known from a call by hand', () => {
    expect(callsScript(withBlock(null, 'post-merge'))).toBe(false);
    expect(callsScript(hookCommand())).toBe(true);
    for (const manager of ['lefthook', 'pre-commit', 'simple-git-hooks'] as const)
      expect(callsScript(snippetFor(manager, HOOK_EVENTS))).toBe(true);
  });

  it.each([
    ['#!/bin/sh\n', null],
    ['#! /bin/sh -e\n', null],
    ['#!/usr/bin/env bash\n', null],
    ['#!/usr/bin/env -S bash -eu\n', null],
    ['#!/usr/local/bin/dash\n', null],
    ['#!/bin/busybox sh\n', null],
    ['echo\n', null],
    ['#!/usr/bin/env zsh\n', 'is no shell script but one for /usr/bin/env zsh'],
    ['#!/usr/bin/python3\n', 'is no shell script but one for /usr/bin/python3'],
    ['#!/bin/shell-like\n', 'is no shell script but one for /bin/shell-like'],
    ['#!/bin/sh\r\n', 'has line ends of Windows'],
    ['\x7fELF\0', 'is a binary program'],
  ])('%j: %s', (text, why) => {
    expect(whyNotEditable(text, 0o755, true)).toBe(why);
  });
});

describe('the script', () => {
  const facts = { node: '/n', script: '/s', guarded: [], inCi: false, folders: [] };

  it('quotes what it is given', () => {
    const text = runScript({ ...facts, pathspecs: [":(glob)it's/$(touch x)/*.sql"], folders: ["it's"] });
    expect(text).toContain("set -- ':(glob)it'\\''s/$(touch x)/*.sql'\n");
    expect(text).toContain("for d in 'it'\\''s'; do\n");
  });

  it('does nothing where there are no migrations', () => {
    expect(runScript({ ...facts, pathspecs: [] })).toMatch(/\nexit 0\n/);
  });

  it('does not look at more folders than it can at once', () => {
    const folders = Array.from({ length: 300 }, (_, index) => `app${index}/migrations`);
    expect(runScript({ ...facts, pathspecs: ['x'], folders })).not.toContain('app1/');
  });
});

describe('settings', () => {
  it.each([
    [undefined, 2000],
    ['', 2000],
    ['0.5', 500],
    ['0', 2000],
    ['-1', 2000],
    ['soon', 2000],
    ['100000', 2000],
    ['60', 60_000],
  ])('a limit of %j is %d ms', (text, limit) => expect(hookLimit(text)).toBe(limit));

  it('a mode that is not known is report', () => {
    expect(hookMode('ask')).toBe('ask');
    expect(hookMode('')).toBe('report');
    expect(hookMode(undefined)).toBe('report');
  });
});
