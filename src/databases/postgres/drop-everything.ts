/** The first half of a restore: SQL that drops all a database holds, so that the dump finds it as it found it nowhere. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

// Objects of extensions stay with their extension. Dropping with CASCADE takes dependents along, so each look-up is made anew.
const DROP_OBJECTS = `
DO $drop$
DECLARE thing record; keep text[] := %KEEP%;
BEGIN
  FOR thing IN SELECT evtname FROM pg_event_trigger t WHERE NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e') LOOP
    EXECUTE format('DROP EVENT TRIGGER IF EXISTS %I CASCADE', thing.evtname);
  END LOOP;
  FOR thing IN SELECT pubname FROM pg_publication LOOP
    EXECUTE format('DROP PUBLICATION IF EXISTS %I', thing.pubname);
  END LOOP;
  FOR thing IN SELECT e.extname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE NOT (e.extname = ANY (keep) AND n.nspname IN ('public', 'pg_catalog')) LOOP
    EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', thing.extname);
  END LOOP;
  FOR thing IN SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.relkind = 'S' LOOP
    EXECUTE format('DROP %s IF EXISTS %I.%I CASCADE', CASE thing.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
      WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, thing.nspname, thing.relname);
  END LOOP;
  FOR thing IN SELECT p.oid::regprocedure::text AS called FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i')) LOOP
    EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', thing.called);
  END LOOP;
  FOR thing IN SELECT n.nspname, t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i')) LOOP
    EXECUTE format('DROP TYPE IF EXISTS %I.%I CASCADE', thing.nspname, thing.typname);
  END LOOP;
  FOR thing IN SELECT nspname FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e') LOOP
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', thing.nspname);
  END LOOP;
  PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
END
$drop$;
`;

/** SQL for psql, for a given dump. Extensions that the dump brings back stay as they are, unless their schema goes. */
export async function dropEverything(dump: string): Promise<string> {
  const kept = ['plpgsql'];
  for await (const line of createInterface({ input: createReadStream(dump), crlfDelay: Number.POSITIVE_INFINITY })) {
    const found = /^CREATE EXTENSION IF NOT EXISTS (?:"((?:[^"]|"")+)"|(\w+))/.exec(line);
    const name = found?.[1]?.replaceAll('""', '"') ?? found?.[2];
    if (name !== undefined) kept.push(name);
  }
  const keep = `ARRAY[${kept.map(name => `'${name.replaceAll("'", "''")}'`).join(', ')}]`;
  return `SET client_min_messages = warning;\nSET search_path = '';\n${DROP_OBJECTS.replace('%KEEP%', () => keep)}`;
}
