/**
 * Java libraries from Maven's registry with a small program of ours over them, compiled once per machine into the cache folder, and run as
 * one process that does one thing after another: the start of a virtual machine costs seconds.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import { cacheFolder, installedOnce, LONGEST_INSTALL_MS } from './once.ts';
import type { Ran } from './recipe.ts';

const execute = promisify(execFile);

/** On PATH. */
const JAVA = 'java';

const SOURCES = join(import.meta.dirname, '../java');

/** The drivers of the three engines; Flyway, Play and Liquibase bring none along. */
export const DRIVERS = {
  'org.xerial:sqlite-jdbc': '3.49.1.0',
  'org.postgresql:postgresql': '42.7.5',
  'org.mariadb.jdbc:mariadb-java-client': '3.5.3',
} as const;

/** Libraries and our program. */
export interface JavaProgram {
  /** Absolute folder of the jars and of the compiled program. */
  readonly folder: string;
  /** Runs one action of the program. Words hold no tabs and no line feeds. */
  act(...words: readonly string[]): Promise<Ran>;
}

/** Installs libraries (`group:artifact` to version) and compiles `test/kit/java/<main>.java` beside them. Says why when there is no JDK, Maven or registry. */
export async function javaProgram(
  main: string,
  libraries: Readonly<Record<string, string>>,
): Promise<Available<JavaProgram>> {
  const sources = ['Serve.java', `${main}.java`].map(name => join(SOURCES, name));
  const identity = [libraries, ...sources.map(source => readFileSync(source, 'utf8'))];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `${main}-${key}`);
  try {
    await installedOnce(folder, async () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'pom.xml'), pom(libraries));
      const quiet = [
        '-q',
        '-B',
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${folder}`,
      ];
      await execute('mvn', quiet, { cwd: folder, timeout: LONGEST_INSTALL_MS });
      await execute('javac', ['-cp', join(folder, '*'), '-d', folder, ...sources], { timeout: LONGEST_INSTALL_MS });
    });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { here: false, because: `${main} cannot be built: ${said.trim().split('\n').slice(-3).join(' ')}` };
  }
  return { here: true, it: { folder, act: served(main, folder) } };
}

const pom = (libraries: Readonly<Record<string, string>>): string => {
  const dependencies = Object.entries(libraries).map(([name, version]) => {
    const [group = '', artifact = ''] = name.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  const own =
    '<modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>bench</artifactId><version>1</version>';
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">${own}<dependencies>${dependencies.join('')}</dependencies></project>`;
};

/** One process, started with the first action. It ends with this one, whose end closes its input. */
function served(main: string, folder: string): JavaProgram['act'] {
  let child: ChildProcess | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const start = (): ChildProcess => {
    const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-cp', `${folder}:${join(folder, '*')}`];
    const started = spawn(JAVA, [...flags, main], { stdio: ['pipe', 'pipe', 'inherit'] });
    started.on('exit', () => (child = null));
    return started;
  };
  const one = (words: readonly string[]): Promise<Ran> =>
    new Promise((resolve, reject) => {
      child ??= start();
      const { stdin, stdout } = child;
      if (stdin === null || stdout === null) throw new Error('java has no input or output');
      let output = '';
      const end = (act: () => void) => {
        stdout.removeAllListeners('data');
        child?.removeAllListeners('close');
        child?.removeAllListeners('error');
        act();
      };
      stdout.on('data', chunk => {
        output += String(chunk);
        const found = /\n\u0004(-?\d+)\r?\n$/.exec(output);
        if (found !== null) end(() => resolve({ code: Number(found[1]), output: output.slice(0, found.index) }));
      });
      child.once('error', error => end(() => reject(error)));
      child.once('close', code => end(() => resolve({ code, output: `java ended with ${code}\n${output}` })));
      stdin.write(`${words.join('\t')}\n`);
    });
  return (...words) => {
    const next = last.then(() => one(words));
    last = next.catch(() => undefined);
    return next;
  };
}

/** Address, user and password as JDBC wants them. */
export function jdbcWords(database: FixtureDatabase): readonly [string, string, string] {
  if (database.file !== null) return [`jdbc:sqlite:${database.file}`, '', ''];
  const { protocol, hostname, port, pathname, username, password } = new URL(database.url);
  const engine = protocol.startsWith('postgres') ? 'postgresql' : 'mariadb';
  return [
    `jdbc:${engine}://${hostname}:${port}${pathname}`,
    decodeURIComponent(username),
    decodeURIComponent(password),
  ];
}
