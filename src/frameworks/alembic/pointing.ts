/**
 * Points Alembic at one database: a launcher in the scratch folder that hands over to Alembic's own main after it has put an engine
 * of ours in place of every engine env.py could make. Everything secret is in the environment.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';
import { ENGINES } from './engines.ts';

/** The launcher, from the scratch folder. */
const LAUNCHER = 'tidemark_alembic.py';

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : []);

/** Folders of revision files, from the repository's root: the user's own choice before what was detected. */
export const versionFolders = ({ settings }: Project): readonly string[] =>
  list(settings['migrations']).length > 0 ? list(settings['migrations']) : list(settings['versions']);

/** Arguments of an Alembic command. */
export function commandOf({ settings }: Project, ...words: readonly string[]): readonly string[] {
  const { config } = settings;
  const files = typeof config === 'string' ? [config] : list(config);
  return [`{scratch}/${LAUNCHER}`, ...files.flatMap(file => ['-c', `{worktree}/${file}`]), ...words];
}

/** Environment and scratch files for one database. */
export function pointAt(_project: Project, target: Target): Pointing {
  return { env: pointedEnv(target), files: [ENGINES, { path: LAUNCHER, text: launcher }] };
}

/** What the module of engines reads. The password stands alone, in the environment only. */
export function pointedEnv({ password, ...shown }: Target): Pointing['env'] {
  return {
    TIDEMARK_TARGET: JSON.stringify(shown),
    TIDEMARK_PASSWORD: password ?? '',
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

const launcher = `"""Runs Alembic on the database Tidemark was asked for, and on no other, whatever env.py says."""
import os
import sys

import tidemark_engines
from alembic.config import main

tidemark_engines.replace_engines()
tidemark_engines.guard(tidemark_engines.is_made)
sys.path.append(os.getcwd())
sys.argv[0] = "alembic"
main(prog="alembic")
`;
