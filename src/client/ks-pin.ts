/**
 * An open WaveRT pin, in a client's hands: buffer, state, position, latency, registers. The
 * position request lies ready in memory and is sent again and again, so reading it allocates
 * nothing.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import { readU64 } from '../base/struct.ts';
import {
  KSPROPSETID_Audio,
  KSPROPSETID_Connection,
  KSPROPSETID_RTAudio,
} from '../standards/ks/guids.ts';
import {
  IOCTL_KS_PROPERTY,
  KSAUDIO_POSITION,
  KSPROPERTY,
  KSPROPERTY_AUDIO,
  KSPROPERTY_CONNECTION,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_GET,
  KSRTAUDIO_BUFFER,
  KSRTAUDIO_BUFFER_PROPERTY,
  KSRTAUDIO_HWLATENCY,
  KSRTAUDIO_HWREGISTER,
  KSRTAUDIO_HWREGISTER_PROPERTY,
  type KSSTATE,
} from '../standards/ks/requests.ts';
import { type NtStatus, ntSuccess } from '../standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { type ClientHome, KsObject } from './ks-object.ts';

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
  readonly #positionRequestAt: VirtualAddress;
  readonly #positionAt: VirtualAddress;

  constructor(home: ClientHome, handle: number, format: PcmFormat) {
    super(home, handle);
    this.format = format;
    this.frameBytes = frameBytes(format);
    this.#positionRequestAt = home.process.alloc(KSPROPERTY.size);
    this.#positionAt = home.process.alloc(KSAUDIO_POSITION.size);
    KSPROPERTY.write(this.view, this.#positionRequestAt, {
      Set: KSPROPSETID_Audio,
      Id: KSPROPERTY_AUDIO.POSITION,
      Flags: KSPROPERTY_TYPE_GET,
    });
  }

  override close(): void {
    if (this.isClosed) return;
    super.close();
    this.home.process.free(this.#positionRequestAt);
    this.home.process.free(this.#positionAt);
  }

  /** KSPROPERTY_RTAUDIO_BUFFER; the status when it fails. */
  tryAllocateBuffer(requestedBytes: number): { status: NtStatus; buffer: BufferView | null } {
    const { pointerBytes } = this.home.process;
    const asked = KSRTAUDIO_BUFFER_PROPERTY.layout(pointerBytes);
    const answer = KSRTAUDIO_BUFFER.layout(pointerBytes);
    asked.write(this.view, this.requestAt, {
      BaseAddress: 0,
      RequestedBufferSize: requestedBytes,
    });
    const status = this.get(
      KSPROPSETID_RTAudio,
      KSPROPERTY_RTAUDIO.BUFFER,
      answer.size,
      asked.size,
    );
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
    const status = this.home.process.deviceIoControl(
      this.handle,
      IOCTL_KS_PROPERTY,
      this.#positionRequestAt,
      KSPROPERTY.size,
      this.#positionAt,
      KSAUDIO_POSITION.size,
    );
    if (ntSuccess(status)) {
      const at = this.#positionAt;
      this.playOffset = readU64(this.view, at + KSAUDIO_POSITION.offsets.PlayOffset);
      this.writeOffset = readU64(this.view, at + KSAUDIO_POSITION.offsets.WriteOffset);
    }
    return status;
  }
}
