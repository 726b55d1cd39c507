/** Events of a filter, its nodes and its pins, as a client enables them. */
import type { Guid } from '../../src/base/guid.ts';
import type { KsFilter } from '../../src/client/ks-filter.ts';
import {
  IOCTL_KS_ENABLE_EVENT,
  KSEVENT_TYPE_ENABLE,
  KSEVENTDATA,
  KSEVENTF_EVENT_HANDLE,
} from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';

/** An event of the filter that tells whether it was set since the last look. */
export function enable(
  filter: KsFilter,
  asked: { set: Guid; id: number; flags: number; words: readonly number[] },
) {
  const { process } = filter.home;
  const handle = process.createEvent('synchronization');
  const dataAt = process.alloc(KSEVENTDATA.size);
  KSEVENTDATA.write(filter.view, dataAt, {
    NotificationType: KSEVENTF_EVENT_HANDLE,
    Event: handle,
  });
  filter.identify(asked.set, asked.id, KSEVENT_TYPE_ENABLE | asked.flags);
  asked.words.forEach((word, index) => {
    filter.view.setUint32(filter.requestAt + 24 + 4 * index, word, true);
  });
  const bytes = 24 + 4 * asked.words.length;
  const code = IOCTL_KS_ENABLE_EVENT;
  const { handle: file, requestAt } = filter;
  const status = process.deviceIoControl(file, code, requestAt, bytes, dataAt, KSEVENTDATA.size);
  if (status !== STATUS_SUCCESS) throw new Error(`the event was refused with ${status}`);
  const take = (): boolean => process.event(handle)?.tryTake() ?? false;
  const close = (): void => {
    process.closeHandle(handle);
    process.free(dataAt);
  };
  return { take, close };
}
