/**
 * One stream through one machine with a device that is listened at: noise that is played, or silence
 * that is recorded; how the driver set the stream up, which buffers the device completed and when.
 * The same scenario runs on any device that the driver takes; from the same seed pages lie at the
 * same addresses.
 */
import type { DeviceKind } from '../machine/devices.ts';
import type { PlayReport } from '../machine/play-report.ts';
import { type PlayConfig, PlaySession } from '../machine/play-session.ts';
import type { RecordReport } from '../machine/record-report.ts';
import { RecordSession } from '../machine/record-session.ts';
import type { StreamKind } from '../machine/stream-kind.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import { Random } from '../sim/random.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { DeviceLog } from './device-log.ts';
import type { WavePort } from './driver-port.ts';

export interface StreamScenario {
  /** Of the driver, where there are drivers for several. */
  readonly port?: WavePort;
  /** Silence is recorded; sound is played if absent. */
  readonly records?: boolean;
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
  /** Frames at the ear before the first one of the sound, and how many the driver promised. */
  readonly delayFrames: number;
  readonly promisedFrames: number;
  /** What arrived is what was sent, or spoken. */
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
export function scenarioName(scenario: StreamScenario): string {
  const { bufferMs, port, rateHz, records, seed, stream } = scenario;
  const words = [port ?? '', records === true ? 'recording' : '', stream ?? 'stream packets'];
  const name = words.filter((word) => word !== '').join(' ');
  return `${name} ${rateHz} Hz ${bufferMs} ms seed ${seed}`;
}

/** Plays or records what the scenario says. @throws whatever stops a machine */
export function runScenario(
  scenario: StreamScenario,
  kind: DeviceKind,
  driver: DriverModule,
  log: DeviceLog = new DeviceLog(),
): StreamEvidence {
  const { bufferMs, rateHz, seed, soundMs, stream } = scenario;
  const frames = Math.round((rateHz * soundMs) / 1000);
  const config = {
    device: log.watch(kind),
    driver,
    seed,
    bufferMs,
    ...(stream === undefined ? {} : { stream }),
  };
  const run = scenario.records === true ? recordSilence : playNoise;
  const { bitExact, delayFrames, findings, latency, leaks } = run(config, stereo(rateHz), frames);
  return {
    scenario,
    delayFrames: delayFrames ?? -1,
    promisedFrames: Math.round(latency.totalFrames),
    isBitExact: bitExact,
    fifoBytes: latency.fifoBytes,
    complaints: [...findings, ...leaks],
    log,
  };
}

type ScenarioConfig = Omit<PlayConfig, 'file'> & { readonly seed: number };

function playNoise(config: ScenarioConfig, format: PcmFormat, frames: number): PlayReport {
  const file = soundFile(format, noise(frames * frameBytes(format), config.seed));
  const session = new PlaySession({ ...config, file });
  while (!session.step(SLICE_NS));
  return session.finish(0);
}

function recordSilence(config: ScenarioConfig, format: PcmFormat, frames: number): RecordReport {
  const spoken = soundFile(format, new Uint8Array(0));
  const session = new RecordSession({ ...config, spoken, frames });
  while (!session.step());
  return session.finish(0);
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
