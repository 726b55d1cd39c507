/**
 * An open WaveRT pin, in a client's hands: buffer, state, position, latency, registers, events and
 * packets. What a running stream asks each period lies ready in memory and is sent again and
 * again, so asking it allocates nothing.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import { readU64 } from '../base/struct.ts';
import {
  KSPROPSETID_Audio,
  KSPROPSETID_Connection,
  KSPROPSETID_RTAudio,
} from '../standards/ks/guids.ts';
import {
  KSAUDIO_POSITION,
  KSPROPERTY_AUDIO,
  KSPROPERTY_CONNECTION,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_GET,
  KSRTAUDIO_BUFFER,
  KSRTAUDIO_BUFFER_PROPERTY,
  KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION,
  KSRTAUDIO_HWLATENCY,
  KSRTAUDIO_HWREGISTER,
  KSRTAUDIO_HWREGISTER_PROPERTY,
  KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY,
  type KSSTATE,
} from '../standards/ks/requests.ts';
import { type NtStatus, ntSuccess } from '../standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { type ClientHome, KsObject } from './ks-object.ts';
import {
  type PacketCount,
  PacketRequests,
  type PresentationPosition,
  type ReadPacket,
} from './packet-requests.ts';
import { PreparedRequest } from './prepared-request.ts';

/** The cyclic buffer as the client sees it. */
export interface BufferView {
  readonly address: VirtualAddress;
  readonly requestedBytes: number;
  readonly actualBytes: number;
  readonly callMemoryBarrier: boolean;
}

export interface HardwareLatency {
  readonly fifoBytes: number;
  readonly chipsetDelay100ns: number;
  readonly codecDelay100ns: number;
}

export interface HardwareRegister {
  readonly address: VirtualAddress;
  readonly widthBits: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly accuracy: number;
}

export class KsPin extends KsObject {
  readonly format: PcmFormat;
  readonly frameBytes: number;
  /** Byte offsets of the last `readPosition`. */
  playOffset = 0;
  writeOffset = 0;
  readonly #position: PreparedRequest;
  #packetRequests: PacketRequests | null = null;

  constructor(home: ClientHome, handle: number, format: PcmFormat) {
    super(home, handle);
    this.format = format;
    this.frameBytes = frameBytes(format);
    this.#position = new PreparedRequest(
      home,
      handle,
      KSPROPSETID_Audio,
      KSPROPERTY_AUDIO.POSITION,
      KSPROPERTY_TYPE_GET,
      KSAUDIO_POSITION.size,
    );
  }

  override close(): void {
    if (this.isClosed) return;
    super.close();
    this.#position.free();
    this.#packetRequests?.free();
  }

  /** KSPROPERTY_RTAUDIO_BUFFER; the status when it fails. */
  tryAllocateBuffer(requestedBytes: number): { status: NtStatus; buffer: BufferView | null } {
    const asked = KSRTAUDIO_BUFFER_PROPERTY.layout(this.home.process.pointerBytes);
    asked.write(this.view, this.requestAt, {
      BaseAddress: 0,
      RequestedBufferSize: requestedBytes,
    });
    return this.#getBuffer(KSPROPERTY_RTAUDIO.BUFFER, asked.size, requestedBytes);
  }

  /** KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION: `notificationCount` events per pass, 1 or 2. */
  tryAllocateBufferWithNotification(
    requestedBytes: number,
    notificationCount: number,
  ): { status: NtStatus; buffer: BufferView | null } {
    const { pointerBytes } = this.home.process;
    const asked = KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION.layout(pointerBytes);
    asked.write(this.view, this.requestAt, {
      BaseAddress: 0,
      RequestedBufferSize: requestedBytes,
      NotificationCount: notificationCount,
    });
    const id = KSPROPERTY_RTAUDIO.BUFFER_WITH_NOTIFICATION;
    return this.#getBuffer(id, asked.size, requestedBytes);
  }

  #getBuffer(
    id: number,
    requestBytes: number,
    requestedBytes: number,
  ): { status: NtStatus; buffer: BufferView | null } {
    const answer = KSRTAUDIO_BUFFER.layout(this.home.process.pointerBytes);
    const status = this.get(KSPROPSETID_RTAudio, id, answer.size, requestBytes);
    if (!ntSuccess(status)) return { status, buffer: null };
    const value = answer.read(this.view, this.valueAt);
    return {
      status,
      buffer: {
        address: virtual(value.BufferAddress),
        requestedBytes,
        actualBytes: value.ActualBufferSize,
        callMemoryBarrier: value.CallMemoryBarrier !== 0,
      },
    };
  }

  /** KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT. @throws KsError */
  queryNotificationSupport(): boolean {
    const id = KSPROPERTY_RTAUDIO.QUERY_NOTIFICATION_SUPPORT;
    this.check('QUERY_NOTIFICATION_SUPPORT', this.get(KSPROPSETID_RTAudio, id, 4));
    return this.view.getUint32(this.valueAt, true) !== 0;
  }

  /** The event behind a handle of the client's process is set at every notification from now on. */
  registerNotificationEvent(handle: number): NtStatus {
    return this.#notificationEvent(KSPROPERTY_RTAUDIO.REGISTER_NOTIFICATION_EVENT, handle);
  }

  unregisterNotificationEvent(handle: number): NtStatus {
    return this.#notificationEvent(KSPROPERTY_RTAUDIO.UNREGISTER_NOTIFICATION_EVENT, handle);
  }

  #notificationEvent(id: number, handle: number): NtStatus {
    const { pointerBytes } = this.home.process;
    const asked = KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY.layout(pointerBytes);
    asked.write(this.view, this.requestAt, { NotificationEvent: handle });
    return this.get(KSPROPSETID_RTAudio, id, 0, asked.size);
  }

  /** SETWRITEPACKET: packet `packetNumber` lies in the buffer, `eosPacketLength` bytes if the last. */
  setWritePacket(packetNumber: number, flags: number, eosPacketLength: number): NtStatus {
    return this.#packets.setWritePacket(packetNumber, flags, eosPacketLength);
  }

  /** GETREADPACKET; the object is filled anew by each call. */
  tryReadPacket(): ReadPacket {
    return this.#packets.tryReadPacket();
  }

  /** PACKETCOUNT; the object is filled anew by each call. */
  tryPacketCount(): PacketCount {
    return this.#packets.tryPacketCount();
  }

  /** PRESENTATION_POSITION; the object is filled anew by each call. */
  tryPresentationPosition(): PresentationPosition {
    return this.#packets.tryPresentationPosition();
  }

  get #packets(): PacketRequests {
    this.#packetRequests ??= new PacketRequests(this.home, this.handle);
    return this.#packetRequests;
  }

  hardwareLatency(): HardwareLatency {
    const status = this.get(
      KSPROPSETID_RTAudio,
      KSPROPERTY_RTAUDIO.HWLATENCY,
      KSRTAUDIO_HWLATENCY.size,
    );
    this.check('HWLATENCY', status);
    const latency = KSRTAUDIO_HWLATENCY.read(this.view, this.valueAt);
    return {
      fifoBytes: latency.FifoSize,
      chipsetDelay100ns: latency.ChipsetDelay,
      codecDelay100ns: latency.CodecDelay,
    };
  }

  /** Maps the position or the clock register; the status when the stream offers none. */
  tryMapRegister(kind: 'position' | 'clock'): {
    status: NtStatus;
    register: HardwareRegister | null;
  } {
    const { pointerBytes } = this.home.process;
    const id =
      kind === 'position' ? KSPROPERTY_RTAUDIO.POSITIONREGISTER : KSPROPERTY_RTAUDIO.CLOCKREGISTER;
    const asked = KSRTAUDIO_HWREGISTER_PROPERTY.layout(pointerBytes);
    const answer = KSRTAUDIO_HWREGISTER.layout(pointerBytes);
    asked.write(this.view, this.requestAt, { BaseAddress: 0 });
    const status = this.get(KSPROPSETID_RTAudio, id, answer.size, asked.size);
    if (!ntSuccess(status)) return { status, register: null };
    const value = answer.read(this.view, this.valueAt);
    return {
      status,
      register: {
        address: virtual(value.Register),
        widthBits: value.Width,
        numerator: value.Numerator,
        denominator: value.Denominator,
        accuracy: value.Accuracy,
      },
    };
  }

  setState(state: KSSTATE): NtStatus {
    this.view.setUint32(this.valueAt, state, true);
    return this.set(KSPROPSETID_Connection, KSPROPERTY_CONNECTION.STATE, 4);
  }

  getState(): KSSTATE {
    this.check('STATE', this.get(KSPROPSETID_Connection, KSPROPERTY_CONNECTION.STATE, 4));
    return this.view.getUint32(this.valueAt, true) as KSSTATE;
  }

  /** KSPROPERTY_AUDIO_POSITION into `playOffset` and `writeOffset`. */
  readPosition(): NtStatus {
    const status = this.#position.send();
    if (ntSuccess(status)) {
      const at = this.#position.valueAt;
      this.playOffset = readU64(this.view, at + KSAUDIO_POSITION.offsets.PlayOffset);
      this.writeOffset = readU64(this.view, at + KSAUDIO_POSITION.offsets.WriteOffset);
    }
    return status;
  }
}
