/**
 * Bug checks: what Windows does when a driver breaks a rule that cannot be repaired. The machine
 * stops where it stands, so a bug check is an exception that nobody but the machine catches. The
 * codes and the meaning of the four parameters are those of Microsoft's bug check reference.
 */

const codes = {
  IRQL_NOT_GREATER_OR_EQUAL: 0x09,
  IRQL_NOT_LESS_OR_EQUAL: 0x0a,
  SPIN_LOCK_ALREADY_OWNED: 0x0f,
  SPIN_LOCK_NOT_OWNED: 0x10,
  REFERENCE_BY_POINTER: 0x18,
  MEMORY_MANAGEMENT: 0x1a,
  KMODE_EXCEPTION_NOT_HANDLED: 0x1e,
  NO_MORE_IRP_STACK_LOCATIONS: 0x35,
  MULTIPLE_IRP_COMPLETE_REQUESTS: 0x44,
  PFN_LIST_CORRUPT: 0x4e,
  PAGE_FAULT_IN_NONPAGED_AREA: 0x50,
  DRIVER_POWER_STATE_FAILURE: 0x9f,
  ATTEMPTED_SWITCH_FROM_DPC: 0xb8,
  BAD_POOL_CALLER: 0xc2,
  DRIVER_VERIFIER_DETECTED_VIOLATION: 0xc4,
  TIMER_OR_DPC_INVALID: 0xc7,
  IRQL_UNEXPECTED_VALUE: 0xc8,
  DRIVER_VERIFIER_IOMANAGER_VIOLATION: 0xc9,
  DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS: 0xce,
  DRIVER_IRQL_NOT_LESS_OR_EQUAL: 0xd1,
  SYSTEM_PTE_MISUSE: 0xda,
  DRIVER_VERIFIER_DMA_VIOLATION: 0xe6,
  WORKER_THREAD_RETURNED_AT_BAD_IRQL: 0xe1,
  WORKER_INVALID: 0xe4,
  HARDWARE_INTERRUPT_STORM: 0xf2,
  DPC_WATCHDOG_VIOLATION: 0x133,
} as const;

export const {
  IRQL_NOT_GREATER_OR_EQUAL,
  IRQL_NOT_LESS_OR_EQUAL,
  SPIN_LOCK_ALREADY_OWNED,
  SPIN_LOCK_NOT_OWNED,
  REFERENCE_BY_POINTER,
  MEMORY_MANAGEMENT,
  KMODE_EXCEPTION_NOT_HANDLED,
  NO_MORE_IRP_STACK_LOCATIONS,
  MULTIPLE_IRP_COMPLETE_REQUESTS,
  PFN_LIST_CORRUPT,
  PAGE_FAULT_IN_NONPAGED_AREA,
  DRIVER_POWER_STATE_FAILURE,
  ATTEMPTED_SWITCH_FROM_DPC,
  BAD_POOL_CALLER,
  DRIVER_VERIFIER_DETECTED_VIOLATION,
  TIMER_OR_DPC_INVALID,
  IRQL_UNEXPECTED_VALUE,
  DRIVER_VERIFIER_IOMANAGER_VIOLATION,
  DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS,
  DRIVER_IRQL_NOT_LESS_OR_EQUAL,
  SYSTEM_PTE_MISUSE,
  DRIVER_VERIFIER_DMA_VIOLATION,
  WORKER_THREAD_RETURNED_AT_BAD_IRQL,
  WORKER_INVALID,
  HARDWARE_INTERRUPT_STORM,
  DPC_WATCHDOG_VIOLATION,
} = codes;

const namesByCode = new Map<number, string>(
  Object.entries(codes).map(([name, code]) => [code, name]),
);

export type BugCheckParameters = readonly [number, number, number, number];

/** What the machine was doing when it stopped. */
export interface BugCheckState {
  readonly irql: number;
  readonly timeNs: number;
  /** The newest rows of the trace, oldest first. */
  readonly traceTail: readonly string[];
}

export class BugCheck extends Error implements BugCheckState {
  override readonly name = 'BugCheck';
  readonly code: number;
  /** The name of the code in the bug check reference, or the code in hex. */
  readonly codeName: string;
  readonly parameters: BugCheckParameters;
  readonly irql: number;
  readonly timeNs: number;
  readonly traceTail: readonly string[];
  /** What happened, in words; empty when the code says it all. */
  readonly detail: string;

  constructor(code: number, parameters: BugCheckParameters, detail: string, state: BugCheckState) {
    const codeName = bugCheckName(code);
    const given = parameters.map((value) => `0x${value.toString(16)}`).join(', ');
    super(
      `${codeName} (0x${code.toString(16).toUpperCase()}) (${given}) at IRQL ${state.irql}, ` +
        `${state.timeNs} ns${detail === '' ? '' : `: ${detail}`}`,
    );
    this.code = code;
    this.codeName = codeName;
    this.parameters = parameters;
    this.detail = detail;
    this.irql = state.irql;
    this.timeNs = state.timeNs;
    this.traceTail = state.traceTail;
  }
}

/** Stops the machine. Every part of the kernel that can find a broken rule is given one. */
export interface BugCheckRaiser {
  bugCheck(
    code: number,
    p1?: number,
    p2?: number,
    p3?: number,
    p4?: number,
    detail?: string,
  ): never;
}

/** The name of a bug check code, or the code in hex. */
export function bugCheckName(code: number): string {
  return namesByCode.get(code) ?? `0x${code.toString(16).toUpperCase()}`;
}
