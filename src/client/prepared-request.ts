/**
 * A property request that a client sends again and again: it lies ready in the client's memory,
 * with the place of its value, so that sending it writes nothing but the value and allocates
 * nothing. Source: KSPROPERTY, "KS Properties".
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Guid } from '../base/guid.ts';
import { IOCTL_KS_PROPERTY, KSPROPERTY } from '../standards/ks/requests.ts';
import type { NtStatus } from '../standards/nt/ntstatus.ts';
import type { ClientHome } from './ks-object.ts';

export class PreparedRequest {
  /** Where the value lies. */
  readonly valueAt: VirtualAddress;
  readonly #home: ClientHome;
  readonly #handle: number;
  readonly #requestAt: VirtualAddress;
  readonly #valueBytes: number;

  constructor(
    home: ClientHome,
    handle: number,
    set: Guid,
    id: number,
    flags: number,
    valueBytes: number,
  ) {
    this.#home = home;
    this.#handle = handle;
    this.#valueBytes = valueBytes;
    this.#requestAt = home.process.alloc(KSPROPERTY.size);
    this.valueAt = home.process.alloc(valueBytes);
    KSPROPERTY.write(home.ram.view, this.#requestAt, { Set: set, Id: id, Flags: flags });
  }

  send(): NtStatus {
    return this.#home.process.deviceIoControl(
      this.#handle,
      IOCTL_KS_PROPERTY,
      this.#requestAt,
      KSPROPERTY.size,
      this.valueAt,
      this.#valueBytes,
    );
  }

  free(): void {
    this.#home.process.free(this.#requestAt);
    this.#home.process.free(this.valueAt);
  }
}
