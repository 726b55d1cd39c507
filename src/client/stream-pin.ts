/**
 * An open pin that takes stream packets, in a client's hands: state, position, allocator framing
 * and packets of the client's own memory. What a running stream asks each period lies ready and is
 * sent again and again. Source: KSINTERFACE_STANDARD_STREAMING and LOOPED_STREAMING.
 */
import type { VirtualAddress } from '../base/brand.ts';
import { readU64 } from '../base/struct.ts';
import { KSPROPSETID_Audio, KSPROPSETID_Connection } from '../standards/ks/guids.ts';
import {
  KSAUDIO_POSITION,
  KSINTERFACE_STANDARD,
  KSPROPERTY_AUDIO,
  KSPROPERTY_CONNECTION,
  KSPROPERTY_TYPE_GET,
  type KSSTATE,
} from '../standards/ks/requests.ts';
import { KSALLOCATOR_FRAMING } from '../standards/ks/stream-packets.ts';
import { type NtStatus, ntSuccess } from '../standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { KsFilter } from './ks-filter.ts';
import { type ClientHome, KsError, KsObject } from './ks-object.ts';
import { PreparedRequest } from './prepared-request.ts';
import { StreamPacket } from './stream-packet.ts';

export class StreamPin extends KsObject {
  readonly format: PcmFormat;
  readonly frameBytes: number;
  /** Byte offsets of the last `readPosition`. */
  playOffset = 0;
  writeOffset = 0;
  readonly #position: PreparedRequest;

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

  /** Opens a pin whose packets are processed once, or one that loops over a single packet. */
  static tryOpen(
    filter: KsFilter,
    pinId: number,
    format: PcmFormat,
    interfaceId: number = KSINTERFACE_STANDARD.STREAMING,
  ): { status: NtStatus; pin: StreamPin | null } {
    const { status, handle } = filter.tryConnect(pinId, format, interfaceId);
    return { status, pin: ntSuccess(status) ? new StreamPin(filter.home, handle, format) : null };
  }

  /** The same. @throws KsError */
  static open(
    filter: KsFilter,
    pinId: number,
    format: PcmFormat,
    interfaceId: number = KSINTERFACE_STANDARD.STREAMING,
  ): StreamPin {
    const { status, pin } = StreamPin.tryOpen(filter, pinId, format, interfaceId);
    if (pin === null) throw new KsError(`opening pin ${pinId}`, status);
    return pin;
  }

  override close(): void {
    if (this.isClosed) return;
    super.close();
    this.#position.free();
  }

  /** A packet with room for `bytes`; whoever made it frees it. `returned` is told at every end. */
  packet(
    bytes: number,
    returned: ((packet: StreamPacket) => void) | null = null,
    offset = 0,
  ): StreamPacket {
    return new StreamPacket(this.home, this.handle, bytes, returned, offset);
  }

  /** A packet over `bytes` bytes of the client's own memory, which outlives it. */
  packetAt(
    at: VirtualAddress,
    bytes: number,
    returned: (packet: StreamPacket) => void,
  ): StreamPacket {
    return new StreamPacket(this.home, this.handle, bytes, returned, 0, at);
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

  /** SET of KSPROPERTY_AUDIO_POSITION, of which the play offset counts. */
  setPosition(playOffset: number): NtStatus {
    KSAUDIO_POSITION.write(this.view, this.valueAt, {
      PlayOffset: playOffset,
      WriteOffset: playOffset,
    });
    return this.set(KSPROPSETID_Audio, KSPROPERTY_AUDIO.POSITION, KSAUDIO_POSITION.size);
  }

  /** KSPROPERTY_CONNECTION_ALLOCATORFRAMING. @throws KsError */
  allocatorFraming(): ReturnType<typeof KSALLOCATOR_FRAMING.read> {
    const id = KSPROPERTY_CONNECTION.ALLOCATORFRAMING;
    const status = this.get(KSPROPSETID_Connection, id, KSALLOCATOR_FRAMING.size);
    this.check('ALLOCATORFRAMING', status);
    return KSALLOCATOR_FRAMING.read(this.view, this.valueAt);
  }
}
