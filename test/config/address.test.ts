/** Of all places that may say the address, the one nearest to the user counts, and relative paths mean what they mean there. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createConfig } from '../../src/config/config.ts';
import type { AddressSource } from '../../src/config/contract.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-address-'));
const config = createConfig();
let root = '';
let shop = '';

beforeEach(() => {
  root = mkdtempSync(join(scratch, 'repository-'));
  shop = join(root, 'apps', 'shop');
  mkdirSync(join(root, '.git'));
  mkdirSync(shop, { recursive: true });
});
afterAll(() => rmSync(scratch, { recursive: true }));

function address(
  env: Readonly<Record<string, string | undefined>> = {},
  more: { readonly flag?: string; readonly database?: string; readonly projectRoot?: string } = {},
): AddressSource | null {
  const { flag = null, database, projectRoot = shop } = more;
  const project = { framework: 'knex', root: 'apps/shop', ...(database === undefined ? {} : { database }) };
  return config.address({ flag, env, cwd: join(root, 'docs'), repositoryRoot: root, projectRoot, project });
}

describe('the address', () => {
  it('comes from the first of all places that say one', () => {
    const env: Record<string, string> = {
      TIDEMARK_DATABASE_URL: 'sqlite:2',
      SHOP_URL: 'sqlite:3',
      DATABASE_URL: 'sqlite:5',
    };
    writeFileSync(join(shop, '.env'), 'DATABASE_URL=sqlite:7\nTIDEMARK_DATABASE_URL=sqlite:6\n');
    writeFileSync(join(root, '.env'), 'TIDEMARK_DATABASE_URL=sqlite:8\nDATABASE_URL=sqlite:9\n');
    writeFileSync(join(root, 'tidemark.config.json'), '{}');
    const docs = join(root, 'docs');

    expect(address(env, { flag: 'sqlite:1', database: '$SHOP_URL' })).toEqual({
      text: 'sqlite:1',
      from: '--database',
      base: docs,
    });
    expect(address(env, { database: '$SHOP_URL' })).toEqual({
      text: 'sqlite:2',
      from: 'TIDEMARK_DATABASE_URL',
      base: docs,
    });
    delete env['TIDEMARK_DATABASE_URL'];
    expect(address(env, { database: '$SHOP_URL' })).toEqual({ text: 'sqlite:3', from: 'SHOP_URL', base: shop });
    expect(address(env, { database: 'sqlite:4' })).toEqual({
      text: 'sqlite:4',
      from: '"database" in tidemark.config.json',
      base: shop,
    });
    expect(address(env)).toEqual({ text: 'sqlite:5', from: 'DATABASE_URL', base: shop });
    delete env['DATABASE_URL'];
    expect(address(env)).toEqual({ text: 'sqlite:6', from: 'TIDEMARK_DATABASE_URL in apps/shop/.env', base: shop });
    writeFileSync(join(shop, '.env'), 'DATABASE_URL=sqlite:7\n');
    expect(address(env)).toEqual({ text: 'sqlite:7', from: 'DATABASE_URL in apps/shop/.env', base: shop });
    writeFileSync(join(shop, '.env'), 'DATABASE_URL=\n');
    expect(address(env)).toEqual({ text: 'sqlite:8', from: 'TIDEMARK_DATABASE_URL in .env', base: root });
    writeFileSync(join(root, '.env'), 'DATABASE_URL=sqlite:9\n');
    expect(address(env)).toEqual({ text: 'sqlite:9', from: 'DATABASE_URL in .env', base: root });
    rmSync(join(root, '.env'));
    expect(address(env)).toBeNull();
  });

  it('is not said by an empty variable', () => {
    expect(address({ TIDEMARK_DATABASE_URL: '', DATABASE_URL: ' ' })).toBeNull();
  });

  it('may be in a variable that only a .env sets', () => {
    writeFileSync(join(root, '.env'), 'HOST=db\nSHOP_URL=mysql://app@$HOST/shop\nDATABASE_URL=sqlite:other\n');
    expect(address({}, { database: '$SHOP_URL' })).toEqual({
      text: 'mysql://app@db/shop',
      from: 'SHOP_URL in .env',
      base: root,
    });
  });

  it('is never taken from another place because the settings’ own variable is not set', () => {
    writeFileSync(join(root, 'package.json'), '{}');
    expect(() => address({ DATABASE_URL: 'sqlite:other', SHOP_URL: '' }, { database: '$SHOP_URL' })).toThrow(
      expect.objectContaining({
        code: 'bad-settings',
        facts: {
          file: join(root, 'package.json'),
          complaints: ['"database" names $SHOP_URL, which neither the environment nor a .env sets.'],
        },
      }),
    );
  });

  it('is not read through a link out of the repository, and only when it comes to that', () => {
    writeFileSync(join(scratch, 'theirs.env'), 'DATABASE_URL=sqlite:theirs');
    symlinkSync(join(scratch, 'theirs.env'), join(root, '.env'));
    expect(() => address()).toThrow(expect.objectContaining({ code: 'bad-settings' }));
    expect(address({ DATABASE_URL: 'sqlite:5' })?.text).toBe('sqlite:5');
  });

  it('takes the project’s folder from the repository’s root', () => {
    expect(address({ DATABASE_URL: 'sqlite:5' }, { projectRoot: 'apps/shop' })?.base).toBe(shop);
    expect(address({ DATABASE_URL: 'sqlite:5' }, { projectRoot: '.' })?.base).toBe(root);
  });
});
