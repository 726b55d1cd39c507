/**
 * The properties of KSPROPSETID_RTAudio that need IMiniportWaveRTStreamNotification: a buffer that
 * notifies, its events, and the question whether there are any. Without the interface all but the
 * question answer STATUS_NOT_SUPPORTED. Source: the KSPROPERTY_RTAUDIO_* pages.
 */
import type { PropertyItem } from '../../ks/property-table.ts';
import type { KsRequest } from '../../ks/request.ts';
import {
  KSPROPERTY,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
  KSRTAUDIO_BUFFER,
  KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION,
  KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY,
  KSSTATE,
} from '../../standards/ks/requests.ts';
import { type NtStatus, STATUS_INVALID_PARAMETER } from '../../standards/nt/ntstatus.ts';
import { unsupportedProperty } from './unsupported-property.ts';
import type { WaveRtPin } from './wavert-pin.ts';

const BOOL_BYTES = 4;
const GET_AND_SET = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET;
const {
  BUFFER_WITH_NOTIFICATION,
  QUERY_NOTIFICATION_SUPPORT,
  REGISTER_NOTIFICATION_EVENT,
  UNREGISTER_NOTIFICATION_EVENT,
} = KSPROPERTY_RTAUDIO;

export function notificationProperties(pin: WaveRtPin): PropertyItem[] {
  const { notifications } = pin;
  const query: PropertyItem = {
    id: QUERY_NOTIFICATION_SUPPORT,
    get: (request) => request.answerUlong(notifications === null ? 0 : 1),
    request: KSPROPERTY,
    value: BOOL_BYTES,
  };
  if (notifications === null) {
    return [
      query,
      unsupportedProperty(BUFFER_WITH_NOTIFICATION, KSPROPERTY_TYPE_GET),
      unsupportedProperty(REGISTER_NOTIFICATION_EVENT, GET_AND_SET),
      unsupportedProperty(UNREGISTER_NOTIFICATION_EVENT, GET_AND_SET),
    ];
  }
  return [
    query,
    {
      id: BUFFER_WITH_NOTIFICATION,
      get: (request) => allocate(pin, request),
      request: KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION,
      value: KSRTAUDIO_BUFFER,
    },
    eventProperty(REGISTER_NOTIFICATION_EVENT, (handle) => notifications.register(handle)),
    eventProperty(UNREGISTER_NOTIFICATION_EVENT, (handle) =>
      notifications.unregister(handle, pin.state.current === KSSTATE.RUN),
    ),
  ];
}

/** A signal at the end of the buffer, or at its middle too: no other count is valid. */
function allocate(pin: WaveRtPin, request: KsRequest): NtStatus {
  const layout = KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION.layout(request.pointerBytes);
  const asked = layout.read(request.view, request.requestAt);
  const count = asked.NotificationCount;
  if (count !== 1 && count !== 2) {
    const { findings } = pin.parts.port.portClass;
    findings.report(`a client asked for ${count} notifications per buffer, not 1 or 2`);
    return STATUS_INVALID_PARAMETER;
  }
  return pin.buffer.answer(request, asked.BaseAddress, asked.RequestedBufferSize, count);
}

/** The page lists both verbs, so get and set do the same. */
function eventProperty(id: number, act: (handle: number) => NtStatus): PropertyItem {
  const handler = (request: KsRequest): NtStatus => {
    const layout = KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY.layout(request.pointerBytes);
    return act(layout.read(request.view, request.requestAt).NotificationEvent);
  };
  return {
    id,
    get: handler,
    set: handler,
    request: KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY,
    value: 0,
  };
}
