/**
 * One client's stream out of the capture engine: packets of its own format, one per pass, that it
 * takes in order, turned down by the session's volume. What does not fit because the client was
 * away is lost, and the next packet says so. Source: IAudioCaptureClient::GetBuffer and its flags.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { Process } from '../kernel/io/process.ts';
import type { Ram } from '../kernel/memory/ram.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { type ChannelMap, createChannelMap } from './dsp/channel-map.ts';
import { Dither } from './dsp/dither.ts';
import { type Dsp, FLOAT_PRECISION_BITS } from './dsp/dsp.ts';
import { MIX_ENTRY_BYTES } from './dsp/mix-table.ts';
import { createResampler, type Resampler } from './dsp/resampler.ts';
import { PartMemory } from './session-converter.ts';
import { SessionVolume } from './session-volume.ts';

const FLOAT_BYTES = 4;
const DITHER_SEED = 2;

/** A packet as it waits for the client. The engine fills it anew for each. */
export interface CapturedPacket {
  readonly at: VirtualAddress;
  frames: number;
  /** Client frame of its first frame, from the start of the stream. */
  position: number;
  /** When the first frame was heard, in 100 ns. */
  performanceCounter: number;
  isDiscontinuous: boolean;
}

export interface CaptureSessionConfig {
  readonly dsp: Dsp;
  readonly ram: Ram;
  readonly process: Process;
  readonly format: PcmFormat;
  readonly deviceFormat: PcmFormat;
  readonly bufferFrames: number;
  readonly periodFrames: number;
}

export class CaptureSession {
  readonly format: PcmFormat;
  readonly bufferFrames: number;
  readonly volume: SessionVolume;
  event: Kevent | null = null;
  isRunning = false;
  isInvalidated = false;
  readonly #dsp: Dsp;
  readonly #ram: Ram;
  readonly #memory: PartMemory;
  readonly #map: ChannelMap | null;
  readonly #resampler: Resampler | null;
  /** The device's format is the client's. */
  readonly #isSameFormat: boolean;
  /** A mix table of the one session, whose gains are those of the client's channels. */
  readonly #scaleTableAt: VirtualAddress;
  readonly #scaledAt: VirtualAddress;
  readonly #gains: Float32Array;
  #isTurned = false;
  readonly #mappedAt: VirtualAddress;
  readonly #resampledAt: VirtualAddress;
  readonly #packets: CapturedPacket[] = [];
  readonly #periodFrames: number;
  readonly #framesPerDeviceFrame: number;
  /** Where the client's steps may be coarser than what they are made of; floats have none. */
  readonly #dither: Dither | undefined;
  readonly #isShallower: boolean;
  #convertedAt: VirtualAddress = virtual(0);
  #first = 0;
  #count = 0;
  #position = 0;
  #isInterrupted = true;

  constructor(config: CaptureSessionConfig) {
    const { bufferFrames, deviceFormat, dsp, format, periodFrames, process, ram } = config;
    this.format = format;
    this.#dsp = dsp;
    this.#ram = ram;
    this.#periodFrames = periodFrames;
    this.#framesPerDeviceFrame = format.rateHz / deviceFormat.rateHz;
    this.#memory = new PartMemory(process);
    const { allocate } = this.#memory;
    this.#map = createChannelMap(dsp, deviceFormat, format, allocate);
    this.#resampler =
      deviceFormat.rateHz === format.rateHz
        ? null
        : createResampler(dsp, deviceFormat.rateHz, format.rateHz, format.channels, allocate);
    const isSameSample =
      deviceFormat.containerBits === format.containerBits &&
      deviceFormat.validBits === format.validBits &&
      deviceFormat.float === format.float;
    this.#isSameFormat = isSameSample && this.#map === null && this.#resampler === null;
    const deviceBits = deviceFormat.float ? FLOAT_PRECISION_BITS : deviceFormat.validBits;
    const isWorkedOn = this.#map !== null || this.#resampler !== null;
    this.#isShallower = isWorkedOn || deviceBits > format.validBits;
    this.#dither = format.float ? undefined : new Dither(DITHER_SEED);
    const mostFrames = Math.ceil((periodFrames * format.rateHz) / deviceFormat.rateHz) + 1;
    const floats = (frames: number): VirtualAddress =>
      allocate(frames * format.channels * FLOAT_BYTES, 'own');
    this.#mappedAt = floats(periodFrames);
    this.#resampledAt = floats(mostFrames);
    this.#scaledAt = floats(mostFrames);
    this.#scaleTableAt = allocate(MIX_ENTRY_BYTES, 'own');
    this.#gains = new Float32Array(format.channels);
    this.volume = new SessionVolume(format.channels, () => this.#turn());
    const packetBytes = mostFrames * frameBytes(format);
    const slots = Math.max(1, Math.floor(bufferFrames / mostFrames) + 1);
    this.bufferFrames = bufferFrames;
    for (let slot = 0; slot < slots; slot++) {
      this.#packets.push({
        at: allocate(packetBytes, 'own'),
        frames: 0,
        position: 0,
        performanceCounter: 0,
        isDiscontinuous: false,
      });
    }
  }

  /** The device's own bytes are what the client wants. */
  get isDirect(): boolean {
    return this.#isSameFormat && !this.#isTurned;
  }

  /** Frames that wait, of all packets together. */
  get paddingFrames(): number {
    let frames = 0;
    for (let index = 0; index < this.#count; index++) frames += this.#packet(index).frames;
    return frames;
  }

  /** By how much conversion delays the sound, in frames of the device. */
  get delayFrames(): number {
    return this.#resampler?.delayInputFrames ?? 0;
  }

  /** The oldest packet; null when none waits. */
  get head(): CapturedPacket | null {
    return this.#count === 0 ? null : this.#packet(0);
  }

  /** The client is done with the oldest packet. */
  dropHead(): void {
    if (this.#count === 0) return;
    this.#first = (this.#first + 1) % this.#packets.length;
    this.#count--;
  }

  /**
   * A period of the device has been captured: its bytes at `bytesAt` in two pieces, and the same as
   * floats. `lostFrames` frames of the device before it were lost, and count in positions.
   */
  deliver(
    bytesAt: number,
    firstFrames: number,
    restAt: number,
    floatsAt: VirtualAddress,
    performanceCounter: number,
    lostFrames: number,
  ): void {
    if (lostFrames > 0) {
      this.#isInterrupted = true;
      this.#position += Math.round(lostFrames * this.#framesPerDeviceFrame);
    }
    const isFull = this.#count === this.#packets.length;
    const packet = this.#packet(isFull ? 0 : this.#count);
    const frames = this.isDirect ? this.#periodFrames : this.#convert(floatsAt);
    if (isFull || frames === 0) {
      if (isFull) this.#isInterrupted = true;
      this.#position += frames;
      this.event?.set();
      return;
    }
    if (this.isDirect) this.#copy(packet.at, bytesAt, firstFrames, restAt);
    else this.#write(packet.at, frames);
    packet.frames = frames;
    packet.position = this.#position;
    packet.performanceCounter = performanceCounter;
    packet.isDiscontinuous = this.#isInterrupted;
    this.#isInterrupted = false;
    this.#position += frames;
    this.#count++;
    this.event?.set();
  }

  /** Forgets what waits, and stands at frame 0 again. */
  reset(): void {
    this.#first = 0;
    this.#count = 0;
    this.#position = 0;
    this.#isInterrupted = true;
    this.#resampler?.reset();
  }

  /** The next packet does not follow on what the client has. */
  interrupt(): void {
    this.#isInterrupted = true;
  }

  get positionFrames(): number {
    return this.#position;
  }

  free(): void {
    this.#memory.free();
  }

  #write(at: VirtualAddress, frames: number): void {
    const { channels } = this.format;
    let fromAt = this.#resampler === null ? this.#convertedAt : this.#resampledAt;
    if (this.#isTurned) {
      this.#dsp.setSource(this.#scaleTableAt, 0, fromAt);
      this.#dsp.mix(this.#scaledAt, this.#scaleTableAt, 1, frames, channels);
      fromAt = this.#scaledAt;
    }
    const samples = frames * channels;
    const isDithered =
      (this.#isShallower || this.#isTurned) && !this.#dsp.isSilent(fromAt, samples);
    const dither = isDithered ? this.#dither : undefined;
    this.#dsp.fromFloat(at, fromAt, samples, this.format, dither);
  }

  /** The volume is another one from the next packet on. */
  #turn(): void {
    const { channelVolumes, isUnity } = this.volume;
    this.#isTurned = !isUnity;
    const gain = this.volume.gain(1);
    for (let channel = 0; channel < this.#gains.length; channel++) {
      this.#gains[channel] = gain * (channelVolumes[channel] as number);
    }
    this.#dsp.setGains(this.#scaleTableAt, 0, this.#gains, this.#gains.length);
  }

  #convert(floatsAt: VirtualAddress): number {
    this.#convertedAt = floatsAt;
    if (this.#map !== null) {
      this.#map.process(this.#mappedAt, floatsAt, this.#periodFrames);
      this.#convertedAt = this.#mappedAt;
    }
    if (this.#resampler === null) return this.#periodFrames;
    return this.#resampler.push(this.#resampledAt, this.#convertedAt, this.#periodFrames);
  }

  #copy(toAt: number, bytesAt: number, firstFrames: number, restAt: number): void {
    const size = frameBytes(this.format);
    const { bytes } = this.#ram;
    const firstBytes = firstFrames * size;
    bytes.copyWithin(toAt, bytesAt, bytesAt + firstBytes);
    const restBytes = (this.#periodFrames - firstFrames) * size;
    if (restBytes > 0) bytes.copyWithin(toAt + firstBytes, restAt, restAt + restBytes);
  }

  #packet(index: number): CapturedPacket {
    return this.#packets[(this.#first + index) % this.#packets.length] as CapturedPacket;
  }
}
