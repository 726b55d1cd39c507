/** What can be checked without running a test: types, lint and format, generated pages. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tool = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));
const steps = [
  ['types', [tool('typescript/bin/tsc'), '-p', 'tsconfig.test.json']],
  ['lint', [tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']],
  ['contract page', ['scripts/contract.mjs', '--check']],
  ['DDI page', ['scripts/ddi-page.mjs', '--check']],
];

for (const [name, args] of steps) {
  const done = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (done.status !== 0) {
    process.stdout.write(done.stdout ?? '');
    process.stderr.write(done.stderr ?? '');
    console.error(`${name}: FAILED`);
    process.exit(1);
  }
  console.log(`${name}: ok`);
}
