/**
 * The once-a-second timer of a device, and the time that has passed: what PortCls exports beside
 * the kernel's timers. Source: portcls.h, PcRegisterIoTimeout, PcUnregisterIoTimeout,
 * PcGetTimeInterval.
 */
import type { DeviceObject } from '../../kernel/ddi/index.ts';
import { call, input, kind } from './declare.ts';
import { CONTEXT, NTSTATUS, PDEVICE_OBJECT, ULONGLONG } from './kinds.ts';

const HIGH_LEVEL = 15;

/** PIO_TIMER_ROUTINE, at DISPATCH_LEVEL. */
export type IoTimerRoutine = (deviceObject: DeviceObject, context: unknown) => void;

const PIO_TIMER_ROUTINE = kind<IoTimerRoutine>('PIO_TIMER_ROUTINE');

export const ioTimeoutFunctions = {
  PcRegisterIoTimeout: call(NTSTATUS, [
    input('pDeviceObject', PDEVICE_OBJECT),
    input('pTimerRoutine', PIO_TIMER_ROUTINE),
    input('pContext', CONTEXT),
  ]),
  PcUnregisterIoTimeout: call(NTSTATUS, [
    input('pDeviceObject', PDEVICE_OBJECT),
    input('pTimerRoutine', PIO_TIMER_ROUTINE),
    input('pContext', CONTEXT),
  ]),
  PcGetTimeInterval: call(ULONGLONG, [input('Since', ULONGLONG)], { maxIrql: HIGH_LEVEL }),
} as const;
