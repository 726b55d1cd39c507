/**
 * KSPROPSETID_Audio on a WaveRT pin: POSITION and POSITIONEX, both from the stream's GetPosition.
 * This is the one request that a running stream makes of the driver, so it allocates nothing.
 */
import { writeU64 } from '../../base/struct.ts';
import type { PropertySet } from '../../ks/property-table.ts';
import { KSPROPSETID_Audio } from '../../standards/ks/guids.ts';
import {
  KSAUDIO_POSITION,
  KSAUDIO_POSITIONEX,
  KSPROPERTY,
  KSPROPERTY_AUDIO,
  KSPROPERTY_TYPE_SET,
} from '../../standards/ks/requests.ts';
import { type NtStatus, ntSuccess, STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import type { KsAudioPosition } from '../ddi/structs.ts';
import type { WaveRtPin } from './wavert-pin.ts';

const PLAY_AT = KSAUDIO_POSITION.offsets.PlayOffset;
const WRITE_AT = KSAUDIO_POSITION.offsets.WriteOffset;
const TICKS_PER_SECOND = 10_000_000;
const NS_PER_TICK = 100;

export function audioPropertySet(pin: WaveRtPin): PropertySet {
  const position: KsAudioPosition = { playOffset: 0, writeOffset: 0 };
  const { clock } = pin.parts.port.kernel;
  const ticks = (): number => Math.floor(clock.now / NS_PER_TICK);
  const readPosition = (): NtStatus => {
    const status = pin.stream.getPosition(position);
    if (ntSuccess(status)) pin.positionWatch.check(position, pin.buffer.bytes);
    return status;
  };
  return {
    set: KSPROPSETID_Audio,
    items: [
      {
        id: KSPROPERTY_AUDIO.POSITION,
        get: (request) => {
          const status = readPosition();
          if (!ntSuccess(status)) return status;
          request.information = KSAUDIO_POSITION.size;
          writeU64(request.view, request.valueAt + PLAY_AT, position.playOffset);
          writeU64(request.view, request.valueAt + WRITE_AT, position.writeOffset);
          return STATUS_SUCCESS;
        },
        // The page allows SET, but a WaveRT stream has no method that moves its position.
        unsupported: KSPROPERTY_TYPE_SET,
        request: KSPROPERTY,
        value: KSAUDIO_POSITION,
      },
      {
        id: KSPROPERTY_AUDIO.POSITIONEX,
        get: (request) => {
          const before = ticks();
          const status = readPosition();
          if (!ntSuccess(status)) return status;
          request.information = KSAUDIO_POSITIONEX.size;
          KSAUDIO_POSITIONEX.write(request.view, request.valueAt, {
            TimerFrequency: TICKS_PER_SECOND,
            TimeStamp1: before,
            PlayOffset: position.playOffset,
            WriteOffset: position.writeOffset,
            TimeStamp2: ticks(),
          });
          return STATUS_SUCCESS;
        },
        request: KSPROPERTY,
        value: KSAUDIO_POSITIONEX,
      },
    ],
  };
}
