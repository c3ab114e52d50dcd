/** Progress events as lines; null for those that only move a progress line. */
import { clean } from '../../messages/clean.ts';
import { parkedWords } from '../../messages/parking.ts';
import { stepTitle } from '../../messages/plans.ts';
import { size } from '../../messages/words.ts';
import type { ProgressEvent } from '../../operations/progress.ts';

export function progressLine(event: ProgressEvent, verbose: boolean): string | null {
  switch (event.event) {
    case 'walking':
    case 'reading-database':
      return null;
    case 'rehearsing':
      return `Rehearsing on a copy of ${clean(event.database)}${event.copy === 'full' ? '' : ', without its rows'}.`;
    case 'rehearsing-step':
      return `${event.index + 1}/${event.of}  rehearse: ${stepTitle(event.step)}`;
    case 'proving':
      return `Building the schema that ${clean(event.database)} should have.`;
    case 'run-began':
      return `Run ${event.run}, plan ${event.planId}.`;
    case 'waiting':
      return `Waiting for ${clean(event.what)}.`;
    case 'backing-up':
      return `Backing up ${clean(event.database)}.`;
    case 'backed-up':
      return `Backup: ${clean(event.file)} (${size(event.bytes)}, ${clean(event.madeBy)}).`;
    case 'parking':
      return `Parking what would be destroyed in ${clean(event.database)}.`;
    case 'parked':
      return `Parked ${parkedWords(event.set)} (${event.set.id}).`;
    case 'putting-back':
      return `Putting back ${event.sets.join(', ')}.`;
    case 'step-began':
      return `${event.index + 1}/${event.of}  ${stepTitle(event.step)}`;
    case 'output':
      return verbose ? `      ${clean(event.line)}` : null;
    case 'step-ended':
      return `      done in ${(event.milliseconds / 1000).toFixed(1)} s`;
    case 'restoring':
      return `Restoring ${clean(event.file)}.`;
  }
}
