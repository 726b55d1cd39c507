/**
 * One client's stream into the mix: its buffer, its format, its volumes, and where it stands. The
 * engine asks it for a period of float frames in each pass; what the client has not written by
 * then is silence, and a gap that the session remembers. Source: "Rendering a Stream".
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { Process } from '../kernel/io/process.ts';
import type { Ram } from '../kernel/memory/ram.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { Dsp } from './dsp/dsp.ts';
import { PartMemory, SessionConverter } from './session-converter.ts';
import { SessionRing } from './session-ring.ts';
import { SessionVolume } from './session-volume.ts';

/** Frames that a running client had not written when the engine came to take them. */
export interface SessionGap {
  /** The client's frame before which the gap lies. */
  readonly atFrame: number;
  frames: number;
}

/** Passes that a session remembers: more than a cyclic buffer and a codec ever hold. */
const REMEMBERED_PASSES = 64;

export interface RenderSessionConfig {
  readonly dsp: Dsp;
  readonly ram: Ram;
  /** Whose heap holds the session's memory: the engine's. */
  readonly process: Process;
  readonly format: PcmFormat;
  readonly mixFormat: PcmFormat;
  readonly bufferFrames: number;
  readonly periodFrames: number;
  /** The mix takes integers of containers so wide as they are. */
  readonly integerBits: 16 | 32;
  /** Called when the mix of the sessions is another one than before. */
  readonly changed: () => void;
}

export class RenderSession {
  readonly format: PcmFormat;
  readonly ring: SessionRing;
  readonly converter: SessionConverter;
  readonly volume: SessionVolume;
  readonly gaps: SessionGap[] = [];
  /** Set after every pass, if the client wants it. */
  event: Kevent | null = null;
  isRunning = false;
  /** The endpoint is gone, or the engine: nothing more is heard. */
  isInvalidated = false;
  /** Client frames that went into the mix since the last reset. */
  takenFrames = 0;
  readonly #memory: PartMemory;
  readonly #periodFrames: number;
  readonly #takenBefore = new Float64Array(REMEMBERED_PASSES);
  #takenNow = 0;
  #firstPass = 0;
  #lastPass = -1;

  constructor(config: RenderSessionConfig) {
    const { bufferFrames, dsp, format, mixFormat, periodFrames, process, ram } = config;
    this.format = format;
    this.#periodFrames = periodFrames;
    this.#memory = new PartMemory(process);
    this.converter = new SessionConverter(
      dsp,
      ram,
      format,
      mixFormat,
      periodFrames,
      config.integerBits,
      this.#memory.allocate,
    );
    this.ring = new SessionRing(process, ram, bufferFrames, frameBytes(format));
    this.volume = new SessionVolume(format.channels, () => {
      this.converter.setChannelGains(this.volume.channelVolumes);
      config.changed();
    });
    this.converter.setChannelGains(this.volume.channelVolumes);
  }

  /** Frames that the client has written and the engine not taken. */
  get paddingFrames(): number {
    return this.ring.filledFrames;
  }

  /** Where this pass' period of mix frames lies; `passed` must follow. */
  provide(pass: number): VirtualAddress {
    const { converter, ring } = this;
    const needed = converter.framesNeeded(this.#periodFrames);
    const available = Math.min(needed, ring.filledFrames);
    this.#remember(pass);
    if (available < needed) this.#starved(needed - available);
    this.#take(available);
    return converter.convert(ring.takeAt(available), available, this.#periodFrames);
  }

  /** As `provide` for a device of the client's own format: where its bytes lie. */
  provideBytes(pass: number): VirtualAddress {
    const { ring } = this;
    const needed = this.#periodFrames;
    const available = Math.min(needed, ring.filledFrames);
    this.#remember(pass);
    if (available < needed) this.#starved(needed - available);
    this.#take(available);
    return ring.takeAt(available);
  }

  /** Client frames that the pass under way has taken. */
  get takenNow(): number {
    return this.#takenNow;
  }

  /** The pass is over: what it took is free again, and the client is told. */
  passed(): void {
    this.ring.took(this.#takenNow);
    this.#takenNow = 0;
    this.event?.set();
  }

  /**
   * Client frames that have left the endpoint, when it stands `intoPass` mix frames into the
   * `pass`-th pass.
   */
  heardFrames(pass: number, intoPass: number): number {
    if (pass > this.#lastPass) return this.takenFrames;
    const oldest = Math.max(this.#firstPass, this.#lastPass - REMEMBERED_PASSES + 1);
    if (pass < oldest) return pass < this.#firstPass ? 0 : this.#before(oldest);
    const before = this.#before(pass);
    const after = pass === this.#lastPass ? this.takenFrames : this.#before(pass + 1);
    return before + Math.floor(((after - before) * intoPass) / this.#periodFrames);
  }

  /** Forgets what is in the buffer, and stands at frame 0 again. */
  reset(): void {
    this.ring.clear();
    this.converter.reset();
    this.takenFrames = 0;
    this.#lastPass = -1;
  }

  free(): void {
    this.ring.free();
    this.#memory.free();
  }

  #take(frames: number): void {
    this.#takenNow = frames;
    this.takenFrames += frames;
  }

  #remember(pass: number): void {
    const isFollowing = pass === this.#lastPass + 1;
    if (this.#lastPass < 0) this.#firstPass = pass;
    // Passes while the session stood still took nothing.
    if (!isFollowing && this.#lastPass >= 0) {
      const missed = Math.min(pass - this.#lastPass - 1, REMEMBERED_PASSES);
      for (let back = 1; back <= missed; back++) this.#set(pass - back);
    }
    this.#set(pass);
    this.#lastPass = pass;
  }

  #set(pass: number): void {
    this.#takenBefore[pass % REMEMBERED_PASSES] = this.takenFrames;
  }

  #before(pass: number): number {
    return this.#takenBefore[pass % REMEMBERED_PASSES] as number;
  }

  #starved(frames: number): void {
    const last = this.gaps.at(-1);
    const atFrame = this.takenFrames + this.ring.filledFrames;
    if (last?.atFrame === atFrame) last.frames += frames;
    else this.gaps.push({ atFrame, frames });
  }
}
