/**
 * The ear. A converter plays frames into it; a sink (a file, a test, a person's sound card) takes
 * them. Its time line starts when the first stream bound to the converter runs: from then on every
 * frame period is reported exactly once, as sound or as silence, in order.
 */
import { isSameSound, type SoundFormat, soundFrameBytes } from './sound-format.ts';

/**
 * Who takes what was heard. `bytes` may be the machine's RAM: they are only to be read, and nothing
 * of them may be kept after a call returns. One block of sound may come in several calls.
 */
export interface SoundSink {
  /** The format of what follows. Called before the first frame, and again when it changes. */
  open(format: SoundFormat): void;
  /** Whole frames of sound, interleaved, in `bytes[offset .. offset + byteLength)`. */
  hear(bytes: Uint8Array, offset: number, byteLength: number): void;
  /** Frame periods in which nothing reached the ear. */
  silence(frames: number): void;
}

/** What the device on the other end of the wire wants to know. */
export interface EndpointWiring {
  /** Brings the device up to now, before something about the endpoint changes. */
  settle(): void;
  jackChanged(): void;
}

export class Speaker {
  #sink: SoundSink | null = null;
  #format: SoundFormat | null = null;
  #frameBytes = 0;
  #heardFrames = 0;
  #silentFrames = 0;
  #isPlugged: boolean;
  #wiring: EndpointWiring | null = null;

  constructor(jackPresent = true) {
    this.#isPlugged = jackPresent;
  }

  /** Who listens. A sink that comes late hears from now on. */
  get sink(): SoundSink | null {
    return this.#sink;
  }

  set sink(sink: SoundSink | null) {
    this.#wiring?.settle();
    this.#sink = sink;
    if (this.#format !== null) sink?.open(this.#format);
  }

  /** The format of the newest frames; null until a stream was played. */
  get format(): SoundFormat | null {
    return this.#format;
  }

  /** Frames of sound so far. */
  get heardFrames(): number {
    return this.#heardFrames;
  }

  /** Frame periods of silence so far. */
  get silentFrames(): number {
    return this.#silentFrames;
  }

  /** Whether a plug is in the jack. Pulled out, the ear gets silence. */
  get jackPresent(): boolean {
    return this.#isPlugged;
  }

  set jackPresent(present: boolean) {
    if (present === this.#isPlugged) return;
    this.#wiring?.settle();
    this.#isPlugged = present;
    this.#wiring?.jackChanged();
  }

  /** The device side: joins the endpoint to its converter. */
  connect(wiring: EndpointWiring): void {
    this.#wiring = wiring;
  }

  /** The device side: frames of `format` follow. */
  open(format: SoundFormat): void {
    if (isSameSound(format, this.#format)) return;
    this.#format = format;
    this.#frameBytes = soundFrameBytes(format);
    this.#sink?.open(format);
  }

  /** The device side: `frames` frames of sound. */
  hear(bytes: Uint8Array, offset: number, frames: number): void {
    this.#heardFrames += frames;
    this.#sink?.hear(bytes, offset, frames * this.#frameBytes);
  }

  /** The device side: `frames` frame periods without sound. */
  silence(frames: number): void {
    this.#silentFrames += frames;
    this.#sink?.silence(frames);
  }
}
