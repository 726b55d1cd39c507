/**
 * IServiceGroup: how an interrupt reaches the many who want to hear of it. An ISR asks for
 * service, the group queues one DPC, and at DISPATCH_LEVEL every member is asked in turn. A group
 * is a sink itself, so groups nest; and it can ask for service after a delay, by a kernel timer.
 * Source: IServiceGroup, IServiceSink, "Service Sink and Service Group Objects".
 */
import type { Out } from '../base/out.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from '../kernel/bug-check.ts';
import { Kdpc } from '../kernel/dispatch/dpc.ts';
import type { Ktimer } from '../kernel/dispatch/timer.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type NtStatus, STATUS_NOT_SUPPORTED, STATUS_SUCCESS } from '../standards/nt/ntstatus.ts';
import { IID_IServiceGroup, type IServiceGroup, type IServiceSink } from './ddi/port.ts';
import { ComObject, type IUnknown, type ObjectHome } from './ddi/unknown.ts';
import { DdiGuard } from './ddi-guard.ts';

/** Sub-code of bug check 0xC4, from a range that Windows leaves free. */
export const VIOLATION_DELAYED_SERVICE_NOT_SUPPORTED = 0x1000_0101;

const TWO_TO_63 = 2 ** 63;
const TWO_TO_64 = 2 ** 64;

export class ServiceGroup extends ComObject implements IServiceGroup {
  readonly #kernel: Kernel;
  readonly #home: ObjectHome;
  readonly #members: IServiceSink[] = [];
  readonly #dpc: Kdpc;
  readonly #timerDpc: Kdpc;
  #timer: Ktimer | null = null;
  /** While members are served: the one served now, and where this round ends. */
  #servingIndex = -1;
  #servingEnd = 0;

  constructor(kernel: Kernel, home: ObjectHome) {
    super(home, 'portcls', 'service group', [IID_IServiceGroup]);
    this.#kernel = kernel;
    this.#home = home;
    this.#dpc = new Kdpc(kernel.trace, 'service group', () => this.#deliver(), null);
    const request = (): void => this.requestService();
    this.#timerDpc = new Kdpc(kernel.trace, 'delayed service', request, null);
  }

  /**
   * Asks for service: queues the group's DPC, once however often this is called before it runs.
   * Below DISPATCH_LEVEL the members have been served on return. Any IRQL: the method's own page
   * says PASSIVE_LEVEL, but port drivers call it from interrupt service routines. A queued DPC
   * keeps the group alive.
   */
  requestService(): void {
    // Counted before: below DISPATCH_LEVEL the DPC has run on return.
    this.addRef();
    if (!this.#kernel.dpcs.insert(this.#dpc)) this.release();
  }

  /** Adds a sink at the end, with a reference; twice added is twice served. PASSIVE_LEVEL. */
  addMember(serviceSink: IServiceSink): NtStatus {
    serviceSink.addRef();
    this.#members.push(serviceSink);
    return STATUS_SUCCESS;
  }

  /**
   * Takes a sink out and releases it; one that is no member is left alone. A member that goes
   * while the group is served is not asked any more. PASSIVE_LEVEL.
   */
  removeMember(serviceSink: IServiceSink): void {
    const target = DdiGuard.target(serviceSink);
    const index = this.#members.findIndex((member) => DdiGuard.target(member) === target);
    if (index < 0) return;
    const [member] = this.#members.splice(index, 1);
    if (index <= this.#servingIndex) this.#servingIndex--;
    if (index < this.#servingEnd) this.#servingEnd--;
    member?.release();
  }

  /** Makes the timer that RequestDelayedService sets. A second call is harmless. PASSIVE_LEVEL. */
  supportDelayedService(): void {
    if (this.#timer !== null) return;
    this.#timer = this.#kernel.createTimer('service group', 'notification');
  }

  /**
   * Asks for service at a time in units of 100 ns: negative is relative to now, anything else a
   * system time. A request that is still waiting is moved. The parameter is a ULONGLONG that is
   * read as signed, so the unsigned form of a negative delay, from 2^63 up, is one too. Without
   * SupportDelayedService there is no timer to set: bug check
   * DRIVER_VERIFIER_DETECTED_VIOLATION. IRQL <= DISPATCH_LEVEL.
   */
  requestDelayedService(ullDelay: number): void {
    const delay = ullDelay >= TWO_TO_63 ? ullDelay - TWO_TO_64 : ullDelay;
    if (this.#timer === null) {
      const detail = 'IServiceGroup::RequestDelayedService without SupportDelayedService';
      const subCode = VIOLATION_DELAYED_SERVICE_NOT_SUPPORTED;
      this.#home.bugCheck(DRIVER_VERIFIER_DETECTED_VIOLATION, subCode, 0, 0, 0, detail);
    }
    this.#timer.set(delay, 0, this.#timerDpc);
  }

  /** Forgets a delayed request that has not expired. IRQL <= DISPATCH_LEVEL. */
  cancelDelayedService(): void {
    this.#timer?.cancel();
  }

  protected override destroy(): void {
    this.#timer?.cancel();
    this.#kernel.dpcs.remove(this.#timerDpc);
    this.#servingEnd = 0;
    for (const member of this.#members.splice(0)) member.release();
  }

  #deliver(): void {
    this.#serve();
    this.release();
  }

  /** In the DPC. Members added meanwhile wait for the next one, so that this always ends. */
  #serve(): void {
    this.#servingEnd = this.#members.length;
    for (this.#servingIndex = 0; this.#servingIndex < this.#servingEnd; this.#servingIndex++) {
      this.#members[this.#servingIndex]?.requestService();
    }
    this.#servingIndex = -1;
    this.#servingEnd = 0;
  }
}

/**
 * PcNewServiceGroup: an empty group. PortCls' objects cannot be aggregated here: an outer unknown
 * gives STATUS_NOT_SUPPORTED. PASSIVE_LEVEL.
 */
export function pcNewServiceGroup(
  kernel: Kernel,
  home: ObjectHome,
  outServiceGroup: Out<IServiceGroup | null>,
  outerUnknown: IUnknown | null,
): NtStatus {
  outServiceGroup.value = null;
  if (outerUnknown !== null) return STATUS_NOT_SUPPORTED;
  outServiceGroup.value = new ServiceGroup(kernel, home);
  return STATUS_SUCCESS;
}
