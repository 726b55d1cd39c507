/**
 * What the kernel offers a driver: Windows' own routine names, as one flat set. Objects that C
 * initialises in place are returned here; names are for traces and reports. The limits are in the
 * table MAX_IRQL of the implementation, and each routine's page in Microsoft's WDK reference
 * (nf-wdm-*) gives the rest.
 */
import type { PhysicalAddress, VirtualAddress } from '../../base/brand.ts';
import type { Guid } from '../../base/guid.ts';
import type { Out } from '../../base/out.ts';
import type { DEVPROPTYPE, DevicePropertyKey, LCID } from '../../standards/nt/device-properties.ts';
import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import type { DispatcherObject } from '../dispatch/dispatcher-object.ts';
import type { DeferredRoutine, Kdpc } from '../dispatch/dpc.ts';
import type { Kevent, SignalType } from '../dispatch/event.ts';
import type { FastMutex } from '../dispatch/fast-mutex.ts';
import type { Kspinlock } from '../dispatch/spin-lock.ts';
import type { Kthread, ThreadBody, WaitRequest } from '../dispatch/thread.ts';
import type { Ktimer } from '../dispatch/timer.ts';
import type { WorkItem, WorkItemRoutine, WorkQueueType } from '../dispatch/work-item.ts';
import type { DEVICE_DESCRIPTION } from '../dma/device-description.ts';
import type { DmaAdapter } from '../dma/dma-adapter.ts';
import type { InterruptConnection, Kinterrupt } from '../interrupt-vector.ts';
import type { DeviceObject } from '../io/device.ts';
import type { MEMORY_CACHING_TYPE } from '../memory/caching.ts';
import type { POOL_TYPE } from '../memory/pool.ts';

/** A run of RAM on the bus. */
export interface PHYSICAL_MEMORY_RANGE {
  readonly BaseAddress: PhysicalAddress;
  readonly NumberOfBytes: number;
}

export interface KernelDdi {
  KeGetCurrentIrql(): number;
  /** Returns the old IRQL. */
  KeRaiseIrql(newIrql: number): number;
  KeLowerIrql(newIrql: number): void;

  KeInitializeDpc<C>(routine: DeferredRoutine<C>, context: C, name?: string): Kdpc;
  /** False when it is queued already. */
  KeInsertQueueDpc(dpc: Kdpc, systemArgument1?: unknown, systemArgument2?: unknown): boolean;
  KeRemoveQueueDpc(dpc: Kdpc): boolean;

  KeInitializeTimerEx(type: SignalType, name?: string): Ktimer;
  /** 100 ns, negative relative; milliseconds, 0 for one shot. True when it was set. */
  KeSetTimerEx(timer: Ktimer, dueTime100ns: number, periodMs: number, dpc: Kdpc | null): boolean;
  KeCancelTimer(timer: Ktimer): boolean;

  KeInitializeEvent(type: SignalType, isSet: boolean, name?: string): Kevent;
  /** True when it was set before. */
  KeSetEvent(event: Kevent): boolean;
  KeResetEvent(event: Kevent): boolean;
  KeClearEvent(event: Kevent): void;
  KeReadStateEvent(event: Kevent): boolean;

  /** In plain code: runs the machine until satisfied. In a thread body yield `waitFor` instead. */
  KeWaitForSingleObject(object: DispatcherObject, timeout100ns: number | null): NtStatus;
  /** In plain code; negative is relative. In a thread body yield `delay` instead. */
  KeDelayExecutionThread(interval100ns: number): NtStatus;
  KeStallExecutionProcessor(microseconds: number): void;
  /** For a thread body: `const status = yield ddi.waitFor(event, timeout)`. */
  waitFor(object: DispatcherObject, timeout100ns: number | null): WaitRequest;
  /** For a thread body: `yield ddi.delay(10_000)` sleeps 1 ms. */
  delay(relative100ns: number): WaitRequest;
  PsCreateSystemThread(name: string, priority: number, body: ThreadBody): Kthread;

  /** Ticks of 100 ns. */
  KeQueryPerformanceCounter(): number;
  KeQueryInterruptTime(): number;
  KeQuerySystemTime(): number;

  /** Units of 100 ns between ticks of the system clock. */
  KeQueryTimeIncrement(): number;
  /** FALSE takes a request back. Returns the distance of ticks from now on. */
  ExSetTimerResolution(desiredTime100ns: number, setResolution: boolean): number;
  /** Coarsest, finest and current distance of ticks. */
  ExQueryTimerResolution(maximum: Out<number>, minimum: Out<number>, current: Out<number>): void;

  KeInitializeSpinLock(name?: string): Kspinlock;
  /** Returns the old IRQL. */
  KeAcquireSpinLock(lock: Kspinlock): number;
  KeReleaseSpinLock(lock: Kspinlock, oldIrql: number): void;
  KeAcquireSpinLockAtDpcLevel(lock: Kspinlock): void;
  KeReleaseSpinLockFromDpcLevel(lock: Kspinlock): void;
  ExInitializeFastMutex(name?: string): FastMutex;
  ExAcquireFastMutex(mutex: FastMutex): void;
  ExReleaseFastMutex(mutex: FastMutex): void;

  IoAllocateWorkItem(device: DeviceObject): WorkItem;
  IoQueueWorkItem<C>(
    item: WorkItem,
    routine: WorkItemRoutine<C>,
    queue: WorkQueueType,
    context: C,
  ): void;
  IoFreeWorkItem(item: WorkItem): void;

  /** Null when pool is short. */
  ExAllocatePoolWithTag(poolType: POOL_TYPE, bytes: number, tag: string): VirtualAddress | null;
  ExFreePoolWithTag(address: VirtualAddress, tag: string): void;
  /** Null when there are no such registers. */
  MmMapIoSpace(
    physical: number,
    bytes: number,
    cacheType: MEMORY_CACHING_TYPE,
  ): VirtualAddress | null;
  MmUnmapIoSpace(address: VirtualAddress, bytes: number): void;
  MmAllocateContiguousMemorySpecifyCache(
    bytes: number,
    low: number,
    high: number,
    boundary: number,
    cacheType: MEMORY_CACHING_TYPE,
  ): VirtualAddress | null;
  MmFreeContiguousMemorySpecifyCache(
    address: VirtualAddress,
    bytes: number,
    cacheType: MEMORY_CACHING_TYPE,
  ): void;
  MmGetPhysicalAddress(address: VirtualAddress): PhysicalAddress;
  /** Where RAM answers on the bus, in order of address. In C the caller frees the list. */
  MmGetPhysicalMemoryRanges(): readonly PHYSICAL_MEMORY_RANGE[];
  /** Null for a description that fits no device of this machine. */
  IoGetDmaAdapter(
    pdo: DeviceObject,
    description: DEVICE_DESCRIPTION,
    numberOfMapRegisters: Out<number>,
  ): DmaAdapter | null;
  READ_REGISTER_UCHAR(address: VirtualAddress): number;
  READ_REGISTER_USHORT(address: VirtualAddress): number;
  READ_REGISTER_ULONG(address: VirtualAddress): number;
  WRITE_REGISTER_UCHAR(address: VirtualAddress, value: number): void;
  WRITE_REGISTER_USHORT(address: VirtualAddress, value: number): void;
  WRITE_REGISTER_ULONG(address: VirtualAddress, value: number): void;
  /** The memory behind a pointer, as a C driver dereferences it. */
  bytesAt(address: VirtualAddress, length: number): Uint8Array;
  viewAt(address: VirtualAddress, length: number): DataView;

  IoConnectInterrupt<C>(
    interrupt: Out<Kinterrupt | null>,
    connection: InterruptConnection<C>,
  ): NtStatus;
  IoDisconnectInterrupt(interrupt: Kinterrupt): void;
  KeSynchronizeExecution<C>(
    interrupt: Kinterrupt,
    routine: (context: C) => boolean,
    context: C,
  ): boolean;

  IoGetDeviceProperty(
    pdo: DeviceObject,
    property: number,
    buffer: Uint8Array,
    resultLength: Out<number>,
  ): NtStatus;
  /** The interface need not be enabled, nor the filter behind it registered. */
  IoRegisterDeviceInterface(
    pdo: DeviceObject,
    category: Guid,
    referenceString: string,
    symbolicLinkName: Out<string>,
  ): NtStatus;
  /** Null deletes the property. Size is that of `data`. */
  IoSetDeviceInterfacePropertyData(
    symbolicLinkName: string,
    key: DevicePropertyKey,
    lcid: LCID,
    flags: number,
    type: DEVPROPTYPE,
    data: Uint8Array | null,
  ): NtStatus;
  /** Copies between addresses that are mapped; both ends are checked. Any IRQL. */
  RtlCopyMemory(destination: VirtualAddress, source: VirtualAddress, length: number): void;
  RtlZeroMemory(destination: VirtualAddress, length: number): void;
  /** A row of the trace. */
  DbgPrint(text: string): void;
}
