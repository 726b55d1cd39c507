/**
 * A stream to the ear, with its packets: which one the client may write next, what is through
 * memory, and what has left the output. The engine goes round whether packets come or not, so an
 * underflow repeats the last ones. Source: IMiniportWaveRTOutputStream.
 */
import type { Out } from '../../base/out.ts';
import {
  IID_IMiniportWaveRTOutputStream,
  type IMiniportWaveRTOutputStream,
  type InterfaceId,
  type KsAudioPresentationPosition,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../standards/ks/stream-packets.ts';
import {
  type NtStatus,
  STATUS_DATA_LATE_ERROR,
  STATUS_DATA_OVERRUN,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { EndOfStream } from './end-of-stream.ts';
import type { PlayableFormat } from './stream-format.ts';
import { HdaWaveStream, type WaveStreamParts } from './wave-stream.ts';

const { ENDOFSTREAM } = KSSTREAM_HEADER_OPTIONSF;

/** All methods at PASSIVE_LEVEL; all need a buffer that notifies, or STATUS_NOT_SUPPORTED. */
export class HdaRenderStream extends HdaWaveStream implements IMiniportWaveRTOutputStream {
  readonly #end: EndOfStream;

  constructor(wdk: Wdk, parts: WaveStreamParts, format: PlayableFormat) {
    super(wdk, parts, format, IID_IMiniportWaveRTOutputStream as InterfaceId<unknown>);
    this.#end = new EndOfStream(wdk, parts.portStream, this.packets);
    this.sink.packetsPassed = () => this.#end.follow();
  }

  /**
   * The client has written a packet. STATUS_DATA_LATE_ERROR when the engine is past its beginning,
   * STATUS_DATA_OVERRUN when its place still holds another one, STATUS_INVALID_DEVICE_STATE behind
   * the end of the stream, STATUS_INVALID_PARAMETER for unknown flags or too long an end packet.
   */
  setWritePacket(packetNumber: number, flags: number, eosPacketLength: number): NtStatus {
    const { buffer, packets } = this;
    if (buffer === null || packets.packets === 0) return STATUS_NOT_SUPPORTED;
    if (this.#end.isSet) return STATUS_INVALID_DEVICE_STATE;
    const isLast = (flags & ENDOFSTREAM) !== 0;
    if ((flags & ~ENDOFSTREAM) !== 0) return STATUS_INVALID_PARAMETER;
    if (isLast && eosPacketLength > packets.packetBytes) return STATUS_INVALID_PARAMETER;
    const { count } = packets;
    // Numbers are 32 bits wide and go round.
    const ahead = (packetNumber - count) | 0;
    const least = this.hasRun ? 1 : 0;
    if (ahead < least) return STATUS_DATA_LATE_ERROR;
    if (ahead >= packets.packets) return STATUS_DATA_OVERRUN;
    if (!isLast) return STATUS_SUCCESS;
    this.parts.engine.synchronize();
    const isSet = this.#end.set(buffer.mdl, count + ahead, eosPacketLength);
    return isSet ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
  }

  /** Frames that left the output: what was sent on the link, less what the codec holds. */
  getOutputStreamPresentationPosition(position: KsAudioPresentationPosition): NtStatus {
    if (this.packets.packets === 0) return STATUS_NOT_SUPPORTED;
    const sent = this.packets.linkFrames(this.linkPosition);
    position.positionInBlocks = Math.max(0, sent - this.parts.side.delayFrames);
    position.qpcPosition = this.wdk.KeQueryPerformanceCounter();
    return STATUS_SUCCESS;
  }

  /** Packets that are through memory. */
  getPacketCount(packetCount: Out<number>): NtStatus {
    if (this.packets.packets === 0) return STATUS_NOT_SUPPORTED;
    packetCount.value = this.packets.count >>> 0;
    return STATUS_SUCCESS;
  }

  protected override stopped(): void {
    this.#end.clear();
  }
}
