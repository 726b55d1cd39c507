/**
 * The command line for tests: in this process, with what it prints caught, or as a process of its
 * own from the built package. A workshop is a temporary folder with WAV files made by `wavefile`,
 * which knows nothing of ours.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, vi } from 'vitest';
import wavefile from 'wavefile';
import { main } from '../../src/cli/main.ts';
import { memorySource } from '../../src/wav/byte-stream.ts';
import { openWav, type WavFile } from '../../src/wav/wav-reader.ts';

const root = new URL('../../', import.meta.url);
export const projectFolder = fileURLToPath(root);
export const binary = fileURLToPath(new URL('bin/waveport.mjs', root));
export const driverFile = (name: string): string =>
  fileURLToPath(new URL(`drivers/${name}`, import.meta.url));

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process. */
export async function waveport(...argv: string[]): Promise<CommandResult> {
  let stdout = '';
  let stderr = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
  try {
    return { exitCode: await main(argv), stdout, stderr };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

/** Runs the built command as a process of its own. */
export function waveportProcess(...argv: string[]): CommandResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [binary, ...argv], {
    encoding: 'utf8',
  });
  return { exitCode: status ?? -1, stdout, stderr };
}

export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'waveport-cli-'));

  constructor() {
    afterAll(() => rmSync(this.folder, { recursive: true }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** Folders in the name are made. */
  put(name: string, content: string | Uint8Array): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  get(name: string): Uint8Array {
    return readFileSync(this.path(name));
  }

  /** The file as our reader sees it; its header has to be whole. */
  wav(name: string): WavFile {
    return openWav(memorySource(this.get(name)));
  }

  /** Its samples as they lie in the file. */
  sound(name: string): Uint8Array {
    const file = this.wav(name);
    const bytes = new Uint8Array(
      (file.frames * file.format.channels * file.format.containerBits) / 8,
    );
    file.readFrames(0, bytes, 0, file.frames);
    return bytes;
  }

  /** Noise, 16-bit stereo at 48 kHz. */
  noise(name: string, frames: number): string {
    return this.put(name, noiseFile({ frames }).toBuffer());
  }
}

export interface NoiseOptions {
  readonly frames: number;
  readonly rateHz?: number;
  readonly channels?: number;
  /** The package's name for a sample format: `8`, `16`, `20`, `24`, `32`, `32f`, ... */
  readonly code?: string;
}

/** Noise made of a fixed sequence, as the independent package holds it. */
export function noiseFile(options: NoiseOptions): wavefile.WaveFile {
  const { channels = 2, code = '16', frames, rateHz = 48_000 } = options;
  let state = 12_345;
  const samples = Array.from({ length: frames * channels }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return sampleOf(state, code);
  });
  const file = new wavefile.WaveFile();
  file.fromScratch(channels, rateHz, code, samples);
  return file;
}

function sampleOf(random: number, code: string): number {
  if (code === '32f') return random / 2 ** 31 - 1;
  const bits = Number(code);
  const value = random >>> (32 - bits);
  return bits <= 8 ? value : value - 2 ** (bits - 1);
}
