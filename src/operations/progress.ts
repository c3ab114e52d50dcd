/** What operations tell while they work. The command line and the terminal UI listen. */
import type { ParkedSummary } from '../domain/parking.ts';
import type { Step } from '../domain/plan.ts';
import type { RunId } from '../domain/run.ts';

export type ProgressEvent =
  | { readonly event: 'walking'; readonly commits: number; readonly sightings: number }
  | { readonly event: 'reading-database'; readonly database: string }
  | { readonly event: 'rehearsing'; readonly database: string; readonly copy: 'full' | 'schema' }
  | { readonly event: 'rehearsing-step'; readonly index: number; readonly of: number; readonly step: Step }
  | { readonly event: 'proving'; readonly database: string }
  | { readonly event: 'run-began'; readonly run: RunId; readonly planId: string }
  | { readonly event: 'waiting'; readonly what: string }
  | { readonly event: 'backing-up'; readonly database: string }
  | { readonly event: 'backed-up'; readonly file: string; readonly bytes: number; readonly madeBy: string }
  | { readonly event: 'parking'; readonly database: string }
  | { readonly event: 'parked'; readonly set: ParkedSummary }
  | { readonly event: 'putting-back'; readonly sets: readonly string[] }
  | { readonly event: 'step-began'; readonly index: number; readonly of: number; readonly step: Step }
  | { readonly event: 'output'; readonly line: string }
  | {
      readonly event: 'step-ended';
      readonly index: number;
      readonly of: number;
      readonly step: Step;
      readonly notes: readonly string[];
      readonly milliseconds: number;
    }
  | { readonly event: 'restoring'; readonly file: string };

export type Progress = (event: ProgressEvent) => void;
