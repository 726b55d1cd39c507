/**
 * The packet properties of a WaveRT pin, in a client's hands: which packet to write next, which
 * one was captured, what left the output. Each is asked once per packet, so requests lie ready and
 * answers come back in one object each, filled anew by every call. Source:
 * KSPROPERTY_RTAUDIO_SETWRITEPACKET, GETREADPACKET, PACKETCOUNT, PRESENTATION_POSITION.
 */
import { readU64 } from '../base/struct.ts';
import { KSPROPSETID_RTAudio } from '../standards/ks/guids.ts';
import {
  KSAUDIO_PRESENTATION_POSITION,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
  KSRTAUDIO_GETREADPACKET_INFO,
  KSRTAUDIO_SETWRITEPACKET_INFO,
} from '../standards/ks/requests.ts';
import { type NtStatus, ntSuccess, STATUS_SUCCESS } from '../standards/nt/ntstatus.ts';
import type { ClientHome } from './ks-object.ts';
import { PreparedRequest } from './prepared-request.ts';

/** Members beside the status count only when the status is a success. */
export interface ReadPacket {
  readonly status: NtStatus;
  readonly packetNumber: number;
  readonly flags: number;
  /** Units of 100 ns: when the first sample of the packet was taken. */
  readonly performanceCounter: number;
  /** Another packet can be read at once. */
  readonly moreData: boolean;
}

export interface PacketCount {
  readonly status: NtStatus;
  readonly count: number;
}

export interface PresentationPosition {
  readonly status: NtStatus;
  /** Frames that left the output since frame 0 of packet 0. */
  readonly positionInBlocks: number;
  /** Units of 100 ns: when that was so. */
  readonly qpcPosition: number;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

const READ = KSRTAUDIO_GETREADPACKET_INFO.offsets;
const WRITE = KSRTAUDIO_SETWRITEPACKET_INFO.offsets;
const PRESENTED = KSAUDIO_PRESENTATION_POSITION.offsets;
const COUNT_BYTES = 4;

export class PacketRequests {
  readonly #home: ClientHome;
  readonly #write: PreparedRequest;
  readonly #read: PreparedRequest;
  readonly #count: PreparedRequest;
  readonly #presented: PreparedRequest;
  readonly #readPacket: Mutable<ReadPacket> = {
    status: STATUS_SUCCESS,
    packetNumber: 0,
    flags: 0,
    performanceCounter: 0,
    moreData: false,
  };
  readonly #packetCount: Mutable<PacketCount> = { status: STATUS_SUCCESS, count: 0 };
  readonly #position: Mutable<PresentationPosition> = {
    status: STATUS_SUCCESS,
    positionInBlocks: 0,
    qpcPosition: 0,
  };

  constructor(home: ClientHome, handle: number) {
    this.#home = home;
    const prepare = (id: number, flags: number, bytes: number): PreparedRequest =>
      new PreparedRequest(home, handle, KSPROPSETID_RTAudio, id, flags, bytes);
    const { GETREADPACKET, PACKETCOUNT, PRESENTATION_POSITION, SETWRITEPACKET } =
      KSPROPERTY_RTAUDIO;
    this.#write = prepare(SETWRITEPACKET, KSPROPERTY_TYPE_SET, KSRTAUDIO_SETWRITEPACKET_INFO.size);
    this.#read = prepare(GETREADPACKET, KSPROPERTY_TYPE_GET, KSRTAUDIO_GETREADPACKET_INFO.size);
    this.#count = prepare(PACKETCOUNT, KSPROPERTY_TYPE_GET, COUNT_BYTES);
    const positionBytes = KSAUDIO_PRESENTATION_POSITION.size;
    this.#presented = prepare(PRESENTATION_POSITION, KSPROPERTY_TYPE_GET, positionBytes);
  }

  setWritePacket(packetNumber: number, flags: number, eosPacketLength: number): NtStatus {
    const { view } = this.#home.ram;
    const at = this.#write.valueAt;
    view.setUint32(at + WRITE.PacketNumber, packetNumber, true);
    view.setUint32(at + WRITE.Flags, flags, true);
    view.setUint32(at + WRITE.EosPacketLength, eosPacketLength, true);
    return this.#write.send();
  }

  tryReadPacket(): ReadPacket {
    const packet = this.#readPacket;
    packet.status = this.#read.send();
    if (!ntSuccess(packet.status)) return packet;
    const { view } = this.#home.ram;
    const at = this.#read.valueAt;
    packet.packetNumber = view.getUint32(at + READ.PacketNumber, true);
    packet.flags = view.getUint32(at + READ.Flags, true);
    packet.performanceCounter = readU64(view, at + READ.PerformanceCounterValue);
    packet.moreData = view.getUint32(at + READ.MoreData, true) !== 0;
    return packet;
  }

  tryPacketCount(): PacketCount {
    const answer = this.#packetCount;
    answer.status = this.#count.send();
    if (ntSuccess(answer.status)) {
      answer.count = this.#home.ram.view.getUint32(this.#count.valueAt, true);
    }
    return answer;
  }

  tryPresentationPosition(): PresentationPosition {
    const answer = this.#position;
    answer.status = this.#presented.send();
    if (!ntSuccess(answer.status)) return answer;
    const { view } = this.#home.ram;
    const at = this.#presented.valueAt;
    answer.positionInBlocks = readU64(view, at + PRESENTED.u64PositionInBlocks);
    answer.qpcPosition = readU64(view, at + PRESENTED.u64QPCPosition);
    return answer;
  }

  free(): void {
    for (const request of [this.#write, this.#read, this.#count, this.#presented]) request.free();
  }
}
