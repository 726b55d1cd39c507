/**
 * The mix of one endpoint: a table of the running sessions, one pass over it, and the way from
 * float frames to the device's format. Where one session of the device's own format runs alone and
 * nothing changes it, its bytes are copied as they are. Nothing here allocates in a pass.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Process } from '../kernel/io/process.ts';
import type { Ram } from '../kernel/memory/ram.ts';
import { frameBytes, isSameFormat, type PcmFormat } from '../standards/pcm/format.ts';
import { Dither } from './dsp/dither.ts';
import type { Dsp } from './dsp/dsp.ts';
import type { Limiter } from './dsp/limiter.ts';
import { MIX_ENTRY_BYTES } from './dsp/mix-table.ts';
import type { RenderSession } from './render-session.ts';
import { PartMemory } from './session-converter.ts';

const FLOAT_BYTES = 4;
const FIRST_TABLE_SESSIONS = 16;
const DITHER_SEED = 1;
const UNSIGNED_SILENCE = 0x80;
/** Valid bits of a float sample: sign and mantissa. */
const FLOAT_PRECISION_BITS = 24;

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
  readonly #limiter: Limiter;
  readonly #dither = new Dither(DITHER_SEED);
  readonly #mixAt: VirtualAddress;
  readonly #running: RenderSession[] = [];
  #tableAt: VirtualAddress;
  #tableSessions = FIRST_TABLE_SESSIONS;
  #passesThrough = false;
  #fallingDepth: Dither | undefined;

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
    this.#mixAt = this.#memory.allocate(periodFrames * mixFormat.channels * FLOAT_BYTES, 'own');
    this.#tableAt = process.alloc(this.#tableSessions * MIX_ENTRY_BYTES);
    this.#limiter = dsp.createLimiter(mixFormat.rateHz, mixFormat.channels);
  }

  get master(): number {
    return this.#master;
  }

  set master(gain: number) {
    this.#master = gain;
    this.refresh();
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
    for (let index = 0; index < running.length; index++) this.#setGains(index);
    const only = running.length === 1 ? running[0] : undefined;
    const isUnity = this.#master === 1 && running.every(({ volume }) => volume.isUnity);
    this.#passesThrough =
      only !== undefined && isUnity && isSameFormat(only.format, this.#deviceFormat);
    this.#fallingDepth = isUnity && !this.#isDeeper() ? undefined : this.#dither;
  }

  /** The stream begins anew: what was limited before it stopped is forgotten. */
  restart(): void {
    this.#limiter.reset();
  }

  /** Mixes the pass' period into the device's buffer, `firstFrames` of it at one place. */
  mix(pass: number, firstAt: number, firstFrames: number, restAt: number): void {
    const running = this.#running;
    const count = running.length;
    // While the limiter lets go, what is left of the mix may not jump to full loudness.
    if (this.#passesThrough && this.#limiter.gain === 1) {
      this.#copy(pass, firstAt, firstFrames, restAt);
    } else {
      this.#add(pass, firstAt, firstFrames, restAt);
    }
    // A client that wakes may stop its session; the others move up.
    for (let index = 0; index < count; index++) (running[index] as RenderSession).passed(pass);
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
    const { channels } = this.#mixFormat;
    dsp.mix(this.#mixAt, this.#tableAt, running.length, this.#periodFrames, channels);
    this.#limiter.process(this.#mixAt, this.#periodFrames);
    this.#write(firstAt, 0, firstFrames);
    this.#write(restAt, firstFrames, this.#periodFrames - firstFrames);
  }

  #copy(pass: number, firstAt: number, firstFrames: number, restAt: number): void {
    const session = this.#running[0] as RenderSession;
    const fromAt = session.provideBytes(pass);
    const taken = session.takenIn(pass);
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

  #write(at: number, fromFrame: number, frames: number): void {
    if (frames === 0) return;
    const { channels } = this.#mixFormat;
    const fromAt = this.#mixAt + fromFrame * channels * FLOAT_BYTES;
    this.#dsp.fromFloat(
      at as VirtualAddress,
      fromAt as VirtualAddress,
      frames * channels,
      this.#deviceFormat,
      this.#fallingDepth,
    );
  }

  #setGains(index: number): void {
    const { converter, volume } = this.#running[index] as RenderSession;
    const gain = volume.gain(this.#master);
    const gains = converter.isMapped ? gain : volume.channelVolumes.map((own) => own * gain);
    this.#dsp.setGains(this.#tableAt, index, gains, this.#mixFormat.channels);
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
