/**
 * One recording through one machine with a device that is listened at: what was heard, how the
 * driver set the stream up, which buffers the device completed and when. The same scenario runs on
 * any device that the driver takes; from the same seed pages lie at the same addresses.
 */
import type { DeviceKind } from '../machine/devices.ts';
import { PlaySession } from '../machine/play-session.ts';
import type { StreamKind } from '../machine/stream-kind.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import { Random } from '../sim/random.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { DeviceLog } from './device-log.ts';

export interface StreamScenario {
  readonly rateHz: number;
  readonly bufferMs: number;
  /** What drives the client; absent where the port takes stream packets, which drive it. */
  readonly stream?: StreamKind;
  readonly soundMs: number;
  /** Of the machine, so of the pages, and of the sound. */
  readonly seed: number;
}

export interface StreamEvidence {
  readonly scenario: StreamScenario;
  readonly sent: Uint8Array;
  readonly heard: Uint8Array;
  /** Frames at the ear before the first one of the sound, and how many the driver promised. */
  readonly delayFrames: number;
  readonly promisedFrames: number;
  readonly isBitExact: boolean;
  /** As the driver tells it. */
  readonly fifoBytes: number;
  /** Broken rules and things left behind. */
  readonly complaints: readonly string[];
  readonly log: DeviceLog;
}

const STEREO_MASK = 3;
/** Little enough that hardly anything happens after the end. */
const SLICE_NS = 10_000_000;

/** A name that a person can type back. */
export function scenarioName({ bufferMs, rateHz, seed, stream }: StreamScenario): string {
  return `${stream ?? 'stream packets'} ${rateHz} Hz ${bufferMs} ms seed ${seed}`;
}

/** Plays a scenario's noise. @throws whatever stops a machine */
export function playScenario(
  scenario: StreamScenario,
  kind: DeviceKind,
  driver: DriverModule,
  log: DeviceLog = new DeviceLog(),
): StreamEvidence {
  const { bufferMs, rateHz, seed, stream } = scenario;
  const format = stereo(rateHz);
  const frames = Math.round((rateHz * scenario.soundMs) / 1000);
  const sent = noise(frames * frameBytes(format), seed);
  const parts: Uint8Array[] = [];
  const session = new PlaySession({
    file: soundFile(format, sent),
    device: log.watch(kind),
    driver,
    seed,
    bufferMs,
    ...(stream === undefined ? {} : { stream }),
    heard: () => ({
      write: (bytes, offset, length) => parts.push(bytes.slice(offset, offset + length)),
    }),
  });
  while (!session.step(SLICE_NS));
  const { bitExact, delayFrames, findings, latency, leaks } = session.finish(0);
  return {
    scenario,
    sent,
    heard: joined(parts),
    delayFrames: delayFrames ?? -1,
    promisedFrames: Math.round(latency.totalFrames),
    isBitExact: bitExact,
    fifoBytes: latency.fifoBytes,
    complaints: [...findings, ...leaks],
    log,
  };
}

function stereo(rateHz: number): PcmFormat {
  return {
    rateHz,
    channels: 2,
    validBits: 16,
    containerBits: 16,
    float: false,
    channelMask: STEREO_MASK,
  };
}

/** Bytes of which no two frames are likely to be alike. */
function noise(byteLength: number, seed: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length: byteLength }, () => random.below(256));
}

/** Sound in memory, as a file. */
function soundFile(format: PcmFormat, bytes: Uint8Array): WavFile {
  const size = frameBytes(format);
  return {
    format,
    frames: bytes.length / size,
    warnings: [],
    readFrames: (first, into, offset, count) => {
      const part = bytes.subarray(first * size, (first + count) * size);
      into.set(part, offset);
      return part.length / size;
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
