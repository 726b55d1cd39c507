/**
 * IInterruptSync: one interrupt and the service routines of everybody who shares it in a driver.
 * The object is connected to the interrupt as one service routine, and that one calls the list as
 * its mode says; other code runs exclusive of the list through CallSynchronizedRoutine.
 * Source: IInterruptSync, PcNewInterruptSync, "Interrupt Sync Objects".
 */
import type { Out } from '../base/out.ts';
import {
  HARDWARE_INTERRUPT_STORM,
  IRQL_NOT_LESS_OR_EQUAL,
  SPIN_LOCK_ALREADY_OWNED,
} from '../kernel/bug-check.ts';
import type { Kinterrupt } from '../kernel/interrupt-vector.ts';
import type { Kernel } from '../kernel/kernel.ts';
import {
  CM_RESOURCE_INTERRUPT_LATCHED,
  CmResourceShareShared,
  CmResourceTypeInterrupt,
  type InterruptResource,
} from '../kernel/pnp/resources.ts';
import {
  type NtStatus,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import {
  IID_IInterruptSync,
  type IInterruptSync,
  InterruptSyncMode,
  type InterruptSyncRoutine,
  type IResourceListBase,
} from './ddi/port.ts';
import { ComObject, type IUnknown, type ObjectHome } from './ddi/unknown.ts';

/** Passes in which some routine claims, in mode Repeat, before the interrupt counts as a storm. */
export const MAXIMUM_REPEAT_PASSES = 1000;
/** The pages do not say what a second Connect gives. */
const STATUS_ALREADY_CONNECTED = STATUS_INVALID_DEVICE_STATE;

interface Registration {
  readonly routine: InterruptSyncRoutine;
  readonly context: unknown;
}

export class InterruptSync extends ComObject implements IInterruptSync {
  readonly #kernel: Kernel;
  readonly #home: ObjectHome;
  readonly #resource: InterruptResource;
  readonly #mode: InterruptSyncMode;
  readonly #registrations: Registration[] = [];
  #interrupt: Kinterrupt | null = null;
  /** The routine that CallSynchronizedRoutine runs now; kept here so that a call makes nothing. */
  #routine: InterruptSyncRoutine | null = null;
  #routineContext: unknown = null;
  #routineStatus: NtStatus = STATUS_SUCCESS;
  readonly #runSynchronized = (): boolean => {
    this.#runRoutine();
    return true;
  };

  constructor(
    kernel: Kernel,
    home: ObjectHome,
    resource: InterruptResource,
    mode: InterruptSyncMode,
  ) {
    super(home, 'portcls', 'interrupt sync', [IID_IInterruptSync]);
    this.#kernel = kernel;
    this.#home = home;
    this.#resource = resource;
    this.#mode = mode;
  }

  /**
   * Runs `routine` at the interrupt's level, exclusive of the service routines and of other
   * synchronized routines, and returns its status. From inside one of those it would wait for
   * itself: bug check SPIN_LOCK_ALREADY_OWNED. Works before Connect too. IRQL at or below the
   * interrupt's level, else bug check IRQL_NOT_LESS_OR_EQUAL.
   */
  callSynchronizedRoutine(routine: InterruptSyncRoutine, dynamicContext: unknown): NtStatus {
    const { irql, interrupts } = this.#kernel;
    const level = irql.current;
    if (level > this.#resource.level) {
      const detail = `CallSynchronizedRoutine at IRQL ${level}, above ${this.#resource.level}`;
      this.#home.bugCheck(IRQL_NOT_LESS_OR_EQUAL, 0, level, 0, 0, detail);
    }
    if (this.#routine !== null) {
      const detail = 'CallSynchronizedRoutine inside a synchronized routine';
      this.#home.bugCheck(SPIN_LOCK_ALREADY_OWNED, 0, 0, 0, 0, detail);
    }
    this.#routine = routine;
    this.#routineContext = dynamicContext;
    irql.raise(this.#resource.level);
    if (this.#interrupt === null) this.#runRoutine();
    else interrupts.synchronize(this.#interrupt, this.#runSynchronized, null);
    // Read before the level falls: what waited for that may call another routine.
    const status = this.#routineStatus;
    irql.lower(level);
    return status;
  }

  /** The interrupt object, for KeSynchronizeExecution; null while not connected. Any IRQL. */
  getKInterrupt(): Kinterrupt | null {
    return this.#interrupt;
  }

  /**
   * Connects to the interrupt; from now on it is served, at once when its line is asserted.
   * STATUS_INVALID_PARAMETER when the vector cannot be connected or shared,
   * STATUS_INVALID_DEVICE_STATE when this object is connected already. PASSIVE_LEVEL.
   */
  connect(): NtStatus {
    if (this.#interrupt !== null) return STATUS_ALREADY_CONNECTED;
    const { vector, level, flags, shareDisposition } = this.#resource;
    this.#interrupt = this.#kernel.interrupts.connect({
      vector,
      irql: level,
      shareVector: shareDisposition === CmResourceShareShared,
      levelSensitive: (flags & CM_RESOURCE_INTERRUPT_LATCHED) === 0,
      serviceRoutine: () => this.#serve(),
      context: null,
    });
    return this.#interrupt === null ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
  }

  /** No service routine runs after this. Harmless while not connected. PASSIVE_LEVEL. */
  disconnect(): void {
    if (this.#interrupt === null) return;
    this.#kernel.interrupts.disconnect(this.#interrupt);
    this.#interrupt = null;
  }

  /** Puts a service routine at the head of the list, or at its tail. PASSIVE_LEVEL. */
  registerServiceRoutine(
    routine: InterruptSyncRoutine,
    dynamicContext: unknown,
    first: boolean,
  ): NtStatus {
    const registration = { routine, context: dynamicContext };
    if (first) this.#registrations.unshift(registration);
    else this.#registrations.push(registration);
    return STATUS_SUCCESS;
  }

  /** An interrupt that outlived its object would run freed code, so it goes as well. */
  protected override destroy(): void {
    this.disconnect();
  }

  #runRoutine(): void {
    const routine = this.#routine;
    if (routine !== null) this.#routineStatus = routine(this, this.#routineContext);
    this.#routine = null;
    this.#routineContext = null;
  }

  /** The interrupt's service routine: claimed when at least one of the list returned success. */
  #serve(): boolean {
    switch (this.#mode) {
      case InterruptSyncMode.Normal:
        return this.#callUntilClaimed();
      case InterruptSyncMode.All:
        return this.#callAll();
      case InterruptSyncMode.Repeat:
        return this.#repeat();
    }
  }

  #callUntilClaimed(): boolean {
    for (const { routine, context } of this.#registrations) {
      if (routine(this, context) === STATUS_SUCCESS) return true;
    }
    return false;
  }

  #callAll(): boolean {
    let isClaimed = false;
    for (const { routine, context } of this.#registrations) {
      if (routine(this, context) === STATUS_SUCCESS) isClaimed = true;
    }
    return isClaimed;
  }

  #repeat(): boolean {
    let passes = 0;
    while (this.#callAll()) {
      passes++;
      if (passes < MAXIMUM_REPEAT_PASSES) continue;
      const vector = this.#resource.vector;
      const detail = `vector ${vector}: still claimed after ${passes} passes in mode Repeat`;
      this.#home.bugCheck(HARDWARE_INTERRUPT_STORM, vector, 0, 0, 0, detail);
    }
    return passes > 0;
  }
}

const isMode = (mode: number): mode is InterruptSyncMode =>
  mode >= InterruptSyncMode.Normal && mode <= InterruptSyncMode.Repeat && Number.isInteger(mode);

/**
 * PcNewInterruptSync, for the `resourceIndex`-th interrupt of the list; not connected yet. Keeps
 * no reference on the list. STATUS_INVALID_PARAMETER when the list has no such interrupt or the
 * mode is none of the three. PortCls' objects cannot be aggregated here: an outer unknown gives
 * STATUS_NOT_SUPPORTED. PASSIVE_LEVEL.
 */
export function pcNewInterruptSync(
  kernel: Kernel,
  home: ObjectHome,
  outInterruptSync: Out<IInterruptSync | null>,
  outerUnknown: IUnknown | null,
  resourceList: IResourceListBase,
  resourceIndex: number,
  mode: number,
): NtStatus {
  outInterruptSync.value = null;
  if (outerUnknown !== null) return STATUS_NOT_SUPPORTED;
  if (!isMode(mode)) return STATUS_INVALID_PARAMETER;
  const resource = resourceList.findTranslatedEntry(CmResourceTypeInterrupt, resourceIndex);
  if (resource?.type !== CmResourceTypeInterrupt) return STATUS_INVALID_PARAMETER;
  outInterruptSync.value = new InterruptSync(kernel, home, resource, mode);
  return STATUS_SUCCESS;
}
