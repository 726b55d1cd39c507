/** Events on a stream pin, enabled as a client does, with an event object of its process. */
import { type Guid, writeGuid } from '../../src/base/guid.ts';
import { writeU64 } from '../../src/base/struct.ts';
import type { KsObject } from '../../src/client/ks-object.ts';
import type { Kevent } from '../../src/kernel/dispatch/event.ts';
import {
  IOCTL_KS_ENABLE_EVENT,
  KSEVENT,
  KSEVENT_TYPE_ENABLE,
  KSEVENTF_EVENT_HANDLE,
  LOOPEDSTREAMING_POSITION_EVENT_DATA,
} from '../../src/standards/ks/requests.ts';
import type { NtStatus } from '../../src/standards/nt/ntstatus.ts';

export interface EnabledEvent {
  readonly status: NtStatus;
  readonly event: Kevent;
}

/** Enables an event; a position event carries its byte behind the KSEVENTDATA. */
export function enableEvent(
  pin: KsObject,
  set: Guid,
  id: number,
  { flags = KSEVENT_TYPE_ENABLE, byte = 0 }: { flags?: number; byte?: number } = {},
): EnabledEvent {
  const { process, ram } = pin.home;
  const layout = LOOPEDSTREAMING_POSITION_EVENT_DATA.layout(process.pointerBytes);
  const requestAt = process.alloc(KSEVENT.size);
  const dataAt = process.alloc(layout.size);
  const handle = process.createEvent('synchronization');
  const event = process.event(handle);
  if (event === null) throw new Error('no event');
  writeGuid(ram.view, requestAt, set);
  ram.view.setUint32(requestAt + KSEVENT.offsets.Id, id, true);
  ram.view.setUint32(requestAt + KSEVENT.offsets.Flags, flags, true);
  layout.write(ram.view, dataAt, { NotificationType: KSEVENTF_EVENT_HANDLE, Event: handle });
  writeU64(ram.view, dataAt + layout.offsets.Position, byte);
  const status = process.deviceIoControl(
    pin.handle,
    IOCTL_KS_ENABLE_EVENT,
    requestAt,
    KSEVENT.size,
    dataAt,
    layout.size,
  );
  return { status, event };
}
