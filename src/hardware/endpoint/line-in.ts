/**
 * The mouth. An input converter samples it once per frame period, from the moment the first
 * stream bound to the converter runs; a source (a file, a generator, a microphone) speaks. The
 * world does not wait for a paused stream, so frames that fall into a pause are spoken and lost,
 * and so are those that are spoken while no plug is in the jack.
 */
import { type SoundFormat, soundFrameBytes } from './sound-format.ts';
import type { EndpointWiring } from './speaker.ts';

export interface SoundSource {
  /** Fills `frames` frames of `format` from `bytes[offset]` on. Called in order of time. */
  speak(bytes: Uint8Array, offset: number, frames: number, format: SoundFormat): void;
  /** The newest frames were kept nowhere. */
  dropped?(frames: number): void;
}

export class LineIn {
  #source: SoundSource | null = null;
  #spokenFrames = 0;
  #isPlugged: boolean;
  #wiring: EndpointWiring | null = null;

  constructor(jackPresent = true) {
    this.#isPlugged = jackPresent;
  }

  /** Who speaks; silence when null. A source that comes late speaks from now on. */
  get source(): SoundSource | null {
    return this.#source;
  }

  set source(source: SoundSource | null) {
    this.#wiring?.settle();
    this.#source = source;
  }

  /** Frame periods sampled so far. */
  get spokenFrames(): number {
    return this.#spokenFrames;
  }

  /** Whether a plug is in the jack. Pulled out, the converter gets silence. */
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

  /** The device side: takes the next `frames` frames. */
  take(bytes: Uint8Array, offset: number, frames: number, format: SoundFormat): void {
    this.#spokenFrames += frames;
    if (this.#source === null) bytes.fill(0, offset, offset + frames * soundFrameBytes(format));
    else this.#source.speak(bytes, offset, frames, format);
  }

  /** The device side: had no room for the newest frames that it took. */
  drop(frames: number): void {
    this.#source?.dropped?.(frames);
  }
}
