/** The command itself, on a copy of the catalogue in a project with one test. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'waveport-contract-'));
for (const folder of ['contract', 'scripts/contract.mjs'])
  cpSync(join(project, folder), join(copy, folder), { recursive: true });
symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'), 'junction');
for (const folder of ['src', 'test']) mkdirSync(join(copy, folder));
cite('WRT-STR-001');
afterAll(() => rmSync(copy, { recursive: true }));

function cite(id: string): void {
  writeFileSync(join(copy, 'src/one.test.ts'), `it('lays out a struct [${id}]', () => {});\n`);
}

function run(...options: string[]) {
  const script = join(copy, 'scripts/contract.mjs');
  return spawnSync(process.execPath, [script, ...options], { encoding: 'utf8' });
}

describe('npm run contract', () => {
  it('prints the table of files and areas', () => {
    const { status, stdout } = run();
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}WRT-STR +3 +1 +2 +0$/m);
    expect(stdout).toMatch(/^total +1326 +1 /m);
  });

  it('lists one area, with the test that shows an entry', () => {
    const { stdout } = run('--area', 'WRT-STR');
    expect(stdout).toMatch(/^WRT-STR: 3 entries, 1 shown, 2 not yet, 0 not applicable$/m);
    expect(stdout).toMatch(/^WRT-STR-001 +shown .* src\/one\.test\.ts$/m);
  });

  it('prints JSON, of all or of one area', () => {
    expect(JSON.parse(run('--json').stdout).total).toMatchObject({ entries: 1326, shown: 1 });
    const area = JSON.parse(run('--json', '--area', 'WRT-STR').stdout);
    expect(area.entries).toHaveLength(3);
    expect(area.entries[0]).toMatchObject({ id: 'WRT-STR-001', state: 'shown' });
  });

  it('writes the page, and says when it is stale', () => {
    expect(run('--check')).toMatchObject({ status: 1, stdout: '' });
    expect(run('--write').status).toBe(0);
    expect(run('--check').status).toBe(0);
    cite('WRT-STR-002');
    expect(run('--check').stderr).toMatch(/docs\/contract\.md is stale/);
  });

  it('refuses to count when a citation is wrong', () => {
    cite('WRT-STR-999');
    const { status, stdout, stderr } = run();
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe('error: src/one.test.ts:1 cites WRT-STR-999, which does not exist\n');
  });

  it('explains itself, and answers a usage error with 2', () => {
    cite('WRT-STR-001');
    const help = run('--help');
    expect(help.status).toBe(0);
    expect(help.stdout).toContain('npm run contract -- --area WRT-MDL');
    const wrong = [['--nonsense'], ['--area'], ['--area', 'WRT-NONE'], ['--write', '--check']];
    for (const options of wrong)
      expect(run(...options), options.join(' ')).toMatchObject({ status: 2, stdout: '' });
  });
});
