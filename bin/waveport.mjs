#!/usr/bin/env node
/**
 * Starts the command line. An installed package comes built; a fresh clone does not, and is set up
 * first, with what that prints going to stderr so that stdout stays the command's.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const builtMain = inPackage('dist/cli/main.js');
const setUpScript = inPackage('scripts/set-up.mjs');

async function setUpClone() {
  console.error('waveport: a fresh clone: setting it up first (this happens once) ...');
  const { status, signal } = spawnSync(process.execPath, [setUpScript], {
    stdio: ['ignore', 2, 2],
  });
  // A Ctrl-C that went to both is seen here when the event loop turns.
  await new Promise((resolve) => setImmediate(resolve));
  if (signal === 'SIGINT') stopEarly();
  if (status !== 0) {
    console.error('waveport: setting up failed; "npm run set-up" tries again');
    process.exit(2);
  }
}

/** A reader that leaves, as `head` does, has seen enough: that is no fault of the run. */
function forgiveClosedPipe(stream) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** With --json stdout carries one object whatever happens, be it before there is a command. */
function stopEarly() {
  const argv = process.argv.slice(2);
  const endOfOptions = argv.indexOf('--');
  const options = endOfOptions < 0 ? argv : argv.slice(0, endOfOptions);
  const answer = options.includes('--json') ? '{\n  "error": "stopped by Ctrl-C"\n}\n' : '';
  try {
    writeSync(2, 'waveport: stopped by Ctrl-C\n');
    writeSync(1, answer);
  } finally {
    // Also when nobody reads any more.
    process.exit(130);
  }
}

// Loading the command takes a moment, in which a Ctrl-C would end the process without a word.
process.on('SIGINT', stopEarly);
const isClone = existsSync(setUpScript);
const isReady = existsSync(builtMain) && (!isClone || existsSync(inPackage('node_modules')));
if (!isReady) {
  if (!isClone) {
    console.error('waveport: dist/ is missing from this installation; install the package again');
    process.exit(2);
  }
  await setUpClone();
}
forgiveClosedPipe(process.stdout);
forgiveClosedPipe(process.stderr);
const { main } = await import(new URL('../dist/cli/main.js', import.meta.url).href);
const running = main(process.argv.slice(2));
// The command listens itself by now.
process.off('SIGINT', stopEarly);
const exitCode = await running;
// A driver's forgotten timer must not keep the process alive; what was printed has to get out.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
