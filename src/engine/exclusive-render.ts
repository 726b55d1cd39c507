/**
 * Exclusive render: what the client writes is what the device fetches. An event-driven client
 * fills the half that the device is done with, one whole half at a time; before the first one lies
 * a half of silence, so that its distance from the ear is that of every other. A timer-driven one
 * writes as much as there is room for. Source: IAudioRenderClient::GetBuffer.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { RenderStream } from './client-stream.ts';
import { type ExclusiveRequest, ExclusiveStream } from './exclusive-stream.ts';

export class ExclusiveRenderStream extends ExclusiveStream implements RenderStream {
  readonly volume = null;
  readonly isWholeBuffer: boolean;
  readonly #settle: () => void;
  readonly #home: ClientHome;
  /** Takes a write that would go over the end of the buffer. */
  readonly #stagingAt: VirtualAddress;
  #writtenFrames = 0;
  #isStaged = false;
  #isClosed = false;

  constructor(kernel: Kernel, home: ClientHome, request: ExclusiveRequest, settle: () => void) {
    super(kernel, home, request);
    this.#home = home;
    this.#settle = settle;
    this.isWholeBuffer = this.isEventDriven;
    this.#stagingAt = home.process.alloc(this.bufferFrames * this.stream.frameBytes);
    this.#writtenFrames = this.#silentFrames;
  }

  paddingFrames(): number {
    const padding = this.#writtenFrames - this.#fetchedFrames();
    // Of two halves the one that the device is at has no room.
    const busyFrames = this.isEventDriven ? this.bufferFrames : 0;
    return Math.max(0, Math.min(this.bufferFrames, padding - busyFrames));
  }

  positionFrames(): number {
    return Math.max(0, this.stream.heardFrames() - this.#silentFrames);
  }

  writeAt(frames: number): VirtualAddress {
    this.#settle();
    this.#skipPassed();
    const { buffer, bufferFrames, frameBytes } = this.stream;
    const place = this.#writtenFrames % bufferFrames;
    this.#isStaged = place + frames > bufferFrames;
    return this.#isStaged ? this.#stagingAt : virtual(buffer.address + place * frameBytes);
  }

  wrote(frames: number): void {
    if (this.#isStaged) this.#unstage(frames);
    const packet = this.#writtenFrames / this.bufferFrames;
    this.#writtenFrames += frames;
    this.stream.packetWritten(packet);
  }

  override start(): void {
    if (this.isEventDriven) this.#writeSilence();
    super.start();
  }

  reset(): void {
    this.rewind();
    this.#writtenFrames = this.#silentFrames;
  }

  override close(): void {
    if (!this.#isClosed) this.#home.process.free(this.#stagingAt);
    this.#isClosed = true;
    super.close();
  }

  /** Silence that lies before the client's first frame. */
  get #silentFrames(): number {
    return this.isEventDriven ? this.bufferFrames : 0;
  }

  /** A client that wrote nothing before it started begins one half later. */
  #writeSilence(): void {
    if (this.#fetchedFrames() > 0) return;
    this.stream.packetWritten(0);
    if (this.#writtenFrames > this.bufferFrames) return;
    this.stream.packetWritten(1);
    this.#writtenFrames += this.bufferFrames;
  }

  #fetchedFrames(): number {
    if (this.isInvalidated) return 0;
    const { drive } = this.stream;
    // A port that copies packets sends them back before the device is at them.
    return drive === 'irps'
      ? this.stream.packetCount() * this.bufferFrames
      : this.stream.movedFrames();
  }

  /** Frames that the device has fetched unwritten are heard as they are, and lost to the client. */
  #skipPassed(): void {
    if (this.stream.drive === 'irps') {
      // A device without packets waits for the next one, so nothing is to be skipped.
      this.stream.doneFrames();
      this.countStarved();
      return;
    }
    const fetched = this.#fetchedFrames();
    const { bufferFrames } = this;
    const next = this.isEventDriven
      ? (Math.floor(fetched / bufferFrames) + 1) * bufferFrames
      : fetched;
    if (!this.isRunning || this.#writtenFrames >= next) return;
    this.glitches.push({ atFrame: this.#writtenFrames, frames: next - this.#writtenFrames });
    this.#writtenFrames = next;
  }

  #unstage(frames: number): void {
    const { buffer, bufferFrames, frameBytes } = this.stream;
    const { bytes } = this.#home.ram;
    const place = this.#writtenFrames % bufferFrames;
    const firstBytes = Math.min(frames, bufferFrames - place) * frameBytes;
    const from = this.#stagingAt;
    bytes.copyWithin(buffer.address + place * frameBytes, from, from + firstBytes);
    bytes.copyWithin(buffer.address, from + firstBytes, from + frames * frameBytes);
  }
}
