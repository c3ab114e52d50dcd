/** The real Flyway, from Maven's registry, through its own Java interface: its free edition. */
import type { Available } from '../available.ts';
import type { FrameworkRunner } from '../fixture-run.ts';
import { DRIVERS, type JavaProgram, javaProgram, jdbcWords } from '../toolchains/jvm.ts';

const VERSION = '13.12.1';

const LIBRARIES = {
  ...DRIVERS,
  'org.flywaydb:flyway-core': VERSION,
  'org.flywaydb:flyway-database-postgresql': VERSION,
  'org.flywaydb:flyway-mysql': VERSION,
} as const;

/** Flyway's actions, or why it is not here. */
export const flywayBench = (): Promise<Available<JavaProgram>> => javaProgram('FlywayBench', LIBRARIES);

/** Flyway, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const bench = await flywayBench();
  if (!bench.here) return bench;
  const { act } = bench.it;
  return {
    here: true,
    it: {
      version: VERSION,
      path: null,
      install: () => undefined,
      apply: async (_project, folder, database) => {
        const { code, output } = await act('migrate', folder, ...jdbcWords(database));
        if (code !== 0) throw new Error(output);
      },
      status: async (_project, folder, database) => {
        const { code, output } = await act('info', folder, ...jdbcWords(database));
        return { clean: code === 0, said: output };
      },
    },
  };
}
