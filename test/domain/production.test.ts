/** What looks like production, what is near, and when a database's name must be typed out. */
import { describe, expect, it } from 'vitest';
import { productionSigns, type TargetFacts, targetDoubts, targetName } from '../../src/domain/production.ts';

const target = (given: Partial<TargetFacts>): TargetFacts => ({
  engine: 'postgres',
  database: 'shop',
  host: '127.0.0.1',
  socket: null,
  from: 'DATABASE_URL in .env',
  environment: {},
  marker: null,
  ...given,
});
const sqlite = (database: string) => target({ engine: 'sqlite', host: null, database });

describe('signs of production', () => {
  it.each([
    ['a name', target({ database: 'shop_production' }), 'its name is shop_production'],
    ['a short name', target({ database: 'prod' }), 'its name is prod'],
    ['a name in capitals', target({ database: 'SHOP-PROD' }), 'its name is SHOP-PROD'],
    ['a name in humps', target({ database: 'shopProd' }), 'its name is shopProd'],
    ['a name with a number', target({ database: 'prod2' }), 'its name is prod2'],
    ['live', target({ database: 'shop.live' }), 'its name is shop.live'],
    ['the file Rails makes', sqlite('/srv/app/storage/production.sqlite3'), 'its name is production.sqlite3'],
    ['a host', target({ host: 'db.prod.example.com' }), 'its host is db.prod.example.com'],
    ['RDS', target({ host: 'a.b.eu-west-1.rds.amazonaws.com' }), 'its host a.b.eu-west-1.rds.amazonaws.com belongs to'],
    ['Heroku', target({ host: 'ec2-1-2-3-4.compute-1.amazonaws.com' }), 'its host ec2-1-2-3-4.compute-1'],
    ['Supabase', target({ host: 'db.abc.supabase.co' }), 'its host db.abc.supabase.co'],
    ['Neon', target({ host: 'ep-x-pooler.eu-central-1.aws.neon.tech' }), 'its host ep-x-pooler'],
    ['Railway', target({ host: 'monorail.proxy.rlwy.net' }), 'its host monorail.proxy.rlwy.net'],
    ['a variable', target({ environment: { RAILS_ENV: 'production' } }), 'RAILS_ENV is production'],
    [
      'a settings module',
      target({ environment: { DJANGO_SETTINGS_MODULE: 'shop.settings.prod' } }),
      'DJANGO_SETTINGS_MODULE is shop.settings.prod',
    ],
    ['the file of the address', target({ from: 'DATABASE_URL in .env.production' }), 'its address comes from'],
    ['a section of it', target({ from: 'knexfile.js (production.connection)' }), 'its address comes from'],
    ['Rails’ own marker', target({ marker: 'production' }), 'its table ar_internal_metadata says'],
  ])('%s', (_, of, sign) => {
    expect(productionSigns(of)).toEqual([expect.stringMatching(sign.replace(/[.()]/g, '\\$&'))]);
  });

  it.each([
    ['an ordinary one', target({})],
    ['products', target({ database: 'products' })],
    ['livestock', target({ database: 'livestock' })],
    ['reproduction', target({ database: 'reproduction' })],
    ['delivery', sqlite('/srv/delivery.db')],
    ['what is not production', target({ database: 'shop_nonprod', environment: { APP_ENV: 'non-production' } })],
    ['preprod', target({ database: 'pre-prod' })],
    ['other environments', target({ environment: { NODE_ENV: 'development', RAILS_ENV: 'test' }, marker: 'staging' })],
    ['a folder above a file', sqlite('/home/live/production-line/app.db')],
    ['a service of Compose', target({ host: 'postgres' })],
    ['a host like a service', target({ host: 'neon.tech.example.org' })],
  ])('none in %s', (_, of) => {
    expect(productionSigns(of)).toEqual([]);
  });

  it('names every one of them', () => {
    const of = target({ database: 'prod', host: 'x.supabase.com', environment: { NODE_ENV: 'production' } });
    expect(productionSigns(of)).toHaveLength(3);
  });
});

describe('when a name must be typed', () => {
  const fresh = { known: false, others: [] };
  const known = { known: true, others: ['postgres://a@127.0.0.1/shop'] };
  const another = { known: false, others: ['postgres://a@127.0.0.1/shop'] };

  it.each([
    ['a local one, at first', target({}), fresh, []],
    ['a socket, at first', target({ host: 'db', socket: '/run/x' }), fresh, []],
    ['a local one, known', target({}), known, []],
    ['a local one, other than before', target({}), another, [/not the database that this clone changed before, post/]],
    ['another machine, at first', target({ host: 'db' }), fresh, [/not on this machine: its host is db/]],
    ['another machine, once it was named', target({ host: 'db' }), known, []],
    ['another machine, other than before', target({ host: 'db' }), another, [/not on this machine/, /changed before/]],
    ['production, also when known', target({ database: 'prod' }), known, [/looks like production: its name is prod/]],
  ])('%s', (_, of, remembered, doubts) => {
    expect(targetDoubts(of, remembered)).toEqual(doubts.map(doubt => expect.stringMatching(doubt)));
  });

  it.each([
    ['sqlite:services/shop/shop.db', 'shop.db'],
    ['postgres://app@127.0.0.1:5432/shop?sslmode=require', 'shop'],
    ['mysql://app@db/shop', 'shop'],
  ])('%s is called %s', (display, name) => {
    expect(targetName(display)).toBe(name);
  });
});
