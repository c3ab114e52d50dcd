/** What `bin/tidemark.js` loads: runs the command line and leaves with its exit code. */
import { main } from './main.ts';

// A reader that stops early (`tidemark status | head`) is no fault.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2), process.env, process.cwd());
