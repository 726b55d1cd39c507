/**
 * Many streams into one device, as applications on Windows have them: each is a WASAPI client with
 * a thread and a recording of its own in memory, and the engine mixes them. What is heard is held
 * against the sum of what was sent, frame by frame: 16-bit sounds that cannot overflow are added
 * exactly, so their sum comes round as often as they do.
 */
import { defined } from '../src/base/assert.ts';
import { ms, type VirtualAddress } from '../src/base/brand.ts';
import { Out } from '../src/base/out.ts';
import { nativeMatcher } from '../src/cli/native-match.ts';
import type { ClientHome } from '../src/client/ks-object.ts';
import type { FrameSource } from '../src/client/render-buffer.ts';
import type { AudioEngine } from '../src/engine/audio-engine.ts';
import type { StreamDrive } from '../src/engine/engine-pin.ts';
import type { SoundSink } from '../src/hardware/endpoint/speaker.ts';
import { startAudioEngine } from '../src/machine/audio-engine.ts';
import type { AudioDevice } from '../src/machine/devices.ts';
import type { Machine } from '../src/machine/machine.ts';
import { bootForPlay } from '../src/machine/play-session.ts';
import { SharedPlayer } from '../src/machine/shared-player.ts';
import { Random } from '../src/sim/random.ts';
import { frameBytes } from '../src/standards/pcm/format.ts';
import { createDeviceEnumerator, eConsole, eRender, type IMMDevice } from '../src/wasapi/index.ts';
import { HDA } from './bare-stream.ts';
import type { Player } from './player.ts';
import { RATE_HZ, STEREO_16 } from './recording.ts';

const SLICE_NS = ms(500);
const FRAME_BYTES = frameBytes(STEREO_16);
/** Of a sound that comes round and round: no whole number of periods, and all of them in cache. */
const LOOP_FRAMES = 5000;
const LOOP_BYTES = LOOP_FRAMES * FRAME_BYTES;
const FULL_SCALE = 0x8000;

/** `streams` recordings of `seconds`, mixed by an engine with that drive. */
export function playMixed(streams: number, seconds: number, drive: StreamDrive): Player {
  return new MixedStreams(streams, seconds, drive);
}

class MixedStreams implements Player {
  readonly machine: Machine<AudioDevice> = bootForPlay({ device: HDA });
  readonly #audio: AudioEngine;
  readonly #players: readonly SharedPlayer[];
  readonly #ear: SumEar;
  readonly #frames: number;

  constructor(streams: number, seconds: number, drive: StreamDrive) {
    const { machine } = this;
    this.#frames = seconds * RATE_HZ;
    this.#audio = startAudioEngine(machine, { drive });
    const endpoint = defined(
      this.#audio.endpoints.find(({ isRender }) => isRender),
      'render endpoint',
    );
    this.#audio.setDeviceFormat(endpoint, STEREO_16);
    const home = { process: machine.openProcess('application'), ram: machine.kernel.ram };
    const device = new Out<IMMDevice | null>(null);
    createDeviceEnumerator(this.#audio, home).getDefaultAudioEndpoint(eRender, eConsole, device);
    const random = new Random(streams);
    const loops = Array.from({ length: streams }, () => quietNoise(random, streams));
    this.#players = loops.map(
      (loop) =>
        new SharedPlayer({
          kernel: machine.kernel,
          home,
          device: defined(device.value, 'default endpoint'),
          format: STEREO_16,
          source: new LoopInMemory(home, loop, this.#frames),
          periodFrames: null,
          volume: 1,
          isMuted: false,
          started: () => {},
          stopping: () => {},
        }),
    );
    const engine = defined(endpoint.renderEngine, 'engine');
    this.#ear = new SumEar(sumOf(loops), engine.passToDeviceFrames + engine.stream.heldFrames);
    machine.device.speaker.sink = this.#ear;
    for (const player of this.#players) player.start();
  }

  step(): boolean {
    this.machine.runFor(SLICE_NS);
    return this.#players.every(({ isDone }) => isDone);
  }

  finish(): void {
    // The engine stops by itself, behind the end of the last stream.
    this.machine.runFor(SLICE_NS);
    for (const player of this.#players) player.close();
    this.#audio.shutDown();
    const leaks = this.machine.shutDown();
    if (leaks.length > 0) throw new Error(`left behind: ${leaks.join(', ')}`);
    this.#ear.check(this.#frames);
  }
}

/** A short sound in the application's memory, over and over, for so many frames. */
class LoopInMemory implements FrameSource {
  readonly #at: VirtualAddress;
  #left: number;
  #place = 0;

  constructor({ process, ram }: ClientHome, loop: Int16Array, frames: number) {
    this.#left = frames;
    this.#at = process.alloc(LOOP_BYTES);
    ram.bytes.set(new Uint8Array(loop.buffer), this.#at);
  }

  read(into: Uint8Array, offset: number, wanted: number): number {
    const bytes = Math.min(wanted, this.#left) * FRAME_BYTES;
    const first = Math.min(bytes, LOOP_BYTES - this.#place);
    const at = this.#at + this.#place;
    into.copyWithin(offset, at, at + first);
    if (bytes > first) into.copyWithin(offset + first, this.#at, this.#at + bytes - first);
    this.#place = (this.#place + bytes) % LOOP_BYTES;
    this.#left -= bytes / FRAME_BYTES;
    return bytes / FRAME_BYTES;
  }
}

/** Holds every frame behind the latency against the sum. */
class SumEar implements SoundSink {
  readonly #match = nativeMatcher();
  /** The loop twice, so that no piece of it has a seam. */
  readonly #sum: Uint8Array;
  #silentFrames: number;
  #comparedFrames = 0;
  #differentAt = -1;

  constructor(sum: Int16Array, latencyFrames: number) {
    this.#silentFrames = latencyFrames;
    const loop = new Uint8Array(sum.buffer);
    this.#sum = new Uint8Array(2 * LOOP_BYTES);
    this.#sum.set(loop);
    this.#sum.set(loop, LOOP_BYTES);
  }

  open(): void {}

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    const skipped = Math.min(this.#silentFrames, byteLength / FRAME_BYTES);
    this.#silentFrames -= skipped;
    const at = offset + skipped * FRAME_BYTES;
    const length = byteLength - skipped * FRAME_BYTES;
    const place = (this.#comparedFrames * FRAME_BYTES) % LOOP_BYTES;
    const isSame = this.#match(bytes, at, this.#sum, place, length);
    if (!isSame && this.#differentAt < 0) this.#differentAt = this.#comparedFrames;
    this.#comparedFrames += length / FRAME_BYTES;
  }

  silence(frames: number): void {
    this.#silentFrames -= Math.min(this.#silentFrames, frames);
  }

  /** @throws Error when fewer frames, or other ones, were heard */
  check(frames: number): void {
    // Behind the end comes silence, which is not the sum; it begins within a block.
    const isWhole = this.#differentAt < 0 ? this.#comparedFrames >= frames : true;
    const isSame = this.#differentAt < 0 || this.#differentAt + RATE_HZ / 10 > frames;
    if (isWhole && isSame) return;
    throw new Error(
      `heard ${this.#comparedFrames} of ${frames} frames, first difference ${this.#differentAt}`,
    );
  }
}

/** A loop that fits into a sum of so many. */
function quietNoise(random: Random, streams: number): Int16Array {
  const range = Math.floor(FULL_SCALE / streams);
  return Int16Array.from({ length: 2 * LOOP_FRAMES }, () => random.below(2 * range) - range);
}

function sumOf(loops: readonly Int16Array[]): Int16Array {
  const sum = new Int16Array(2 * LOOP_FRAMES);
  for (const loop of loops)
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + (loop[at] ?? 0);
  return sum;
}
