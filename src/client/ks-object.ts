/**
 * A kernel streaming object as a user-mode client sees it: a handle, and property requests made of
 * bytes in the client's own memory. Typed wrappers sit on top; this part knows only sizes.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Guid } from '../base/guid.ts';
import { writeGuid } from '../base/guid.ts';
import type { Process } from '../kernel/io/process.ts';
import type { Ram } from '../kernel/memory/ram.ts';
import {
  IOCTL_KS_PROPERTY,
  KSPROPERTY,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
} from '../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_BUFFER_OVERFLOW,
  statusName,
} from '../standards/nt/ntstatus.ts';

/** What a client needs of the machine: a process to act for, and the machine's memory. */
export interface ClientHome {
  readonly process: Process;
  readonly ram: Ram;
}

/** A request that the driver stack refused. */
export class KsError extends Error {
  readonly status: NtStatus;

  constructor(what: string, status: NtStatus) {
    super(`${what}: ${statusName(status)}`);
    this.status = status;
  }
}

const REQUEST_ROOM = 512;
const VALUE_ROOM = 1024;

export class KsObject {
  readonly home: ClientHome;
  readonly handle: number;
  /** Where the request and the value of the next call lie. */
  get requestAt(): VirtualAddress {
    return this.#requestAt;
  }
  get valueAt(): VirtualAddress {
    return this.#valueAt;
  }

  #requestAt: VirtualAddress;
  #requestRoom = REQUEST_ROOM;
  #valueAt: VirtualAddress;
  #valueRoom = VALUE_ROOM;
  #isClosed = false;

  constructor(home: ClientHome, handle: number) {
    this.home = home;
    this.handle = handle;
    this.#requestAt = home.process.alloc(REQUEST_ROOM);
    this.#valueAt = home.process.alloc(VALUE_ROOM);
  }

  get view(): DataView {
    return this.home.ram.view;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Bytes of the answer to the last request. */
  get bytesReturned(): number {
    return this.home.process.bytesReturned;
  }

  /** Writes a KSPROPERTY at the start of the request. */
  identify(set: Guid, id: number, flags: number): void {
    const at = this.requestAt;
    writeGuid(this.view, at, set);
    this.view.setUint32(at + KSPROPERTY.offsets.Id, id, true);
    this.view.setUint32(at + KSPROPERTY.offsets.Flags, flags, true);
  }

  /** Sends the request that lies ready. */
  send(requestBytes: number, valueBytes: number): NtStatus {
    return this.home.process.deviceIoControl(
      this.handle,
      IOCTL_KS_PROPERTY,
      this.requestAt,
      requestBytes,
      this.valueAt,
      valueBytes,
    );
  }

  /** GET with nothing behind the KSPROPERTY; the value then lies at `valueAt`. */
  get(set: Guid, id: number, valueBytes: number, requestBytes: number = KSPROPERTY.size): NtStatus {
    this.identify(set, id, KSPROPERTY_TYPE_GET);
    return this.send(requestBytes, valueBytes);
  }

  /** SET of the value that lies at `valueAt`. */
  set(set: Guid, id: number, valueBytes: number, requestBytes: number = KSPROPERTY.size): NtStatus {
    this.identify(set, id, KSPROPERTY_TYPE_SET);
    return this.send(requestBytes, valueBytes);
  }

  /** GET of an answer of unknown size: asks for the size first. @throws KsError */
  getSized(set: Guid, id: number, what: string, requestBytes: number = KSPROPERTY.size): number {
    const asked = this.get(set, id, 0, requestBytes);
    if (asked !== STATUS_BUFFER_OVERFLOW) throw new KsError(what, asked);
    const bytes = this.bytesReturned;
    this.#makeRoom(bytes);
    this.check(what, this.get(set, id, bytes, requestBytes));
    return bytes;
  }

  /** @throws KsError unless the status is a success. */
  check(what: string, status: NtStatus): void {
    if (!ntSuccess(status)) throw new KsError(what, status);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.home.process.closeHandle(this.handle);
    this.home.process.free(this.#requestAt);
    this.home.process.free(this.#valueAt);
  }

  /** Room for a request of so many bytes; what lay ready in the old room is gone. */
  protected makeRequestRoom(bytes: number): void {
    if (bytes <= this.#requestRoom) return;
    this.home.process.free(this.#requestAt);
    this.#requestAt = this.home.process.alloc(bytes);
    this.#requestRoom = bytes;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#valueRoom) return;
    this.home.process.free(this.#valueAt);
    this.#valueAt = this.home.process.alloc(bytes);
    this.#valueRoom = bytes;
  }
}
