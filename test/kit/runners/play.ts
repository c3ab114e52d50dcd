/** Play's real evolutions, from Maven's registry, without the rest of a web application. */
import type { Available } from '../available.ts';
import type { FrameworkRunner } from '../fixture-run.ts';
import { DRIVERS, type JavaProgram, javaProgram, jdbcWords } from '../toolchains/jvm.ts';

const VERSION = '3.0.7';

const LIBRARIES = {
  ...DRIVERS,
  'org.playframework:play-jdbc_2.13': VERSION,
  'org.playframework:play-jdbc-evolutions_2.13': VERSION,
} as const;

/** Play's actions, or why it is not here. */
export const playBench = (): Promise<Available<JavaProgram>> => javaProgram('PlayBench', LIBRARIES);

/** Play, or why it is not here. A project's command is the name of its database. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const bench = await playBench();
  if (!bench.here) return bench;
  const { act } = bench.it;
  return {
    here: true,
    it: {
      version: VERSION,
      path: null,
      install: () => undefined,
      apply: async ({ command }, folder, database) => {
        const { code, output } = await act('apply', folder, command[0] ?? 'default', ...jdbcWords(database));
        if (code !== 0) throw new Error(output);
      },
      status: async ({ command }, folder, database) => {
        const { code, output } = await act('status', folder, command[0] ?? 'default', ...jdbcWords(database));
        return { clean: code === 0, said: output };
      },
    },
  };
}
