/**
 * Exclusive capture: the client reads what the device stored, where it stored it. An event-driven
 * client reads a whole half per event; a timer-driven one all that is there, up to the end of the
 * buffer. Source: IAudioCaptureClient::GetBuffer.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { CaptureStream, ReadablePacket } from './client-stream.ts';
import { type ExclusiveRequest, ExclusiveStream } from './exclusive-stream.ts';

interface OpenPacket {
  at: VirtualAddress;
  frames: number;
  position: number;
  performanceCounter: number;
  isDiscontinuous: boolean;
}

export class ExclusiveCaptureStream extends ExclusiveStream implements CaptureStream {
  readonly volume = null;
  readonly #kernel: Kernel;
  readonly #settle: () => void;
  readonly #packet: OpenPacket = {
    at: virtual(0),
    frames: 0,
    position: 0,
    performanceCounter: 0,
    isDiscontinuous: true,
  };
  #readFrames = 0;
  #isInterrupted = true;
  /** The frame behind which frames were stored nowhere, until it is read; and those told of. */
  #lossAtFrame = Number.POSITIVE_INFINITY;
  #toldFrames = 0;

  constructor(kernel: Kernel, home: ClientHome, request: ExclusiveRequest, settle: () => void) {
    super(kernel, home, request);
    this.#kernel = kernel;
    this.#settle = settle;
  }

  paddingFrames(): number {
    const stored = this.#storedFrames() - this.#readFrames;
    return Math.min(this.stream.bufferFrames, stored);
  }

  positionFrames(): number {
    return this.stream.movedFrames();
  }

  peek(): ReadablePacket | null {
    this.#settle();
    const stored = this.#storedFrames();
    this.#skipLost(stored);
    const waiting = stored - this.#readFrames;
    const { buffer, bufferFrames, frameBytes } = this.stream;
    const place = this.#readFrames % bufferFrames;
    const frames = this.isEventDriven ? this.bufferFrames : Math.min(waiting, bufferFrames - place);
    if (frames === 0 || waiting < frames) return null;
    const packet = this.#packet;
    packet.at = virtual(buffer.address + place * frameBytes);
    packet.frames = frames;
    packet.position = this.#readFrames + this.#toldFrames;
    packet.performanceCounter = this.#heardAt(waiting + this.stream.undoneFrames);
    packet.isDiscontinuous = this.#isInterrupted;
    return packet;
  }

  read(): void {
    this.#readFrames += this.#packet.frames;
    this.#isInterrupted = false;
  }

  override start(): void {
    this.#isInterrupted = true;
    super.start();
  }

  reset(): void {
    this.rewind();
    this.#readFrames = 0;
    this.#lossAtFrame = Number.POSITIVE_INFINITY;
    this.#toldFrames = 0;
    this.#isInterrupted = true;
  }

  #storedFrames(): number {
    const stored = this.stream.doneFrames();
    if (this.countStarved()) this.#lossAtFrame = this.stream.starvedAtFrame;
    if (this.#readFrames < this.#lossAtFrame) return stored;
    this.#lossAtFrame = Number.POSITIVE_INFINITY;
    this.#toldFrames = this.starvedFrames;
    this.#isInterrupted = true;
    return stored;
  }

  /** Frames that were stored over before the client came. */
  #skipLost(stored: number): void {
    const oldest = stored - this.stream.bufferFrames;
    if (this.#readFrames >= oldest) return;
    const { bufferFrames } = this;
    const next = this.isEventDriven ? Math.ceil(oldest / bufferFrames) * bufferFrames : oldest;
    this.glitches.push({ atFrame: this.#readFrames, frames: next - this.#readFrames });
    this.#readFrames = next;
    this.#isInterrupted = true;
  }

  #heardAt(waiting: number): number {
    const now100ns = Math.floor(this.#kernel.clock.now / 100);
    const { format, hardwareDelay100ns } = this.stream;
    return Math.round(now100ns - (waiting * 1e7) / format.rateHz) - hardwareDelay100ns;
  }
}
