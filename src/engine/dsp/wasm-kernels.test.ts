import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KERNEL_BINARY } from './kernel-binary.ts';
import { decodeBase64 } from './wasm-kernels.ts';

describe('the committed kernels', () => {
  it('are what the sources compile to', () => {
    const script = fileURLToPath(new URL('../../../scripts/build-kernels.mjs', import.meta.url));
    const done = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect(done.stderr).toBe('');
    expect(done.status).toBe(0);
  });

  it('take less than 16 KiB, and are a WebAssembly module', () => {
    const bytes = decodeBase64(KERNEL_BINARY);
    expect(bytes.length).toBeLessThan(16 * 1024);
    expect([...bytes.subarray(0, 8)]).toEqual([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  });
});

describe('base64', () => {
  it('is read as everybody writes it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
      }),
    );
    expect(() => decodeBase64('AA*A')).toThrow('there is no base64 digit *');
  });
});
