/** Loaded before a measured command (`node --import`): writes its peak memory in kilobytes where PEAK_MEMORY says. JavaScript, as stripping types takes memory too. */
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const file = process.env['PEAK_MEMORY'];
  if (file !== undefined) writeFileSync(file, String(process.resourceUsage().maxRSS));
});
