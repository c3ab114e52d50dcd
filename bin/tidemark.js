#!/usr/bin/env node
// Loads the built command line. Written so that an old Node can still read it and say what is wrong.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Tidemark needs Node.js 22.18 or newer, and this is ${process.versions.node}; inside a clone of Tidemark, npm scripts (npm run demo) use the Node.js it brings along.\n`,
  );
  process.exitCode = 2;
} else {
  // Compiled code is kept between runs, which halves the time to the first line.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import('../dist/start.js');
}
