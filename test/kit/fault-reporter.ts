/** Counts, per engine, which faults of the matrix a test run tried and which held. A fault that no test tried fails the run. */
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { MATRIX } from '../faults/matrix.ts';

const ENGINES = ['SQLite', 'PostgreSQL', 'MariaDB'];

/** Everything else is asked of git, files and processes, with SQLite where a database is needed. */
const engineIn = (name: string): string => ENGINES.find(engine => name.includes(engine)) ?? 'any engine';

export class FaultReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, { tried: number; held: number }>();
    const missing: string[] = [];
    for (const { says, trials, why } of MATRIX) {
      if (why !== undefined) {
        process.stdout.write(`not tried here: ${says} (${why})\n`);
        continue;
      }
      for (const { file, named } of trials) {
        const module = modules.find(each => relative(`${import.meta.dirname}/..`, each.moduleId) === file);
        const tests = [...(module?.children.allTests() ?? [])].filter(test => named.test(test.fullName));
        const ran = tests.filter(test => test.result().state !== 'skipped');
        if (ran.length === 0 && (tests.length === 0 || process.env['REQUIRE_ALL'] === '1'))
          missing.push(`${says}: ${file} ${named}`);
        for (const test of ran) {
          const engine = engineIn(
            `${file.replace(/.*-postgres.*/, 'PostgreSQL').replace(/.*-mysql.*/, 'MariaDB')} ${test.fullName}`,
          );
          const count = counts.get(engine) ?? { tried: 0, held: 0 };
          count.tried += 1;
          if (test.result().state === 'passed') count.held += 1;
          counts.set(engine, count);
        }
      }
    }
    const faults = MATRIX.filter(({ why }) => why === undefined).length;
    const told = [...counts].map(([engine, { tried, held }]) => `${engine} ${held} of ${tried} held`).join(', ');
    process.stdout.write(`${faults} faults of the matrix, tried by tests: ${told}\n`);
    for (const each of missing) process.stdout.write(`no test tries this fault any more: ${each}\n`);
    if (missing.length > 0) process.exitCode = 1;
  }
}
