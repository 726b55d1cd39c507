/**
 * Playback: packets go into the cyclic buffer until it is 40 ms ahead of the stream's position.
 * Where sound falls short of 30 ms, silence is written behind it, so that a device that overtakes
 * plays no sound of the last round; sound that comes in time overwrites the silence, and sound
 * that comes late begins where the device has not been yet. Source: "WaveCyclic Latency".
 */
import type { StreamRate } from '../../ks/capture-times.ts';
import { type Trace, traceKind } from '../../sim/trace.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../standards/ks/stream-packets.ts';
import { type NtStatus, ntSuccess } from '../../standards/nt/ntstatus.ts';
import type { CyclicPacket } from './cyclic-packet.ts';
import { CyclicTransfer, type CyclicTransferParts } from './cyclic-transfer.ts';
import { SoundGaps } from './sound-gaps.ts';

const STARVED = traceKind('cyclic starved', 'gap bytes:dec');

const { ENDOFSTREAM } = KSSTREAM_HEADER_OPTIONSF;

export class RenderTransfer extends CyclicTransfer {
  readonly #trace: Trace;
  /** Where the sound in the buffer ends, in bytes of the device's way. */
  #endOfSound = 0;
  /** How far the buffer has been silenced. */
  #endOfSilence = 0;
  readonly #gaps = new SoundGaps();
  /** The client's byte at the converter. */
  #playedBytes = 0;
  /** The client's byte behind which the stream ends; none while it is not marked. */
  #endOfStream = Number.POSITIVE_INFINITY;

  constructor(parts: CyclicTransferParts) {
    super(parts);
    this.#trace = parts.kernel.trace;
  }

  override begin(rate: StreamRate): void {
    super.begin(rate);
    this.#endOfSound = 0;
    this.#endOfSilence = this.parts.buffer.bytes;
    this.#gaps.clear();
    this.#playedBytes = 0;
    this.#endOfStream = Number.POSITIVE_INFINITY;
  }

  override stop(): void {
    super.stop();
    this.#endOfSound = 0;
    this.#playedBytes = 0;
  }

  override leaving(packet: CyclicPacket, status: NtStatus): void {
    if (packet.has(ENDOFSTREAM) && ntSuccess(status)) this.#endOfStream = this.copiedBytes;
  }

  protected move(): void {
    const { buffer } = this.parts;
    const target = this.passedBytes + this.wholeFrames(buffer.aheadBytes);
    for (
      let packet = this.nextPacket();
      packet !== null && this.#endOfSound < target;
      packet = this.nextPacket()
    ) {
      this.#leaveGap();
      const bytes = Math.min(packet.bytesTogether, target - this.#endOfSound);
      if (bytes <= 0) break;
      buffer.copyTo(this.#endOfSound, packet.address, bytes);
      this.#endOfSound += bytes;
      this.copiedBytes += bytes;
      packet.advance(bytes);
    }
    this.#silenceRest(target);
    this.#playedBytes = this.copiedBytes - this.#unplayedBytes;
    if (!this.hasRun || this.#playedBytes < this.#endOfStream) return;
    this.#endOfStream = Number.POSITIVE_INFINITY;
    this.parts.endOfStream();
  }

  protected get converterBytes(): number {
    return this.#playedBytes;
  }

  /** A loop ends as it should; of any other packet nobody knows how much was heard. */
  protected bytesAtStop(packet: CyclicPacket): number | null {
    return packet.isLoop ? packet.byteCount : null;
  }

  /** The client's bytes in the buffer that have not been at the converter. */
  get #unplayedBytes(): number {
    const { passedBytes } = this;
    return Math.max(0, this.#endOfSound - passedBytes - this.#gaps.bytesBehind(passedBytes));
  }

  /** A device that runs has fetched what is close to its position: sound goes behind that. */
  #leaveGap(): void {
    if (!this.hasRun) return;
    const { buffer } = this.parts;
    const { frameBytes } = this;
    const short = this.passedBytes + buffer.marginBytes - this.#endOfSound;
    if (short <= 0) return;
    // Whole frames, so that a packet that ended within one is gone on with in its place.
    const gap = Math.ceil(short / frameBytes) * frameBytes;
    const earliest = this.#endOfSound + gap;
    this.starvations++;
    this.#trace.write(STARVED, gap);
    this.parts.starved(gap);
    const from = Math.max(this.#endOfSound, this.#endOfSilence, this.passedBytes);
    if (from < earliest) buffer.silence(from, earliest - from);
    this.#gaps.add(this.#endOfSound, earliest);
    this.#endOfSound = earliest;
  }

  #silenceRest(target: number): void {
    const { buffer } = this.parts;
    if (this.#endOfSound - this.passedBytes >= buffer.lowWaterBytes) return;
    const from = Math.max(this.#endOfSound, this.#endOfSilence, this.passedBytes);
    if (from >= target) return;
    buffer.silence(from, target - from);
    this.#endOfSilence = target;
  }
}
