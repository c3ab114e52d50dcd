/** What `bin/tidemark.js` loads: runs the command line and leaves with its exit code. */
import { main } from './main.ts';

// A reader that stops early (`tidemark status | head`) is no fault.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  throw error;
});

const argv = process.argv.slice(2);
process.exitCode = await main(argv, process.env, process.cwd());
// Git waits for its hooks: connections that will not close are left behind.
if (argv[0] === 'hook' && argv[1] === 'run') process.exit();
