/** RTL_QUERY_REGISTRY_TABLE: one value that QueryRegistryValues looks up and hands to a routine. */
import type { NtStatus } from '../../standards/nt/ntstatus.ts';

/** The value must be there. */
export const RTL_QUERY_REGISTRY_REQUIRED = 0x00000004;

export interface RegistryQueryEntry {
  /** Null ends the table. */
  readonly name: string | null;
  readonly flags: number;
  readonly queryRoutine: (
    valueName: string,
    valueType: number,
    valueData: Uint8Array,
    context: unknown,
  ) => NtStatus;
}
