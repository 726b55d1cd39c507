/** What PortCls keeps behind a file object: an open filter, or an open pin. */
import type { Irp } from '../kernel/io/irp.ts';
import type { EventTarget } from '../ks/event-dispatch.ts';
import type { EventTable } from '../ks/event-table.ts';
import type { PropertyTable } from '../ks/property-table.ts';
import type { NtStatus } from '../standards/nt/ntstatus.ts';

export interface KsFile extends EventTarget {
  readonly kind: 'filter' | 'pin';
  /** False once the device went away and took what is behind the file with it. */
  readonly isBound: boolean;
  /** Tables that answer a request addressed to this object; the first that has it wins. */
  tablesFor(node: number): readonly PropertyTable[];
  /** Tables of events that a request addressed to this object, or to a node of it, may enable. */
  eventTablesFor(node: number): readonly EventTable[];
  /** Whether `irp`'s process may use the object; a mapping belongs to one process. */
  mayUse(irp: Irp): boolean;
  /** A stream request; what takes none has no such method. */
  streamRequest?(irp: Irp): NtStatus;
  /** The last handle is gone, and requests may be under way still. */
  cleanup?(): void;
  /** The last handle is gone, and so are the requests. */
  close(): void;
}
