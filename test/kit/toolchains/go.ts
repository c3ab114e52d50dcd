/** Real tools written in Go, built once per machine from the module proxy: one folder a tool and version. What is downloaded is removed again. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import { cacheFolder, installedOnce, LONGEST_INSTALL_MS } from './once.ts';

/** A tool to build. */
interface GoTool {
  /** Of its main package: `github.com/pressly/goose/v3/cmd/goose`. */
  readonly path: string;
  readonly version: string;
  /** Build tags, which leave out the engines nobody asks for. */
  readonly tags: readonly string[];
}

const run = promisify(execFile);

/** The absolute path of the built program, or why it is not here. */
export async function goTool({ path, version, tags }: GoTool): Promise<Available<string>> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const identity = JSON.stringify([path, version, tags, process.platform, process.arch]);
  const key = createHash('sha256').update(identity).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `go-${name}-${key}`);
  const work = mkdtempSync(join(tmpdir(), 'tidemark-go-'));
  try {
    await installedOnce(folder, async () => {
      const env = {
        ...process.env,
        GOBIN: join(folder, 'bin'),
        GOPATH: join(work, 'path'),
        GOCACHE: join(work, 'cache'),
        GOFLAGS: '-modcacherw',
        CGO_ENABLED: '0',
      };
      // Not optimised: that is most of what the driver of SQLite, which is C turned into Go, costs.
      const argv = ['install', '-gcflags=all=-N -l', '-ldflags=-s -w', '-tags', tags.join(' '), `${path}@v${version}`];
      await run('go', argv, { cwd: work, env, timeout: LONGEST_INSTALL_MS, maxBuffer: 1 << 26 });
    });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { here: false, because: `${name} cannot be built: ${said.trim().split('\n').slice(-3).join(' ')}` };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return { here: true, it: join(folder, 'bin', name) };
}
