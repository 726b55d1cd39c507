/** The examples run as they are told to be run, and do what they say. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../examples/', import.meta.url));

describe('examples/wasapi-render.mjs', () => {
  it('plays half a second of a sine at half of full scale, and leaves nothing', () => {
    const run = spawnSync(process.execPath, [`${folder}wasapi-render.mjs`], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    const { heard, leaks, peak, written } = JSON.parse(run.stdout);
    expect(written).toBeGreaterThanOrEqual(24_000);
    expect(heard).toBeGreaterThanOrEqual(24_000);
    // Half of full scale is 16,384; dither moves it by a step.
    expect(Math.abs(peak - 16_384)).toBeLessThanOrEqual(2);
    expect(leaks).toEqual([]);
  });
});
