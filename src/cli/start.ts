/** What `bin/tidemark.js` loads: runs the command line and leaves with its exit code. */
import { main } from './main.ts';

process.stdout.on('error', onNoReader);
process.stderr.on('error', onNoReader);

/**
 * A reader that stops early (`tidemark status | head`) is no fault, nor is a terminal that was closed (EIO; the SIGHUP that comes with it stops
 * what goes on at its next safe point). What was begun goes on unread: a run must not end in its middle, nor say that it is done.
 */
function onNoReader(error: Error): void {
  if (codeOf(error) !== 'EPIPE' && codeOf(error) !== 'EIO') throw error;
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

const argv = process.argv.slice(2);
process.exitCode = await main(argv, process.env, process.cwd());
// Git waits for its hooks: connections that will not close are left behind.
if (argv[0] === 'hook' && argv[1] === 'run') process.exit();
