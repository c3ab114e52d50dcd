/** The real Liquibase, from Maven's registry: its own command line, and a `liquibase` program for Tidemark to call. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import type { FrameworkRunner } from '../fixture-run.ts';
import { DRIVERS, type JavaProgram, javaProgram, jdbcWords } from '../toolchains/jvm.ts';

const VERSION = '4.33.0';

/** Liquibase's actions, or why it is not here. */
export const liquibaseBench = (version = VERSION): Promise<Available<JavaProgram>> =>
  javaProgram('LiquibaseBench', {
    ...DRIVERS,
    'org.liquibase:liquibase-core': version,
    'info.picocli:picocli': '4.7.7',
  });

/** Arguments that every command of a project in a folder begins with. */
export function argumentsFor(folder: string): readonly string[] {
  return [
    `--defaults-file=${join(folder, 'liquibase.properties')}`,
    `--search-path=${folder}`,
    '--show-banner=false',
    '--log-level=off',
  ];
}

/** Options of a command that point it at a database. */
export function pointed(database: FixtureDatabase): readonly string[] {
  const [url, user, password] = jdbcWords(database);
  return [`--url=${url}`, ...(user === '' ? [] : [`--username=${user}`, `--password=${password}`])];
}

/** Liquibase, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const bench = await liquibaseBench();
  if (!bench.here) return bench;
  const { act, folder: home } = bench.it;
  return {
    here: true,
    it: {
      version: VERSION,
      path: programFolder(home),
      install: () => undefined,
      apply: async (_project, folder, database) => {
        const { code, output } = await act(...argumentsFor(folder), 'update', ...pointed(database));
        if (code !== 0) throw new Error(output);
      },
      status: async (_project, folder, database) => {
        const pending = await act(...argumentsFor(folder), 'status', ...pointed(database));
        const extra = await act(...argumentsFor(folder), 'unexpected-changesets', ...pointed(database));
        const said = pending.output + extra.output;
        return {
          clean: /is up to date/.test(pending.output) && /contains no unexpected change/.test(extra.output),
          said,
        };
      },
    },
  };
}

/** A folder with a `liquibase` that starts the installed libraries. */
function programFolder(home: string): string {
  const bin = join(home, 'bin');
  const program = join(bin, 'liquibase');
  if (!existsSync(program)) {
    mkdirSync(bin, { recursive: true });
    const main = 'liquibase.integration.commandline.LiquibaseCommandLine';
    writeFileSync(program, `#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -cp '${home}/*' ${main} "$@"\n`);
    chmodSync(program, 0o755);
  }
  return bin;
}
