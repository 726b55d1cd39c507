/**
 * The port's own properties on a WaveCyclic pin: KSPROPERTY_AUDIO_POSITION, whose play offset is
 * what the stream tells of its converter and whose write offset is what the port has copied, and
 * the framing that suits the port, which is one notification interval. Source: "Audio Position
 * Property", KSPROPERTY_CONNECTION_ALLOCATORFRAMING.
 */
import { writeU64 } from '../../base/struct.ts';
import type { PropertyItem, PropertySet } from '../../ks/property-table.ts';
import { KSPROPSETID_Audio } from '../../standards/ks/guids.ts';
import {
  KSAUDIO_POSITION,
  KSPROPERTY,
  KSPROPERTY_AUDIO,
  KSPROPERTY_CONNECTION,
  KSPROPERTY_TYPE_SET,
} from '../../standards/ks/requests.ts';
import {
  KSALLOCATOR_FRAMING,
  KSALLOCATOR_REQUIREMENTF,
} from '../../standards/ks/stream-packets.ts';
import { STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import type { CyclicBuffer } from './cyclic-buffer.ts';
import type { CyclicTransfer } from './cyclic-transfer.ts';

const PLAY_AT = KSAUDIO_POSITION.offsets.PlayOffset;
const WRITE_AT = KSAUDIO_POSITION.offsets.WriteOffset;
/** Packets under way that keep the port 40 ms ahead. */
const FRAMES_AHEAD = 4;

export function audioPropertySet(transfer: CyclicTransfer): PropertySet {
  return {
    set: KSPROPSETID_Audio,
    items: [
      {
        id: KSPROPERTY_AUDIO.POSITION,
        get: (request) => {
          transfer.serve();
          request.information = KSAUDIO_POSITION.size;
          writeU64(request.view, request.valueAt + PLAY_AT, transfer.playOffset);
          writeU64(request.view, request.valueAt + WRITE_AT, transfer.writeOffset);
          return STATUS_SUCCESS;
        },
        // The page allows SET; a stream has no method that moves its position.
        unsupported: KSPROPERTY_TYPE_SET,
        request: KSPROPERTY,
        value: KSAUDIO_POSITION,
      },
    ],
  };
}

/** Preferences only: packets of any size are taken. */
export function allocatorFraming(buffer: CyclicBuffer): PropertyItem {
  return {
    id: KSPROPERTY_CONNECTION.ALLOCATORFRAMING,
    get: (request) => {
      request.information = KSALLOCATOR_FRAMING.size;
      KSALLOCATOR_FRAMING.write(request.view, request.valueAt, {
        RequirementsFlags:
          KSALLOCATOR_REQUIREMENTF.PREFERENCES_ONLY | KSALLOCATOR_REQUIREMENTF.SYSTEM_MEMORY,
        PoolType: 0,
        Frames: FRAMES_AHEAD,
        FrameSize: buffer.intervalBytes,
        FileAlignment: 0,
        Reserved: 0,
      });
      return STATUS_SUCCESS;
    },
    request: KSPROPERTY,
    value: KSALLOCATOR_FRAMING,
  };
}
