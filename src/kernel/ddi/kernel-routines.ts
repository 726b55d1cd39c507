/**
 * The routines of KernelDdi over a kernel. Each checks its highest IRQL, from one table, before it
 * does anything; above it the machine stops with IRQL_NOT_LESS_OR_EQUAL, which is what Windows
 * gives when a routine meets paged memory or the scheduler at a level it was not made for.
 */
import { physical, type VirtualAddress } from '../../base/brand.ts';
import type { Out } from '../../base/out.ts';
import { traceKind } from '../../sim/trace.ts';
import {
  type NtStatus,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION, IRQL_NOT_LESS_OR_EQUAL } from '../bug-check.ts';
import { type DeferredRoutine, Kdpc } from '../dispatch/dpc.ts';
import { FastMutex } from '../dispatch/fast-mutex.ts';
import { Kspinlock } from '../dispatch/spin-lock.ts';
import { timerResolutionRoutines } from '../dispatch/timer-resolution.ts';
import type { WorkItem, WorkItemRoutine, WorkQueueType } from '../dispatch/work-item.ts';
import type { InterruptConnection, Kinterrupt } from '../interrupt-vector.ts';
import { APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../irql.ts';
import type { Kernel } from '../kernel.ts';
import { PagedPool, type POOL_TYPE } from '../memory/pool.ts';
import { readDeviceProperty } from '../pnp/device-properties.ts';
import type { KernelDdi } from './kernel-ddi.ts';

/** The highest IRQL at which each routine may be called (the IRQL line of its reference page). */
export const MAX_IRQL: Readonly<Record<keyof KernelDdi, number>> = {
  KeGetCurrentIrql: HIGH_LEVEL,
  KeRaiseIrql: HIGH_LEVEL,
  KeLowerIrql: HIGH_LEVEL,
  KeInitializeDpc: HIGH_LEVEL,
  KeInsertQueueDpc: HIGH_LEVEL,
  KeRemoveQueueDpc: HIGH_LEVEL,
  KeInitializeTimerEx: DISPATCH_LEVEL,
  KeSetTimerEx: DISPATCH_LEVEL,
  KeCancelTimer: DISPATCH_LEVEL,
  KeInitializeEvent: HIGH_LEVEL,
  KeSetEvent: DISPATCH_LEVEL,
  KeResetEvent: DISPATCH_LEVEL,
  KeClearEvent: DISPATCH_LEVEL,
  KeReadStateEvent: DISPATCH_LEVEL,
  // The waits and the locks check their level themselves: it depends on the arguments.
  KeWaitForSingleObject: HIGH_LEVEL,
  KeDelayExecutionThread: HIGH_LEVEL,
  waitFor: HIGH_LEVEL,
  delay: HIGH_LEVEL,
  KeStallExecutionProcessor: HIGH_LEVEL,
  PsCreateSystemThread: PASSIVE_LEVEL,
  KeQueryPerformanceCounter: HIGH_LEVEL,
  KeQueryInterruptTime: HIGH_LEVEL,
  KeQuerySystemTime: HIGH_LEVEL,
  KeQueryTimeIncrement: HIGH_LEVEL,
  ExSetTimerResolution: APC_LEVEL,
  ExQueryTimerResolution: HIGH_LEVEL,
  KeInitializeSpinLock: HIGH_LEVEL,
  KeAcquireSpinLock: HIGH_LEVEL,
  KeReleaseSpinLock: HIGH_LEVEL,
  KeAcquireSpinLockAtDpcLevel: HIGH_LEVEL,
  KeReleaseSpinLockFromDpcLevel: HIGH_LEVEL,
  ExInitializeFastMutex: DISPATCH_LEVEL,
  ExAcquireFastMutex: APC_LEVEL,
  ExReleaseFastMutex: APC_LEVEL,
  IoAllocateWorkItem: DISPATCH_LEVEL,
  IoQueueWorkItem: DISPATCH_LEVEL,
  IoFreeWorkItem: DISPATCH_LEVEL,
  ExAllocatePoolWithTag: DISPATCH_LEVEL,
  ExFreePoolWithTag: DISPATCH_LEVEL,
  MmMapIoSpace: DISPATCH_LEVEL,
  MmUnmapIoSpace: DISPATCH_LEVEL,
  MmAllocateContiguousMemorySpecifyCache: DISPATCH_LEVEL,
  MmFreeContiguousMemorySpecifyCache: DISPATCH_LEVEL,
  MmGetPhysicalAddress: HIGH_LEVEL,
  MmGetPhysicalMemoryRanges: PASSIVE_LEVEL,
  READ_REGISTER_UCHAR: HIGH_LEVEL,
  READ_REGISTER_USHORT: HIGH_LEVEL,
  READ_REGISTER_ULONG: HIGH_LEVEL,
  WRITE_REGISTER_UCHAR: HIGH_LEVEL,
  WRITE_REGISTER_USHORT: HIGH_LEVEL,
  WRITE_REGISTER_ULONG: HIGH_LEVEL,
  bytesAt: HIGH_LEVEL,
  viewAt: HIGH_LEVEL,
  IoConnectInterrupt: PASSIVE_LEVEL,
  IoDisconnectInterrupt: PASSIVE_LEVEL,
  KeSynchronizeExecution: HIGH_LEVEL,
  IoGetDeviceProperty: PASSIVE_LEVEL,
  IoRegisterDeviceInterface: PASSIVE_LEVEL,
  IoSetDeviceInterfacePropertyData: PASSIVE_LEVEL,
  IoGetDmaAdapter: PASSIVE_LEVEL,
  RtlCopyMemory: HIGH_LEVEL,
  RtlZeroMemory: HIGH_LEVEL,
  DbgPrint: HIGH_LEVEL,
};

/** Sub-code of bug check 0xC4: pool asked for above the level its kind allows. */
const VIOLATION_ALLOCATE_IRQL = 0x01;
/** And pool given back above it. */
const VIOLATION_FREE_IRQL = 0x11;

const printed = traceKind('print', 'text:text');

/** The routines of one machine, with their IRQL checked. */
export function kernelDdi(kernel: Kernel): KernelDdi {
  const routines: KernelDdi = {
    ...levelRoutines(kernel),
    ...waitRoutines(kernel),
    ...timerResolutionRoutines(kernel.ticks),
    ...lockRoutines(kernel),
    ...memoryRoutines(kernel),
    ...deviceRoutines(kernel),
  };
  const checked: Record<string, unknown> = {};
  for (const [name, routine] of Object.entries(routines)) {
    const limit = MAX_IRQL[name as keyof KernelDdi];
    checked[name] = limit === HIGH_LEVEL ? routine : checkLevel(kernel, name, limit, routine);
  }
  return checked as unknown as KernelDdi;
}

type Routine = (a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, f: unknown) => unknown;

/** No routine takes more than six arguments; naming them keeps the call free of allocation. */
function checkLevel(kernel: Kernel, name: string, limit: number, routine: Routine): Routine {
  const { irql } = kernel;
  return (a, b, c, d, e, f) => {
    const level = irql.current;
    if (level > limit) {
      const detail = `${name} at IRQL ${level}, allowed up to ${limit}`;
      kernel.bugCheck(IRQL_NOT_LESS_OR_EQUAL, 0, level, 0, 0, detail);
    }
    return routine(a, b, c, d, e, f);
  };
}

function levelRoutines(kernel: Kernel) {
  const { irql, dpcs, trace, time } = kernel;
  return {
    KeGetCurrentIrql: () => irql.current,
    KeRaiseIrql: (newIrql: number) => irql.raise(newIrql),
    KeLowerIrql: (newIrql: number) => irql.lower(newIrql),
    KeInitializeDpc: <C>(routine: DeferredRoutine<C>, context: C, name = 'driver DPC') =>
      new Kdpc(trace, name, routine as DeferredRoutine, context),
    KeInsertQueueDpc: (dpc: Kdpc, first: unknown = null, second: unknown = null) =>
      dpcs.insert(dpc, first, second),
    KeRemoveQueueDpc: (dpc: Kdpc) => dpcs.remove(dpc),
    KeQueryPerformanceCounter: () => time.performanceCounter,
    KeQueryInterruptTime: () => time.interruptTime100ns,
    KeQuerySystemTime: () => time.systemTime100ns,
    RtlCopyMemory: (destination: VirtualAddress, source: VirtualAddress, length: number) => {
      kernel.memory.bytesAt(destination, length);
      kernel.memory.bytesAt(source, length);
      kernel.memory.copy(destination, source, length);
    },
    RtlZeroMemory: (destination: VirtualAddress, length: number) => {
      kernel.memory.bytesAt(destination, length).fill(0);
    },
    DbgPrint: (text: string) => trace.write(printed, trace.text(text)),
  } satisfies Partial<KernelDdi>;
}

function waitRoutines(kernel: Kernel) {
  const { dispatcher } = kernel;
  return {
    KeInitializeTimerEx: (type, name = 'driver timer') => kernel.createTimer(name, type),
    KeSetTimerEx: (timer, dueTime100ns, periodMs, dpc) => timer.set(dueTime100ns, periodMs, dpc),
    KeCancelTimer: (timer) => timer.cancel(),
    KeInitializeEvent: (type, isSet, name = 'driver event') =>
      kernel.createEvent(name, type, isSet),
    KeSetEvent: (event) => event.set(),
    KeResetEvent: (event) => event.reset(),
    KeClearEvent: (event) => event.clear(),
    KeReadStateEvent: (event) => event.isSet,
    KeWaitForSingleObject: (object, timeout) => dispatcher.waitSynchronously(object, timeout),
    KeDelayExecutionThread: (interval) => dispatcher.delaySynchronously(interval),
    KeStallExecutionProcessor: (microseconds) => dispatcher.stall(microseconds),
    waitFor: (object, timeout) => dispatcher.waitFor(object, timeout),
    delay: (relative100ns) => dispatcher.delay(relative100ns),
    PsCreateSystemThread: (name, priority, body) => {
      const thread = dispatcher.createThread(name, priority, body);
      thread.isSystemThread = true;
      return thread;
    },
  } satisfies Partial<KernelDdi>;
}

function lockRoutines(kernel: Kernel) {
  const { spinLocks, fastMutexes, works, trace } = kernel;
  return {
    KeInitializeSpinLock: (name = 'driver lock') => new Kspinlock(name),
    KeAcquireSpinLock: (lock) => spinLocks.acquire(lock),
    KeReleaseSpinLock: (lock, oldIrql) => spinLocks.release(lock, oldIrql),
    KeAcquireSpinLockAtDpcLevel: (lock) => spinLocks.acquireAtDpcLevel(lock),
    KeReleaseSpinLockFromDpcLevel: (lock) => spinLocks.releaseFromDpcLevel(lock),
    ExInitializeFastMutex: (name = 'driver mutex') => new FastMutex(trace, name),
    ExAcquireFastMutex: (mutex) => fastMutexes.acquire(mutex),
    ExReleaseFastMutex: (mutex) => fastMutexes.release(mutex),
    IoAllocateWorkItem: (device) => works.allocate(device),
    IoQueueWorkItem: <C>(
      item: WorkItem,
      routine: WorkItemRoutine<C>,
      queue: WorkQueueType,
      context: C,
    ) => works.queue(item, routine as WorkItemRoutine, queue, context),
    IoFreeWorkItem: (item) => works.free(item),
  } satisfies Partial<KernelDdi>;
}

function memoryRoutines(kernel: Kernel) {
  const { memory, pool, ioSpace } = kernel;
  return {
    ExAllocatePoolWithTag: (poolType: POOL_TYPE, bytes: number, tag: string) => {
      const level = kernel.irql.current;
      if (poolType === PagedPool && level > APC_LEVEL) {
        const code = DRIVER_VERIFIER_DETECTED_VIOLATION;
        const detail = `paged pool at IRQL ${level}`;
        kernel.bugCheck(code, VIOLATION_ALLOCATE_IRQL, level, poolType, bytes, detail);
      }
      return pool.ExAllocatePoolWithTag(poolType, bytes, tag);
    },
    ExFreePoolWithTag: (address: VirtualAddress, tag: string) => {
      const level = kernel.irql.current;
      if (level > APC_LEVEL && pool.isPaged(address)) {
        const code = DRIVER_VERIFIER_DETECTED_VIOLATION;
        const detail = `paged pool freed at IRQL ${level}`;
        kernel.bugCheck(code, VIOLATION_FREE_IRQL, level, PagedPool, address, detail);
      }
      pool.ExFreePoolWithTag(address, tag);
    },
    MmMapIoSpace: (physical, bytes, cacheType) => ioSpace.MmMapIoSpace(physical, bytes, cacheType),
    MmUnmapIoSpace: (address, bytes) => ioSpace.MmUnmapIoSpace(address, bytes),
    MmAllocateContiguousMemorySpecifyCache: (bytes, low, high, boundary, cacheType) =>
      memory.MmAllocateContiguousMemorySpecifyCache(bytes, low, high, boundary, cacheType),
    MmFreeContiguousMemorySpecifyCache: (address, bytes, cacheType) =>
      memory.MmFreeContiguousMemorySpecifyCache(address, bytes, cacheType),
    MmGetPhysicalAddress: (address) => memory.MmGetPhysicalAddress(address),
    MmGetPhysicalMemoryRanges: () =>
      memory.frames.ranges.map(({ base, bytes }) => ({
        BaseAddress: physical(base),
        NumberOfBytes: bytes,
      })),
    READ_REGISTER_UCHAR: (address: VirtualAddress) => ioSpace.readRegister(address, 1),
    READ_REGISTER_USHORT: (address: VirtualAddress) => ioSpace.readRegister(address, 2),
    READ_REGISTER_ULONG: (address: VirtualAddress) => ioSpace.readRegister(address, 4),
    WRITE_REGISTER_UCHAR: (address, value) => ioSpace.writeRegister(address, 1, value),
    WRITE_REGISTER_USHORT: (address, value) => ioSpace.writeRegister(address, 2, value),
    WRITE_REGISTER_ULONG: (address, value) => ioSpace.writeRegister(address, 4, value),
    bytesAt: (address, length) => memory.bytesAt(address, length),
    viewAt: (address, length) => memory.viewOf(address, length),
  } satisfies Partial<KernelDdi>;
}

function deviceRoutines(kernel: Kernel) {
  const { dma, interfaces, interrupts, pnp } = kernel;
  return {
    IoConnectInterrupt: <C>(
      interrupt: Out<Kinterrupt | null>,
      connection: InterruptConnection<C>,
    ): NtStatus => {
      interrupt.value = interrupts.connect(connection);
      return interrupt.value === null ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
    },
    IoDisconnectInterrupt: (interrupt) => interrupts.disconnect(interrupt),
    KeSynchronizeExecution: <C>(
      interrupt: Kinterrupt,
      routine: (context: C) => boolean,
      context: C,
    ) => interrupts.synchronize(interrupt, routine, context),
    IoGetDmaAdapter: (pdo, description, registers) =>
      dma.IoGetDmaAdapter(pdo, description, registers),
    IoGetDeviceProperty: (pdo, property, buffer, resultLength) =>
      readDeviceProperty(pnp.nodeOf(pdo), property, buffer, resultLength),
    IoRegisterDeviceInterface: (pdo, category, referenceString, link) =>
      interfaces.IoRegisterDeviceInterface(pdo, category, referenceString, link),
    IoSetDeviceInterfacePropertyData: (link, key, lcid, flags, type, data) =>
      interfaces.IoSetDeviceInterfacePropertyData(link, key, lcid, flags, type, data),
  } satisfies Partial<KernelDdi>;
}
