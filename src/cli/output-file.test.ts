import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { OutputFile } from './output-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'waveport-output-'));
afterAll(() => rmSync(folder, { recursive: true }));
const claim = (name: string): OutputFile => new OutputFile(join(folder, name), [], false);

describe('a file that is claimed and never begun', () => {
  it('is gone again, be it behind a link', () => {
    symlinkSync(join(folder, 'target'), join(folder, 'link'));
    for (const name of ['new', 'link']) claim(name).close();
    expect(['new', 'target'].map((name) => existsSync(join(folder, name)))).toEqual([false, false]);
  });

  it('may be gone already, because somebody else removed it', () => {
    const file = claim('removed');
    rmSync(file.path);
    file.close();
    expect(existsSync(file.path)).toBe(false);
  });

  it('is as it was, if it was there', () => {
    writeFileSync(join(folder, 'old'), 'as it was');
    claim('old').close();
    expect(readFileSync(join(folder, 'old'), 'utf8')).toBe('as it was');
  });
});
