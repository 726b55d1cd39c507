/**
 * Plain streams that offer the optional interfaces: notification events, packets to read, packets
 * to write. They stream nothing; every answer can be replaced, and `calls` of the driver holds what
 * the port asked. Without an answer they do what the documents ask of a driver.
 */
import type { Out } from '../../src/base/out.ts';
import {
  IID_IMiniportWaveRTInputStream,
  IID_IMiniportWaveRTOutputStream,
  IID_IMiniportWaveRTStream,
  IID_IMiniportWaveRTStreamNotification,
  type IMiniportWaveRTInputStream,
  type IMiniportWaveRTOutputStream,
  type IMiniportWaveRTStreamNotification,
  type InterfaceId,
  type IPortWaveRTStream,
  type Kevent,
  type KsAudioPresentationPosition,
  type Mdl,
  type MEMORY_CACHING_TYPE,
} from '../../src/portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { type BufferGrant, type PlainMiniport, PlainStream } from './plain-driver.ts';

/** What a test may replace. */
export interface StreamAnswers {
  allocate?: (stream: FullStream, requested: number, grant: BufferGrant) => NtStatus;
  register?: (event: Kevent) => NtStatus;
  unregister?: (event: Kevent) => NtStatus;
  read?: (packet: ReadPacketOuts) => NtStatus;
  write?: (packetNumber: number, flags: number, eosPacketLength: number) => NtStatus;
  presented?: (position: KsAudioPresentationPosition) => NtStatus;
  count?: (count: Out<number>) => NtStatus;
}

export interface ReadPacketOuts {
  readonly packetNumber: Out<number>;
  readonly flags: Out<number>;
  readonly performanceCounter: Out<number>;
  readonly moreData: Out<boolean>;
}

export type Offer = 'notification' | 'input' | 'output';
const IDS: Readonly<Record<Offer, InterfaceId<unknown>>> = {
  notification: IID_IMiniportWaveRTStreamNotification as InterfaceId<unknown>,
  input: IID_IMiniportWaveRTInputStream as InterfaceId<unknown>,
  output: IID_IMiniportWaveRTOutputStream as InterfaceId<unknown>,
};

/** Has the methods of all three interfaces, and lets on to those it was told to offer. */
export class FullStream
  extends PlainStream
  implements
    IMiniportWaveRTStreamNotification,
    IMiniportWaveRTInputStream,
    IMiniportWaveRTOutputStream
{
  readonly events: Kevent[] = [];
  readonly streamAnswers: StreamAnswers;

  constructor(
    miniport: PlainMiniport,
    portStream: IPortWaveRTStream,
    offers: readonly Offer[],
    answers: StreamAnswers,
  ) {
    const plain = IID_IMiniportWaveRTStream as InterfaceId<unknown>;
    super(miniport, portStream, [plain, ...offers.map((offer) => IDS[offer])]);
    this.streamAnswers = answers;
  }

  allocateBufferWithNotification(
    count: number,
    requested: number,
    mdl: Out<Mdl | null>,
    actualSize: Out<number>,
    offset: Out<number>,
    cacheType: Out<MEMORY_CACHING_TYPE>,
  ): NtStatus {
    this.called(`AllocateBufferWithNotification ${count} ${requested}`);
    const grant = { mdl, actualSize, offset, cacheType };
    const { allocate } = this.streamAnswers;
    return allocate?.(this, requested, grant) ?? this.grantPages(requested, grant);
  }

  freeBufferWithNotification(mdl: Mdl | null, bytes: number): void {
    this.called(`FreeBufferWithNotification ${bytes}`);
    if (mdl !== null) this.portStream.freePagesFromMdl(mdl);
  }

  /** As the samples do: an event that is here already is refused. */
  registerNotificationEvent(event: Kevent): NtStatus {
    this.called('RegisterNotificationEvent');
    const replaced = this.streamAnswers.register?.(event);
    if (replaced !== undefined) return replaced;
    if (this.events.includes(event)) return STATUS_UNSUCCESSFUL;
    this.events.push(event);
    return STATUS_SUCCESS;
  }

  unregisterNotificationEvent(event: Kevent): NtStatus {
    this.called('UnregisterNotificationEvent');
    const replaced = this.streamAnswers.unregister?.(event);
    if (replaced !== undefined) return replaced;
    const index = this.events.indexOf(event);
    if (index < 0) return STATUS_NOT_FOUND;
    this.events.splice(index, 1);
    return STATUS_SUCCESS;
  }

  getReadPacket(
    packetNumber: Out<number>,
    flags: Out<number>,
    performanceCounter: Out<number>,
    moreData: Out<boolean>,
  ): NtStatus {
    this.called('GetReadPacket');
    const outs = { packetNumber, flags, performanceCounter, moreData };
    return this.streamAnswers.read?.(outs) ?? STATUS_SUCCESS;
  }

  setWritePacket(packetNumber: number, flags: number, eosPacketLength: number): NtStatus {
    this.called(`SetWritePacket ${packetNumber} ${flags} ${eosPacketLength}`);
    return this.streamAnswers.write?.(packetNumber, flags, eosPacketLength) ?? STATUS_SUCCESS;
  }

  getOutputStreamPresentationPosition(position: KsAudioPresentationPosition): NtStatus {
    this.called('GetOutputStreamPresentationPosition');
    return this.streamAnswers.presented?.(position) ?? STATUS_SUCCESS;
  }

  getPacketCount(count: Out<number>): NtStatus {
    this.called('GetPacketCount');
    return this.streamAnswers.count?.(count) ?? STATUS_SUCCESS;
  }
}

/** For `makeStream` of the plain driver. */
export function offering(offers: readonly Offer[], answers: StreamAnswers = {}) {
  return {
    makeStream: (miniport: PlainMiniport, portStream: IPortWaveRTStream) =>
      new FullStream(miniport, portStream, offers, answers),
  };
}
