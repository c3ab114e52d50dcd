/** The promises every engine keeps. Each engine's test file says how to get a database and how to write things there, and calls this. */
import { describeWith } from '../kit/available.ts';
import { type EngineFacts, setUpBench } from './bench.ts';
import { describeBackups } from './conformance-backups.ts';
import { describeParking } from './conformance-parking.ts';
import { describeReading } from './conformance-reading.ts';
import { describeSchemas } from './conformance-schema.ts';
import { describeScratch } from './conformance-scratch.ts';
import { describeScripts } from './conformance-scripts.ts';

/** Runs the suite for one engine. */
export function describeEngine<T>(facts: EngineFacts<T>): void {
  describeWith(facts.title, facts.needed, needed => {
    const bench = setUpBench(facts, needed);
    describeReading(bench);
    describeSchemas(bench);
    describeScripts(bench);
    describeBackups(bench);
    describeScratch(bench);
    describeParking(bench);
  });
}
