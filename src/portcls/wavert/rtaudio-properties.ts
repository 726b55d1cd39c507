/**
 * KSPROPSETID_RTAudio on a pin: what every stream has, which is the buffer, the hardware latency
 * and the mapped registers, and what the optional interfaces of a stream add. Source: the
 * KSPROPERTY_RTAUDIO_* pages.
 */
import type { PropertySet } from '../../ks/property-table.ts';
import { KSPROPSETID_RTAudio } from '../../standards/ks/guids.ts';
import {
  KSPROPERTY,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_GET,
  KSRTAUDIO_BUFFER,
  KSRTAUDIO_BUFFER_PROPERTY,
  KSRTAUDIO_HWLATENCY,
  KSRTAUDIO_HWREGISTER,
  KSRTAUDIO_HWREGISTER_PROPERTY,
} from '../../standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import type { KsRtAudioHwLatency } from '../ddi/structs.ts';
import { notificationProperties } from './notification-properties.ts';
import { packetProperties } from './packet-properties.ts';
import { unsupportedProperty } from './unsupported-property.ts';
import type { WaveRtPin } from './wavert-pin.ts';

/** No size and no delay: what a miniport that leaves a member out leaves there. */
const NOT_WRITTEN = -1;

export function rtAudioPropertySet(pin: WaveRtPin): PropertySet {
  return {
    set: KSPROPSETID_RTAudio,
    items: [
      // Named in the enumeration, described by no page.
      unsupportedProperty(KSPROPERTY_RTAUDIO.GETPOSITIONFUNCTION, KSPROPERTY_TYPE_GET),
      {
        id: KSPROPERTY_RTAUDIO.BUFFER,
        get: (request) => {
          const layout = KSRTAUDIO_BUFFER_PROPERTY.layout(request.pointerBytes);
          const asked = layout.read(request.view, request.requestAt);
          return pin.buffer.answer(request, asked.BaseAddress, asked.RequestedBufferSize, 0);
        },
        request: KSRTAUDIO_BUFFER_PROPERTY,
        value: KSRTAUDIO_BUFFER,
      },
      {
        id: KSPROPERTY_RTAUDIO.HWLATENCY,
        get: (request) => {
          const latency = hardwareLatency(pin);
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
      ...notificationProperties(pin),
      ...packetProperties(pin),
    ],
  };
}

/** GetHWLatency cannot fail, so a member that it leaves out counts as 0 and is noted. */
function hardwareLatency(pin: WaveRtPin): KsRtAudioHwLatency {
  const { findings } = pin.parts.port.portClass;
  if (!pin.buffer.isAllocated) {
    findings.report('a client asked for the hardware latency before the cyclic buffer');
  }
  const latency: KsRtAudioHwLatency = {
    fifoSize: NOT_WRITTEN,
    chipsetDelay: NOT_WRITTEN,
    codecDelay: NOT_WRITTEN,
  };
  pin.stream.getHWLatency(latency);
  for (const member of ['fifoSize', 'chipsetDelay', 'codecDelay'] as const) {
    if (latency[member] !== NOT_WRITTEN) continue;
    findings.report(`GetHWLatency left ${member} unwritten`);
    latency[member] = 0;
  }
  return latency;
}
