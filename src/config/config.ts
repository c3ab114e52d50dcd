/** The config room's front door. */
import { resolve } from 'node:path';
import type { Config } from './contract.ts';
import { createSettings } from './create-settings.ts';
import { findAddress, readDotEnv } from './find-address.ts';
import { readSettings } from './read-settings.ts';
import { rootOf } from './repository-file.ts';

/** Settings and addresses, from the real disk. */
export const createConfig = (): Config => ({
  settings: (root, read) =>
    read === undefined ? readSettings(resolve(root)) : readSettings(resolve(root), textOf(read)),
  address: findAddress,
  create: createSettings,
  dotEnv: file => readDotEnv(rootOf(resolve(file)), resolve(file)),
});

const textOf = (read: (name: string) => string | null) => (name: string) => {
  const text = read(name);
  return text === null ? null : { text };
};
