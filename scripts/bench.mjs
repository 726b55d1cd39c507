/**
 * `npm run bench`: makes the clone ready, builds the benchmarks with the sources they measure into
 * dist-bench, and runs them as plain JavaScript, because a loader would be in the figures.
 */
import './set-up.mjs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json');
run('dist-bench/bench/main.js', ...process.argv.slice(2));
