import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { FaultReporter } from './kit/fault-reporter.ts';
import { SummaryReporter } from './kit/summary-reporter.ts';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    globalSetup: ['kit/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Tests wait for programs they start more than they compute: one worker fewer than processors would leave half of two idle.
    maxWorkers: Math.max(2, availableParallelism()),
    // A whole run (in CI) is a run of the fault suite too.
    reporters: [
      'default',
      ...(process.env['TIDEMARK_FAULTS'] === '1' ? [new FaultReporter()] : []),
      new SummaryReporter(),
    ],
  },
});
