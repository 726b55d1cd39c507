/**
 * KSPROPSETID_Audio on a WavePci pin: POSITION, which the port owns. The play offset is what the
 * miniport tells of its DAC or ADC; the write offset is the port's own knowledge of mappings, or
 * the play offset and the prefetch offset. A looped pin's offsets lie in its buffer. Source:
 * KSPROPERTY_AUDIO_POSITION, "Audio Position Property", IPreFetchOffset.
 */
import { Out } from '../../base/out.ts';
import { readU64, writeU64 } from '../../base/struct.ts';
import type { PropertySet } from '../../ks/property-table.ts';
import { KSPROPSETID_Audio } from '../../standards/ks/guids.ts';
import {
  KSAUDIO_POSITION,
  KSPROPERTY,
  KSPROPERTY_AUDIO,
  KSSTATE,
} from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { WavePciPin } from './wavepci-pin.ts';

const PLAY_AT = KSAUDIO_POSITION.offsets.PlayOffset;
const WRITE_AT = KSAUDIO_POSITION.offsets.WriteOffset;

/** The page allows SET of any pin; a position that counts the stream's bytes is not to be moved. */
const STATUS_POSITION_IS_FIXED = STATUS_NOT_SUPPORTED;

/** Reads, and for a looped pin sets, the position of one pin. Allocates nothing once made. */
export class PinPosition {
  /** Byte offsets of the last `read`. */
  playOffset = 0;
  writeOffset = 0;
  /** Where in the loop byte 0 of the stream lies. */
  #loopStart = 0;
  readonly #pin: WavePciPin;
  readonly #streamBytes = new Out(0);

  constructor(pin: WavePciPin) {
    this.#pin = pin;
  }

  /** Bytes of the stream at the DAC or ADC; null when the miniport does not tell. */
  streamBytes(): number | null {
    const status = this.#pin.stream.getPosition(this.#streamBytes);
    return ntSuccess(status) ? this.#streamBytes.value : null;
  }

  /** The stream's bytes, counted from the start of the loop's buffer. */
  loopBytesPassed(streamBytes: number): number {
    return this.#loopStart + streamBytes;
  }

  /** IRQL <= DISPATCH_LEVEL. */
  read(): NtStatus {
    const { mappings, parts, stream } = this.#pin;
    const status = stream.getPosition(this.#streamBytes);
    if (!ntSuccess(status)) return status;
    const play = this.#streamBytes.value;
    const { preFetchOffset } = parts.portStream;
    const write = preFetchOffset === null ? this.#handedOver() : play + preFetchOffset;
    const { loopBytes } = mappings;
    this.playOffset = loopBytes === 0 ? play : (this.#loopStart + play) % loopBytes;
    this.writeOffset = loopBytes === 0 ? write : (this.#loopStart + write) % loopBytes;
    return STATUS_SUCCESS;
  }

  /** What render mappings that are acquired, or capture mappings that came back, reach to. */
  #handedOver(): number {
    const { mappings, parts } = this.#pin;
    return parts.isRender ? mappings.acquiredBytes : mappings.returnedBytes;
  }

  /** A loop that has not begun since STOP begins at `playOffset`. */
  set(playOffset: number): NtStatus {
    const { mappings, parts, state } = this.#pin;
    if (!parts.isLooped) return STATUS_POSITION_IS_FIXED;
    if (state.current === KSSTATE.RUN || mappings.loopBytes === 0) {
      return STATUS_INVALID_DEVICE_STATE;
    }
    if (playOffset >= mappings.loopBytes) return STATUS_INVALID_PARAMETER;
    if (!mappings.moveLoopTo(playOffset)) return STATUS_INVALID_DEVICE_STATE;
    this.#loopStart = playOffset;
    return STATUS_SUCCESS;
  }

  /** The stream stopped: its bytes count from the start of the buffer again. */
  reset(): void {
    this.#loopStart = 0;
  }
}

export function audioPropertySet(position: PinPosition): PropertySet {
  return {
    set: KSPROPSETID_Audio,
    items: [
      {
        id: KSPROPERTY_AUDIO.POSITION,
        get: (request) => {
          const status = position.read();
          if (!ntSuccess(status)) return status;
          request.information = KSAUDIO_POSITION.size;
          writeU64(request.view, request.valueAt + PLAY_AT, position.playOffset);
          writeU64(request.view, request.valueAt + WRITE_AT, position.writeOffset);
          return STATUS_SUCCESS;
        },
        set: (request) => position.set(readU64(request.view, request.valueAt + PLAY_AT)),
        request: KSPROPERTY,
        value: KSAUDIO_POSITION,
      },
    ],
  };
}
