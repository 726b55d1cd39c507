/**
 * What is played: seeded noise, so that a lost, late or doubled frame cannot look right. On disk
 * for the runs that other programs take part in, otherwise from memory, where one second of noise
 * comes round again and again.
 */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteViews } from '../src/base/byte-views.ts';
import { openSink } from '../src/cli/wav-files.ts';
import { Random } from '../src/sim/random.ts';
import { frameBytes, type PcmFormat } from '../src/standards/pcm/format.ts';
import type { WavFile } from '../src/wav/wav-reader.ts';
import { WavWriter } from '../src/wav/wav-writer.ts';

export const RATE_HZ = 48_000;
/** Two of them make the cyclic buffer. */
export const PERIOD_FRAMES = 480;
export const PERIODS_PER_SECOND = RATE_HZ / PERIOD_FRAMES;
export const BUFFER_MS = 20;

const FRONT_LEFT_AND_RIGHT = 3;
export const STEREO_16: PcmFormat = {
  rateHz: RATE_HZ,
  channels: 2,
  validBits: 16,
  containerBits: 16,
  float: false,
  channelMask: FRONT_LEFT_AND_RIGHT,
};

const SEED = 20;
const FRAME_BYTES = frameBytes(STEREO_16);
const SHARED_MEMORY = '/dev/shm';
/** Enough for the places in a second at which a client begins to read. */
const NOISE_VIEWS = 8192;

/** A recording in memory that lasts `seconds`. */
export function recordingInMemory(seconds: number): WavFile {
  const noise = makeNoise(new Random(SEED));
  const frames = seconds * RATE_HZ;
  const views = new ByteViews(NOISE_VIEWS);
  return {
    format: STEREO_16,
    frames,
    warnings: [],
    readFrames(firstFrame, into, offset, wanted) {
      const count = Math.max(0, Math.min(wanted, frames - firstFrame));
      for (let done = 0; done < count; ) {
        const place = (firstFrame + done) % RATE_HZ;
        const part = Math.min(count - done, RATE_HZ - place);
        const from = place * FRAME_BYTES;
        views.copy(noise, from, part * FRAME_BYTES, into, offset + done * FRAME_BYTES);
        done += part;
      }
      return count;
    },
  };
}

/** Writes `seconds` of noise that never repeats, as a WAV file and as its samples alone. */
export function writeRecording(wavPath: string, rawPath: string, seconds: number): void {
  const random = new Random(SEED);
  const wav = openSink(wavPath);
  const raw = openSink(rawPath);
  const writer = new WavWriter(wav, STEREO_16);
  for (let second = 0; second < seconds; second++) {
    const noise = makeNoise(random);
    writer.write(noise, 0, noise.length);
    raw.write(second * noise.length, noise);
  }
  writer.finish();
  wav.close();
  raw.close();
}

/** Runs `work` with a folder of its own, in memory where the host has that, and removes it. */
export async function withScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(scratchRoot(), 'waveport-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function scratchRoot(): string {
  try {
    accessSync(SHARED_MEMORY, constants.W_OK);
    return SHARED_MEMORY;
  } catch {
    return tmpdir();
  }
}

/** One second. */
function makeNoise(random: Random): Uint8Array {
  const noise = new Uint32Array(RATE_HZ);
  for (let frame = 0; frame < noise.length; frame++) noise[frame] = random.next();
  return new Uint8Array(noise.buffer);
}
