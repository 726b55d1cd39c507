/** What a driver may import of the kernel: types and constants, and the set of its routines. */
export type { DispatcherObject } from '../dispatch/dispatcher-object.ts';
export type { DeferredRoutine, DpcImportance, Kdpc } from '../dispatch/dpc.ts';
export type { Kevent, SignalType } from '../dispatch/event.ts';
export type { FastMutex } from '../dispatch/fast-mutex.ts';
export type { Kspinlock } from '../dispatch/spin-lock.ts';
export { PERFORMANCE_FREQUENCY_HZ } from '../dispatch/system-time.ts';
export type { Kthread, ThreadBody, ThreadGenerator, WaitRequest } from '../dispatch/thread.ts';
export { HIGHEST_PRIORITY, LOW_REALTIME_PRIORITY, LOWEST_PRIORITY } from '../dispatch/thread.ts';
export type { Ktimer } from '../dispatch/timer.ts';
export type { WorkItem, WorkItemRoutine, WorkQueueType } from '../dispatch/work-item.ts';
export {
  CriticalWorkQueue,
  DelayedWorkQueue,
  HyperCriticalWorkQueue,
} from '../dispatch/work-item.ts';
export {
  DeallocateObject,
  DeallocateObjectKeepRegisters,
  type DriverControlRoutine,
  type IO_ALLOCATION_ACTION,
  KeepObject,
  type MapRegisterBase,
} from '../dma/adapter-channel.ts';
export * from '../dma/device-description.ts';
export type { DmaAdapter } from '../dma/dma-adapter.ts';
export type {
  ListControlRoutine,
  ScatterGatherElement,
  ScatterGatherList,
} from '../dma/scatter-gather.ts';
export type { InterruptConnection, Kinterrupt, ServiceRoutine } from '../interrupt-vector.ts';
export type {
  AddDeviceRoutine,
  DeviceObject,
  DispatchRoutine,
  DriverEntry,
  DriverObject,
} from '../io/device.ts';
export type { FileObject } from '../io/file-object.ts';
export * from '../io/io-codes.ts';
export type { CompletionRoutine, IoStackLocation, Irp, RequestorMode } from '../io/irp.ts';
export {
  APC_LEVEL,
  DISPATCH_LEVEL,
  HIGH_LEVEL,
  HIGHEST_DEVICE_LEVEL,
  LOWEST_DEVICE_LEVEL,
  PASSIVE_LEVEL,
} from '../irql.ts';
export type { MEMORY_CACHING_TYPE } from '../memory/caching.ts';
export { MmCached, MmNonCached, MmWriteCombined } from '../memory/caching.ts';
export type { Mdl } from '../memory/mdl.ts';
export type { POOL_TYPE } from '../memory/pool.ts';
export { NonPagedPool, NonPagedPoolNx, PagedPool } from '../memory/pool.ts';
export * from '../pnp/pnp-codes.ts';
export * from '../pnp/resources.ts';
export * from '../power/power-codes.ts';
export type { KernelDdi, PHYSICAL_MEMORY_RANGE } from './kernel-ddi.ts';
