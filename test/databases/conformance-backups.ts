/** Promises of every engine: a backup brings everything back, and takes away what was made since. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Address, Databases } from '../../src/databases/contract.ts';
import { ProblemError } from '../../src/domain/problem.ts';
import { type Bench, CREATE_HISTORY, HISTORY } from './bench.ts';

/** Backing up and restoring. */
export function describeBackups(bench: Bench): void {
  const { facts, databases, parse, reader, rowsOf, home } = bench;
  describe('backing up', () => {
    it('brings everything back, and takes away what was made since', async () => {
      await bench.place().execute(`${CREATE_HISTORY} ${facts.rich}`);
      const shown = async (): Promise<unknown> => {
        const answers = [];
        for (const query of facts.richShown) answers.push(await bench.place().texts(query));
        return answers;
      };
      const schema = async (): Promise<unknown> => (await reader()).describeSchema([]);
      const [schemaBefore, dataBefore, rowsBefore] = [await schema(), await shown(), await rowsOf(HISTORY)];
      const folder = join(home, 'backups', crypto.randomUUID());
      const backup = await databases.backUp(parse(bench.place().url), folder);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(statSync(backup.file).mode & 0o777).toBe(0o600);
      expect(backup.bytes).toBe(statSync(backup.file).size);
      expect(readdirSync(folder)).toHaveLength(1);

      await bench.place().execute(facts.afterBackup);
      expect(await schema()).not.toEqual(schemaBefore);
      await bench.closeAll();
      await databases.restore(parse(bench.place().url), backup);
      expect(await schema()).toEqual(schemaBefore);
      expect(await shown()).toEqual(dataBefore);
      expect(await rowsOf(HISTORY)).toEqual(rowsBefore);
      expect(readdirSync(folder)).toHaveLength(1);

      const second = await databases.backUp(parse(bench.place().url), folder);
      expect(second.file).not.toBe(backup.file);
      await databases.restore(parse(bench.place().url), second);
      expect(await schema()).toEqual(schemaBefore);
    });

    it('refuses a backup that is not whole, and changes nothing', async () => {
      await bench.place().execute(CREATE_HISTORY);
      const backup = { file: join(home, 'nothing-here'), bytes: 0, madeBy: 'nobody' };
      await expect(databases.restore(parse(bench.place().url), backup)).rejects.toBeInstanceOf(ProblemError);
      expect(await rowsOf(HISTORY)).toHaveLength(3);
    });

    const mayMount = platform() === 'linux' && process.getuid?.() === 0;
    const title = 'leaves no file when the disk is full';
    it.skipIf(!mayMount)(mayMount ? title : `${title} (skipped: only root on Linux can mount one)`, async () => {
      await bench.place().execute(CREATE_HISTORY);
      const full = await onFullDisk(databases, parse(bench.place().url), join(home, 'full'));
      expect(full).toEqual({ code: 'disk', left: ['filler'] });
    });
  });
}

/** Backs up onto a file system without any room, and says what came of it. */
async function onFullDisk(databases: Databases, address: Address, folder: string): Promise<unknown> {
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  try {
    writeFileSync(join(folder, 'filler'), new Uint8Array(64 * 1024));
    const code = await databases.backUp(address, folder).then(
      () => 'it was made',
      error => (error instanceof ProblemError ? error.code : error),
    );
    return { code, left: readdirSync(folder) };
  } finally {
    execFileSync('umount', [folder]);
  }
}
