/** The fault suite alone: the files that the matrix names, with its own count at the end. */
import { mergeConfig } from 'vitest/config';
import { FaultReporter } from '../kit/fault-reporter.ts';
import { SummaryReporter } from '../kit/summary-reporter.ts';
import everything from '../vitest.config.ts';
import { MATRIX } from './matrix.ts';

export default mergeConfig(
  { ...everything, test: { ...everything.test, include: [], reporters: [] } },
  {
    test: {
      include: [...new Set(MATRIX.flatMap(({ trials }) => trials.map(({ file }) => file)))],
      reporters: ['default', new FaultReporter(), new SummaryReporter()],
    },
  },
);
