/**
 * Recording: what the device has put into the cyclic buffer goes into the client's packets. The
 * stream's position is the converter's, so the newest frames may still be on their way to memory,
 * and are left for the next time. Without packets the device goes on round the buffer, and what
 * it overwrites is lost: the next packet tells. Source: "Audio Position Property",
 * KSSTREAM_HEADER.
 */
import { CaptureTimes, type StreamRate } from '../../ks/capture-times.ts';
import { type Trace, traceKind } from '../../sim/trace.ts';
import type { CyclicPacket } from './cyclic-packet.ts';
import { CyclicTransfer, type CyclicTransferParts } from './cyclic-transfer.ts';

const OVERRUN = traceKind('cyclic overrun', 'lost bytes:dec');

export class CaptureTransfer extends CyclicTransfer {
  readonly #trace: Trace;
  readonly #times: CaptureTimes;
  /** How far the buffer has been read, in bytes of the device's way. */
  #readBytes = 0;
  #hasLost = false;

  constructor(parts: CyclicTransferParts) {
    super(parts);
    this.#trace = parts.kernel.trace;
    this.#times = new CaptureTimes(parts.kernel.clock);
  }

  override begin(rate: StreamRate): void {
    super.begin(rate);
    this.#times.begin(rate);
    this.#readBytes = 0;
    this.#hasLost = false;
  }

  override stop(): void {
    super.stop();
    this.#readBytes = 0;
  }

  protected move(): void {
    const { buffer } = this.parts;
    this.#loseOverwritten();
    const end = this.wholeFrames(this.passedBytes - buffer.marginBytes);
    for (
      let packet = this.nextPacket();
      packet !== null && this.#readBytes < end;
      packet = this.nextPacket()
    ) {
      const bytes = Math.min(packet.bytesTogether, end - this.#readBytes);
      buffer.copyFrom(packet.address, this.#readBytes, bytes);
      if (this.#hasLost) packet.markDiscontinuity(packet.movedBytes);
      if (packet.movedBytes === 0 && !packet.isLoop) this.#stamp(packet);
      this.#hasLost = false;
      this.#readBytes += bytes;
      this.copiedBytes += bytes;
      packet.advance(bytes);
    }
  }

  /** The newest frame at the converter, in the client's count. */
  protected get converterBytes(): number {
    return this.copiedBytes + this.passedBytes - this.#readBytes;
  }

  /** What is in a packet by now is what it gets. */
  protected bytesAtStop(packet: CyclicPacket): number | null {
    const bytes = packet.roundBytes > 0 ? packet.byteCount : packet.movedBytes;
    return bytes > 0 || packet.isLoop ? bytes : null;
  }

  #stamp(packet: CyclicPacket): void {
    const ticks = this.parts.buffer.ticksOf(this.copiedBytes);
    if (ticks !== null) this.#times.stamp(packet, ticks);
  }

  /** One interval is left out of account, which the device may be writing by now. */
  #loseOverwritten(): void {
    const { buffer } = this.parts;
    const oldest = this.passedBytes - buffer.bytes + buffer.intervalBytes;
    if (this.#readBytes >= oldest) return;
    const lost = Math.ceil((oldest - this.#readBytes) / this.frameBytes) * this.frameBytes;
    this.starvations++;
    this.#trace.write(OVERRUN, lost);
    this.#readBytes += lost;
    this.#times.lose(lost);
    this.parts.lost(this.copiedBytes, lost);
    this.#hasLost = true;
  }
}
