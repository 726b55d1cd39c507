/**
 * The C build of the engine's kernels (bench/peers/dsp-peer.c), compiled into a folder of its own
 * when the benchmark runs, with SSE2 only, as WebAssembly SIMD has it, and without fused
 * multiply-add, which would change the results. Without a compiler its rows stay empty.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Taken } from './rounds.ts';

// From dist-bench/bench/, where the compiled benchmark runs.
const SOURCE = fileURLToPath(new URL('../../bench/peers/dsp-peer.c', import.meta.url));
const FLAGS = ['-std=c11', '-O3', '-ffp-contract=off'];

export interface CRun {
  readonly taken: Taken;
  /** FNV-1a of the last block's output. */
  readonly hash: string;
}

export class CPeer {
  readonly #folder: string;
  readonly #program: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#program = join(folder, 'dsp-peer');
  }

  /** Null when there is no C compiler called gcc or cc. @throws Error when it does not compile */
  static compile(): CPeer | null {
    const compiler = ['gcc', 'cc'].find((name) => spawnSync(name, ['--version']).status === 0);
    if (compiler === undefined) return null;
    const peer = new CPeer(mkdtempSync(join(tmpdir(), 'waveport-dsp-')));
    const done = spawnSync(compiler, [...FLAGS, SOURCE, '-o', peer.#program, '-ldl'], {
      encoding: 'utf8',
    });
    if (done.status === 0) return peer;
    peer.remove();
    throw new Error(`${compiler} could not compile ${SOURCE}:\n${done.stderr}`);
  }

  /** Writes a file that a run can read, and returns its path. */
  write(name: string, bytes: Uint8Array): string {
    const path = join(this.#folder, name);
    writeFileSync(path, bytes);
    return path;
  }

  /** Whether libsoxr is there to be loaded. */
  get hasSoxr(): boolean {
    return spawnSync(this.#program, ['soxr', '1']).status === 0;
  }

  /** One run; the program tells its own processor time, without its start. */
  run(...words: readonly (string | number)[]): CRun {
    const done = spawnSync(this.#program, words.map(String), { encoding: 'utf8' });
    const [seconds = '', hash = ''] = done.stdout.trim().split(' ');
    if (done.status !== 0 || !(Number(seconds) > 0)) throw new Error(`dsp-peer ${words[0]} failed`);
    return { taken: { wallSeconds: Number(seconds), cpuSeconds: Number(seconds) }, hash };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
