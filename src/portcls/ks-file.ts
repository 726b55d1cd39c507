/** What PortCls keeps behind a file object: an open filter, or an open pin. */
import type { Irp } from '../kernel/io/irp.ts';
import type { PropertyTable } from '../ks/property-table.ts';

export interface KsFile {
  readonly kind: 'filter' | 'pin';
  /** Tables that answer a request addressed to this object; the first that has it wins. */
  tablesFor(node: number): readonly PropertyTable[];
  /** Whether `irp`'s process may use the object; a mapping belongs to one process. */
  mayUse(irp: Irp): boolean;
  /** The last handle is gone. */
  close(): void;
}
