/**
 * The cyclic buffer of a WaveCyclic stream, which the miniport's DMA channel holds and the device
 * goes round: how much of it is used, where the stream says it is, and copies in and out that go
 * round its end. Positions here count bytes since the stream began. Source:
 * IMiniportWaveCyclicStream::SetNotificationFreq, GetPosition and Silence, IDmaChannel.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import { ntSuccess } from '../../standards/nt/ntstatus.ts';
import type { IDmaChannel } from '../ddi/dma-channel.ts';
import type { IMiniportWaveCyclicStream } from '../ddi/wavecyclic.ts';
import type { Findings } from '../findings.ts';

/** What every release of Windows asks for. */
export const NOTIFICATION_INTERVAL_MS = 10;
/** Intervals that the port writes ahead of the device. */
const INTERVALS_AHEAD = 4;
/**
 * Frames that device and port stay apart where the stream's position is the converter's and not
 * memory's: twice the FIFO that "Stream Latency During Playback" calls typical.
 */
export const MARGIN_FRAMES = 128;

export class CyclicBuffer {
  readonly #stream: IMiniportWaveCyclicStream;
  readonly #channel: IDmaChannel;
  readonly #findings: Findings;
  readonly #frameSize = new Out(0);
  readonly #position = new Out(0);
  readonly #ticks = new Out(0);
  readonly #reported = new Set<string>();
  #base = virtual(0);
  #bytes = 0;
  #intervalBytes = 0;
  #frameBytes = 1;
  #lastPosition = 0;

  /** Both behind guards. */
  constructor(stream: IMiniportWaveCyclicStream, channel: IDmaChannel, findings: Findings) {
    this.#stream = stream;
    this.#channel = channel;
    this.#findings = findings;
  }

  /** Bytes that the device goes round. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes between two notifications. */
  get intervalBytes(): number {
    return this.#intervalBytes;
  }

  /** How far the port writes ahead of the stream's position: 40 ms, in a buffer that has room. */
  get aheadBytes(): number {
    return Math.min(INTERVALS_AHEAD * this.#intervalBytes, this.#bytes - this.marginBytes);
  }

  /**
   * Sound that reaches less far is followed by silence: 30 ms, and in a small buffer what the
   * device may go through before the port is notified again.
   */
  get lowWaterBytes(): number {
    return Math.max(this.aheadBytes - this.#intervalBytes, 2 * this.#intervalBytes);
  }

  /** How close to the stream's position data may still be on their way to or from memory. */
  get marginBytes(): number {
    return Math.min(MARGIN_FRAMES * this.#frameBytes, this.#intervalBytes);
  }

  /**
   * Agrees with the stream on the interval, and with the channel on a size that is a whole number
   * of intervals. False when the buffer is none that sound can go through. PASSIVE_LEVEL.
   */
  agree(frameBytes: number): boolean {
    this.#frameSize.value = 0;
    // What it returns has never been looked at by a port.
    this.#stream.setNotificationFreq(NOTIFICATION_INTERVAL_MS, this.#frameSize);
    const interval = this.#frameSize.value;
    const allocated = this.#channel.allocatedBufferSize();
    const base = this.#channel.systemAddress();
    if (base === null || interval <= 0 || interval > allocated) {
      this.#findings.report(
        `a cyclic buffer of ${allocated} bytes has no room for intervals of ${interval}`,
      );
      return false;
    }
    if (interval % frameBytes !== 0) {
      this.#findings.report(`FrameSize ${interval} is not a multiple of nBlockAlign ${frameBytes}`);
    }
    this.#base = base;
    this.#intervalBytes = interval;
    this.#frameBytes = frameBytes;
    this.#bytes = allocated - (allocated % interval);
    this.#channel.setBufferSize(this.#bytes);
    return true;
  }

  /** The stream begins at the start of the buffer, which plays nothing. */
  restart(): void {
    this.#lastPosition = 0;
    this.silence(0, this.#bytes);
  }

  /** Bytes by which the device has moved on since the last call. IRQL <= DISPATCH_LEVEL. */
  takeMoved(): number {
    this.#position.value = 0;
    if (!ntSuccess(this.#stream.getPosition(this.#position))) return 0;
    const position = this.#position.value;
    if (position > this.#bytes || position < 0) {
      this.#report('inside', `${position} in a buffer of ${this.#bytes}`);
      return 0;
    }
    const moved = (position - this.#lastPosition + this.#bytes) % this.#bytes;
    if (moved > this.#bytes - this.marginBytes) {
      // A lap but a few frames is a stream that went back by those.
      this.#report('forward', `${this.#lastPosition}, and then ${position}`);
      return 0;
    }
    this.#lastPosition = position;
    return moved;
  }

  /** How long so many bytes sound, in units of 100 ns; null when the stream does not tell. */
  ticksOf(bytes: number): number | null {
    this.#ticks.value = bytes;
    return ntSuccess(this.#stream.normalizePhysicalPosition(this.#ticks))
      ? this.#ticks.value
      : null;
  }

  /** Into the buffer at a position of the stream. Any IRQL. */
  copyTo(position: number, source: VirtualAddress, bytes: number): void {
    const offset = position % this.#bytes;
    const first = Math.min(bytes, this.#bytes - offset);
    this.#channel.copyTo(virtual(this.#base + offset), source, first);
    if (first < bytes) this.#channel.copyTo(this.#base, virtual(source + first), bytes - first);
  }

  /** Out of the buffer at a position of the stream. Any IRQL. */
  copyFrom(destination: VirtualAddress, position: number, bytes: number): void {
    const offset = position % this.#bytes;
    const first = Math.min(bytes, this.#bytes - offset);
    this.#channel.copyFrom(destination, virtual(this.#base + offset), first);
    if (first === bytes) return;
    this.#channel.copyFrom(virtual(destination + first), this.#base, bytes - first);
  }

  /** Silence into the buffer at a position of the stream. Any IRQL. */
  silence(position: number, bytes: number): void {
    const offset = position % this.#bytes;
    const first = Math.min(bytes, this.#bytes - offset);
    this.#stream.silence(virtual(this.#base + offset), first);
    if (first < bytes) this.#stream.silence(this.#base, bytes - first);
  }

  /** Once in the life of a stream for each rule. */
  #report(rule: string, text: string): void {
    if (this.#reported.has(rule)) return;
    this.#reported.add(rule);
    this.#findings.report(`GetPosition: ${text}`);
  }
}
