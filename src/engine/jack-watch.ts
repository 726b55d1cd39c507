/**
 * Waits for plugs: KSEVENT_PINCAPS_JACKINFOCHANGE of a bridge pin, which sets the endpoint
 * builder's event. The topology filter stays open as long as the endpoint is there, because an
 * event lives no longer than the handle it was enabled on.
 */

import type { VirtualAddress } from '../base/brand.ts';
import { KsFilter } from '../client/ks-filter.ts';
import { type ClientHome, KsError } from '../client/ks-object.ts';
import {
  IOCTL_KS_ENABLE_EVENT,
  KSEVENT_TYPE_ENABLE,
  KSEVENTDATA,
  KSEVENTF_EVENT_HANDLE,
  KSP_PIN,
} from '../standards/ks/requests.ts';
import { KSEVENT_PINCAPS, KSEVENTSETID_PinCapsChange } from '../standards/ks/topology-controls.ts';
import { ntSuccess } from '../standards/nt/ntstatus.ts';

export class JackWatch {
  readonly #filter: KsFilter;
  readonly #dataAt: VirtualAddress;

  private constructor(filter: KsFilter, pinId: number, eventHandle: number) {
    const { process } = filter.home;
    this.#filter = filter;
    this.#dataAt = process.alloc(KSEVENTDATA.size);
    KSEVENTDATA.write(filter.view, this.#dataAt, {
      NotificationType: KSEVENTF_EVENT_HANDLE,
      Event: eventHandle,
    });
    filter.identify(
      KSEVENTSETID_PinCapsChange,
      KSEVENT_PINCAPS.JACKINFOCHANGE,
      KSEVENT_TYPE_ENABLE,
    );
    filter.view.setUint32(filter.requestAt + KSP_PIN.offsets.PinId, pinId, true);
    filter.view.setUint32(filter.requestAt + KSP_PIN.offsets.Reserved, 0, true);
    const code = IOCTL_KS_ENABLE_EVENT;
    const { handle, requestAt } = filter;
    const bytes = KSEVENTDATA.size;
    const dataAt = this.#dataAt;
    const status = process.deviceIoControl(handle, code, requestAt, KSP_PIN.size, dataAt, bytes);
    if (ntSuccess(status)) return;
    process.free(dataAt);
    throw new KsError('JACKINFOCHANGE', status);
  }

  /** Null where the driver has no such event, or is gone. */
  static start(
    home: ClientHome,
    symbolicLink: string,
    pinId: number,
    eventHandle: number,
  ): JackWatch | null {
    let filter: KsFilter | null = null;
    try {
      filter = KsFilter.open(home, symbolicLink);
      return new JackWatch(filter, pinId, eventHandle);
    } catch (error) {
      filter?.close();
      if (error instanceof KsError) return null;
      throw error;
    }
  }

  end(): void {
    this.#filter.close();
    this.#filter.home.process.free(this.#dataAt);
  }
}
