/**
 * Makes a clone ready: installs what package-lock.json says and builds, each only when needed.
 * Every npm script that needs it calls it first, so that one command does on a fresh clone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Waveport needs Node 20.19 or later; this is ${process.version}.`);
  process.exit(2);
}

function run(command, args, what) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) {
    process.stdout.write(done.stdout ?? '');
    console.error(`${what} failed.`);
    process.exit(done.status ?? 1);
  }
}

const lock = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
const stamp = new URL('../node_modules/.waveport-lock', import.meta.url);
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.error('Installing the packages of package-lock.json ...');
  // Not `npm ci`: a lock file made on one system lacks other systems' optional binaries, and
  // `ci` then refuses. `--no-save` keeps the lock file as it is.
  const options = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['install', ...options], 'Installing');
  writeFileSync(stamp, lock);
}
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
run(
  process.execPath,
  [tsc, '-b', 'tsconfig.json', 'tsconfig.cli.json', 'tsconfig.testing.json'],
  'Building',
);
