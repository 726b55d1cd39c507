/** Kernel streaming requests made by hand: any control code, any flags, any lengths. */

import type { Guid } from '../../src/base/guid.ts';
import type { KsObject } from '../../src/client/ks-object.ts';
import { IOCTL_KS_PROPERTY, KSPROPERTY } from '../../src/standards/ks/requests.ts';
import type { NtStatus } from '../../src/standards/nt/ntstatus.ts';

export interface RawRequest {
  readonly code?: number;
  readonly set: Guid;
  readonly id: number;
  readonly flags: number;
  /** 32-bit words behind the identifier, such as a node id and its reserved word. */
  readonly words?: readonly number[];
  /** Bytes of the request, when it is not the identifier and the words. */
  readonly requestBytes?: number;
  /** Bytes of the output buffer; none when absent. */
  readonly valueBytes?: number;
}

/** Sends it; the answer lies at `object.valueAt`. */
export function send(object: KsObject, request: RawRequest): NtStatus {
  const { code = IOCTL_KS_PROPERTY, flags, id, set, valueBytes = 0, words = [] } = request;
  object.identify(set, id, flags);
  for (const [index, word] of words.entries()) {
    object.view.setUint32(object.requestAt + KSPROPERTY.size + 4 * index, word, true);
  }
  const requestBytes = request.requestBytes ?? KSPROPERTY.size + 4 * words.length;
  const { handle, home, requestAt, valueAt } = object;
  return home.process.deviceIoControl(handle, code, requestAt, requestBytes, valueAt, valueBytes);
}

/** The first `count` 32-bit words of the answer. */
export function answered({ valueAt, view }: KsObject, count: number): number[] {
  return Array.from({ length: count }, (_, index) => view.getUint32(valueAt + 4 * index, true));
}
