/**
 * A stream from the mouth, with its packets: each is handed out once, in order, with the moment at
 * which its first sample was taken. Whoever reads too late finds the number further on: the engine
 * goes round and overwrites the oldest packet first. Source: IMiniportWaveRTInputStream.
 */
import type { Out } from '../../base/out.ts';
import {
  IID_IMiniportWaveRTInputStream,
  type IMiniportWaveRTInputStream,
  type InterfaceId,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_DEVICE_NOT_READY,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { PlayableFormat } from './stream-format.ts';
import { HdaWaveStream, type WaveStreamParts } from './wave-stream.ts';

/** All methods at PASSIVE_LEVEL. */
export class HdaCaptureStream extends HdaWaveStream implements IMiniportWaveRTInputStream {
  /** The next packet to hand out. */
  #next = 0;

  constructor(wdk: Wdk, parts: WaveStreamParts, format: PlayableFormat) {
    super(wdk, parts, format, IID_IMiniportWaveRTInputStream as InterfaceId<unknown>);
  }

  /**
   * The oldest packet that is not handed out yet and that the engine does not write over.
   * STATUS_DEVICE_NOT_READY when there is none, STATUS_NOT_SUPPORTED with a buffer that does not
   * notify.
   */
  getReadPacket(
    packetNumber: Out<number>,
    flags: Out<number>,
    performanceCounterValue: Out<number>,
    moreData: Out<boolean>,
  ): NtStatus {
    const { count, packets } = this.packets;
    if (packets === 0) return STATUS_NOT_SUPPORTED;
    if (this.#next >= count) return STATUS_DEVICE_NOT_READY;
    // One packet's place is being filled; with a single one that cannot be helped.
    const kept = Math.max(1, packets - 1);
    const packet = Math.max(this.#next, count - kept);
    this.#next = packet + 1;
    packetNumber.value = packet >>> 0;
    flags.value = 0;
    performanceCounterValue.value = this.packets.takenAt(packet);
    moreData.value = this.#next < count;
    return STATUS_SUCCESS;
  }

  protected override stopped(): void {
    this.#next = 0;
  }
}
