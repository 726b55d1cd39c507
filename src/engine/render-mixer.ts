/**
 * The mix of one endpoint: a table of the running sessions, one pass over it, and the way from
 * float frames to the device's format. Where one session of the device's own format runs alone and
 * nothing changes it, its bytes are copied as they are; floats, which may be above full scale, by
 * way of the limiter. Nothing here allocates in a pass.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Process } from '../kernel/io/process.ts';
import type { Ram } from '../kernel/memory/ram.ts';
import { frameBytes, isSameFormat, type PcmFormat } from '../standards/pcm/format.ts';
import { Dither } from './dsp/dither.ts';
import { type Dsp, FLOAT_PRECISION_BITS } from './dsp/dsp.ts';
import { MIX_ENTRY_BYTES } from './dsp/mix-table.ts';
import { MixBus } from './mix-bus.ts';
import type { RenderSession } from './render-session.ts';
import { PartMemory } from './session-converter.ts';

const FIRST_TABLE_SESSIONS = 16;
const DITHER_SEED = 1;
const UNSIGNED_SILENCE = 0x80;

export class RenderMixer {
  /** The endpoint's own gain, behind those of the sessions. */
  #master = 1;
  readonly #dsp: Dsp;
  readonly #ram: Ram;
  readonly #deviceFormat: PcmFormat;
  readonly #mixFormat: PcmFormat;
  readonly #deviceFrameBytes: number;
  /** 8-bit samples are unsigned. */
  readonly #silentByte: number;
  readonly #periodFrames: number;
  readonly #process: Process;
  readonly #memory: PartMemory;
  readonly #dither = new Dither(DITHER_SEED);
  readonly #bus: MixBus;
  readonly #running: RenderSession[] = [];
  #tableAt: VirtualAddress;
  #tableSessions = FIRST_TABLE_SESSIONS;
  #passesThrough = false;
  /** Some session has finer steps than the device, or is turned down to such. */
  #isFalling = false;

  constructor(
    dsp: Dsp,
    ram: Ram,
    process: Process,
    deviceFormat: PcmFormat,
    mixFormat: PcmFormat,
    periodFrames: number,
  ) {
    this.#dsp = dsp;
    this.#ram = ram;
    this.#deviceFormat = deviceFormat;
    this.#mixFormat = mixFormat;
    this.#deviceFrameBytes = frameBytes(deviceFormat);
    this.#silentByte = deviceFormat.containerBits === 8 ? UNSIGNED_SILENCE : 0;
    this.#periodFrames = periodFrames;
    this.#process = process;
    this.#memory = new PartMemory(process);
    this.#bus = new MixBus(dsp, deviceFormat, periodFrames, this.#memory.allocate);
    this.#tableAt = process.alloc(this.#tableSessions * MIX_ENTRY_BYTES);
  }

  get master(): number {
    return this.#master;
  }

  set master(gain: number) {
    this.#master = gain;
    this.refresh();
  }

  /** Integers of containers so wide are added as they are. */
  get integerBits(): 16 | 32 {
    return this.#bus.isDouble ? 32 : 16;
  }

  /** The sum left full scale at some time, and was not heard as it was sent. */
  get hasLimited(): boolean {
    return this.#bus.limiter.hasActed;
  }

  /** Sessions in the mix, in the order in which they came. */
  get running(): readonly RenderSession[] {
    return this.#running;
  }

  /** One session's bytes go to the device as they are. */
  get passesThrough(): boolean {
    return this.#passesThrough;
  }

  add(session: RenderSession): void {
    this.#running.push(session);
    this.refresh();
  }

  remove(session: RenderSession): void {
    const index = this.#running.indexOf(session);
    if (index < 0) return;
    this.#running.splice(index, 1);
    this.refresh();
  }

  /** Writes the table anew: sessions or volumes are others than before. */
  refresh(): void {
    const running = this.#running;
    if (running.length > this.#tableSessions) this.#growTable();
    for (let index = 0; index < running.length; index++) this.#setEntry(index);
    const only = running.length === 1 ? running[0] : undefined;
    const isUnity = this.#master === 1 && running.every(({ volume }) => volume.isUnity);
    this.#passesThrough =
      only !== undefined && isUnity && isSameFormat(only.format, this.#deviceFormat);
    this.#isFalling = !isUnity || this.#isDeeper();
  }

  /** The stream begins anew: what was limited before it stopped is forgotten. */
  restart(): void {
    this.#bus.limiter.reset();
  }

  /** Mixes the pass' period into the device's buffer, `firstFrames` of it at one place. */
  mix(pass: number, firstAt: number, firstFrames: number, restAt: number): void {
    const running = this.#running;
    const count = running.length;
    // While the limiter lets go, what is left of the mix may not jump to full loudness.
    if (this.#passesThrough && this.#deviceFormat.float) {
      this.#copyFloats(pass, firstAt, firstFrames, restAt);
    } else if (this.#passesThrough && this.#bus.limiter.gain === 1) {
      this.#copy(pass, firstAt, firstFrames, restAt);
    } else {
      this.#add(pass, firstAt, firstFrames, restAt);
    }
    // A client that wakes may stop its session; the others move up.
    for (let index = 0; index < count; index++) (running[index] as RenderSession).passed();
  }

  free(): void {
    this.#memory.free();
    this.#process.free(this.#tableAt);
  }

  #add(pass: number, firstAt: number, firstFrames: number, restAt: number): void {
    const dsp = this.#dsp;
    const running = this.#running;
    for (let index = 0; index < running.length; index++) {
      const session = running[index] as RenderSession;
      dsp.setSource(this.#tableAt, index, session.provide(pass));
    }
    const bus = this.#bus;
    bus.mix(this.#tableAt, running.length);
    bus.useDither(this.#dither, this.#isFalling);
    bus.write(firstAt as VirtualAddress, 0, firstFrames);
    bus.write(restAt as VirtualAddress, firstFrames, this.#periodFrames - firstFrames);
  }

  /** Below full scale the limiter leaves every bit as it is. */
  #copyFloats(pass: number, firstAt: number, firstFrames: number, restAt: number): void {
    const { at, limiter } = this.#bus;
    const session = this.#running[0] as RenderSession;
    const fromAt = session.provideBytes(pass);
    this.#copyPiece(at, this.#periodFrames, fromAt, session.takenNow);
    limiter.process(at, this.#periodFrames);
    const firstBytes = firstFrames * this.#deviceFrameBytes;
    const restFrames = this.#periodFrames - firstFrames;
    this.#copyPiece(firstAt, firstFrames, at, firstFrames);
    this.#copyPiece(restAt, restFrames, at + firstBytes, restFrames);
  }

  #copy(pass: number, firstAt: number, firstFrames: number, restAt: number): void {
    const session = this.#running[0] as RenderSession;
    const fromAt = session.provideBytes(pass);
    const taken = session.takenNow;
    const first = Math.min(taken, firstFrames);
    this.#copyPiece(firstAt, firstFrames, fromAt, first);
    const restFrom = fromAt + first * this.#deviceFrameBytes;
    this.#copyPiece(restAt, this.#periodFrames - firstFrames, restFrom, taken - first);
  }

  /** `taken` frames of sound, and silence in the rest of the piece. */
  #copyPiece(toAt: number, frames: number, fromAt: number, taken: number): void {
    const size = this.#deviceFrameBytes;
    const { bytes } = this.#ram;
    if (taken > 0) bytes.copyWithin(toAt, fromAt, fromAt + taken * size);
    if (taken < frames) bytes.fill(this.#silentByte, toAt + taken * size, toAt + frames * size);
  }

  #setEntry(index: number): void {
    const { converter, volume } = this.#running[index] as RenderSession;
    const gain = volume.gain(this.#master);
    const gains = converter.isMapped ? gain : volume.channelVolumes.map((own) => own * gain);
    const { channels } = this.#mixFormat;
    this.#dsp.setGains(this.#tableAt, index, gains, channels, converter.integerMask);
  }

  /** Some session has finer steps than the device. */
  #isDeeper(): boolean {
    const { float, validBits } = this.#deviceFormat;
    if (float) return false;
    return this.#running.some(({ converter, format }) => {
      const isResampled = format.rateHz !== this.#deviceFormat.rateHz;
      const bits = format.float ? FLOAT_PRECISION_BITS : format.validBits;
      return isResampled || converter.isMapped || bits > validBits;
    });
  }

  #growTable(): void {
    this.#process.free(this.#tableAt);
    this.#tableSessions = 2 * this.#running.length;
    this.#tableAt = this.#process.alloc(this.#tableSessions * MIX_ENTRY_BYTES);
  }
}
