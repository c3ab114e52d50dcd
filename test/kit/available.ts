/** Suites that need a server or a toolchain: skipped by name on a laptop that lacks it, failed where REQUIRE_ALL=1 (as in CI). */
import { describe, it } from 'vitest';

/** What a suite needs: either it is here, or the reason it is not. */
export type Available<T> = { readonly here: true; readonly it: T } | { readonly here: false; readonly because: string };

/** Two needs as one: here when both are. */
export function both<A, B>(one: Available<A>, other: Available<B>): Available<readonly [A, B]> {
  if (!one.here) return one;
  return other.here ? { here: true, it: [one.it, other.it] } : other;
}

/** A suite that runs with what it needs, or says by name why it does not run. */
export function describeWith<T>(name: string, needed: Available<T>, body: (it: T) => void): void {
  if (needed.here) {
    describe(name, () => body(needed.it));
    return;
  }
  if (process.env['REQUIRE_ALL'] === '1') {
    describe(name, () => {
      it('has what it needs (REQUIRE_ALL=1)', () => {
        throw new Error(needed.because);
      });
    });
    return;
  }
  describe.skip(`${name} (skipped: ${needed.because})`, () => {
    it('needs what is not here', () => undefined);
  });
}
