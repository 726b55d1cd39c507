/**
 * KSPROPSETID_RTAudio on a pin whose stream has IMiniportWaveRTStream only: the buffer, the
 * hardware latency, and the mapped registers. Source: the KSPROPERTY_RTAUDIO_* pages.
 */
import type { PropertySet } from '../../ks/property-table.ts';
import { KSPROPSETID_RTAudio } from '../../standards/ks/guids.ts';
import {
  KSPROPERTY,
  KSPROPERTY_RTAUDIO,
  KSRTAUDIO_BUFFER,
  KSRTAUDIO_BUFFER_PROPERTY,
  KSRTAUDIO_HWLATENCY,
  KSRTAUDIO_HWREGISTER,
  KSRTAUDIO_HWREGISTER_PROPERTY,
} from '../../standards/ks/requests.ts';
import { ntSuccess, STATUS_NOT_SUPPORTED, STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import type { KsRtAudioHwLatency } from '../ddi/structs.ts';
import type { WaveRtPin } from './wavert-pin.ts';

export function rtAudioPropertySet(pin: WaveRtPin): PropertySet {
  return {
    set: KSPROPSETID_RTAudio,
    items: [
      {
        // Named in the enumeration, described by no page.
        id: KSPROPERTY_RTAUDIO.GETPOSITIONFUNCTION,
        get: () => STATUS_NOT_SUPPORTED,
        request: KSPROPERTY,
        value: 0,
      },
      {
        id: KSPROPERTY_RTAUDIO.BUFFER,
        get: (request) => {
          const asked = KSRTAUDIO_BUFFER_PROPERTY.layout(request.pointerBytes);
          const at = request.requestAt + asked.offsets.RequestedBufferSize;
          const status = pin.buffer.allocate(request.view.getUint32(at, true));
          if (!ntSuccess(status)) return status;
          const layout = KSRTAUDIO_BUFFER.layout(request.pointerBytes);
          request.information = layout.size;
          layout.write(request.view, request.valueAt, {
            BufferAddress: pin.buffer.address,
            ActualBufferSize: pin.buffer.bytes,
            CallMemoryBarrier: pin.buffer.callMemoryBarrier ? 1 : 0,
          });
          return STATUS_SUCCESS;
        },
        request: KSRTAUDIO_BUFFER_PROPERTY,
        value: KSRTAUDIO_BUFFER,
      },
      {
        id: KSPROPERTY_RTAUDIO.HWLATENCY,
        get: (request) => {
          const latency: KsRtAudioHwLatency = { fifoSize: 0, chipsetDelay: 0, codecDelay: 0 };
          pin.stream.getHWLatency(latency);
          request.information = KSRTAUDIO_HWLATENCY.size;
          KSRTAUDIO_HWLATENCY.write(request.view, request.valueAt, {
            FifoSize: latency.fifoSize,
            ChipsetDelay: latency.chipsetDelay,
            CodecDelay: latency.codecDelay,
          });
          return STATUS_SUCCESS;
        },
        request: KSPROPERTY,
        value: KSRTAUDIO_HWLATENCY,
      },
      {
        id: KSPROPERTY_RTAUDIO.POSITIONREGISTER,
        get: (request) => pin.registers.answer(request, 'position'),
        request: KSRTAUDIO_HWREGISTER_PROPERTY,
        value: KSRTAUDIO_HWREGISTER,
      },
      {
        id: KSPROPERTY_RTAUDIO.CLOCKREGISTER,
        get: (request) => pin.registers.answer(request, 'clock'),
        request: KSRTAUDIO_HWREGISTER_PROPERTY,
        value: KSRTAUDIO_HWREGISTER,
      },
    ],
  };
}
