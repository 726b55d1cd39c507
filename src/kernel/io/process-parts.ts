/** What a process is built from: the parts of the kernel that its calls reach. */
import type { Trace } from '../../sim/trace.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import type { ObjectLedger } from '../objects.ts';
import type { DeviceObject } from './device.ts';
import type { FileTable } from './file-table.ts';
import type { IoManager } from './io-manager.ts';
import type { Process } from './process.ts';

/** Where a device's symbolic link leads. */
export interface LinkTarget {
  readonly device: DeviceObject;
  readonly referenceString: string;
}

export interface ProcessParts {
  readonly io: IoManager;
  readonly files: FileTable;
  readonly trace: Trace;
  readonly raiser: BugCheckRaiser;
  readonly objects: ObjectLedger;
  /** The target of an enabled link, or null. */
  readonly resolveLink: (symbolicLinkName: string) => LinkTarget | null;
  readonly ended: (process: Process) => void;
}
