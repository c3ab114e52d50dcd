/** What `bin/tidemark.js` loads: runs the command line and leaves with its exit code. */
import { main } from './main.ts';

// A reader that stops early (`tidemark status | head`) is no fault.
process.stdout.on('error', error => {
  if (codeOf(error) === 'EPIPE') process.exit(0);
  onClosedTerminal(error);
});
process.stderr.on('error', onClosedTerminal);

/** A terminal that was closed gives EIO: the SIGHUP that comes with it stops what goes on at its next safe point, and that takes a while. */
function onClosedTerminal(error: Error): void {
  if (codeOf(error) !== 'EIO') throw error;
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

const argv = process.argv.slice(2);
process.exitCode = await main(argv, process.env, process.cwd());
// Git waits for its hooks: connections that will not close are left behind.
if (argv[0] === 'hook' && argv[1] === 'run') process.exit();
