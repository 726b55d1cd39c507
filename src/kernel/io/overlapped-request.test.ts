import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { guid } from '../../base/guid.ts';
import { Out } from '../../base/out.ts';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import {
  type NtStatus,
  STATUS_CANCELLED,
  STATUS_INVALID_HANDLE,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { Kernel } from '../kernel.ts';
import {
  CTL_CODE,
  FILE_ANY_ACCESS,
  IRP_MJ_CLEANUP,
  IRP_MJ_CLOSE,
  IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL,
  METHOD_NEITHER,
} from './io-codes.ts';
import type { Irp } from './irp.ts';
import type { OverlappedRequest } from './overlapped-request.ts';

const CATEGORY = guid('{6994AD04-93EF-11D0-A3CC-00A0C9223196}', 'KSCATEGORY_AUDIO');
const CODE = CTL_CODE(0x22, 1, METHOD_NEITHER, FILE_ANY_ACCESS);
const NOTHING = virtual(0);

/** A device that keeps control requests until a test completes them; an odd length ends at once. */
function boot() {
  const clock = new Clock();
  const trace = new Trace(clock);
  const kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
  const kept: Irp[] = [];
  const complete = (irp: Irp, status: NtStatus = STATUS_SUCCESS): NtStatus => {
    irp.setCancelRoutine(null);
    irp.ioStatus.status = status;
    irp.ioStatus.information = irp.inputBufferLength;
    kernel.io.IoCompleteRequest(irp);
    return status;
  };
  const description = { hardwareId: 'PCI\\X', description: 'x', raw: [], translated: [] };
  const { pdo } = kernel.pnp.addDevice(description);
  for (const major of [IRP_MJ_CREATE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE]) {
    pdo.driver.MajorFunction[major] = (_device, irp) => complete(irp);
  }
  pdo.driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = (_device, irp) => {
    if (irp.inputBufferLength % 2 === 1) return complete(irp);
    irp.markPending();
    irp.setCancelRoutine((_above, cancelled) => complete(cancelled, STATUS_CANCELLED));
    kept.push(irp);
    return STATUS_PENDING;
  };
  const link = new Out('');
  kernel.interfaces.IoRegisterDeviceInterface(pdo, CATEGORY, 'wave', link);
  kernel.interfaces.IoSetDeviceInterfaceState(link.value, true);
  const process = kernel.createProcess('client');
  const { handle } = process.createFile(link.value, 0);
  return { kernel, process, handle, kept, complete };
}

describe('an overlapped request', () => {
  it('is sent again and again, waiting or not, and tells of every end', () => {
    const { complete, handle, kept, kernel, process } = boot();
    const ends: number[] = [];
    const request = process.createOverlapped(({ information }) => ends.push(information));
    const send = (length: number): void =>
      process.sendOverlapped(request, handle, CODE, NOTHING, length, NOTHING, 0);
    for (const length of [1, 2, 3, 4]) {
      send(length);
      const isPending = length % 2 === 0;
      expect([request.isDone, request.event.isSet]).toEqual([!isPending, !isPending]);
      if (!isPending) continue;
      expect(request.status).toBe(STATUS_PENDING);
      expect(() => send(1)).toThrow('under way');
      const irp = kept.pop();
      if (irp !== undefined) complete(irp);
      expect(request.isDone).toBe(true);
    }
    expect(ends).toEqual([1, 2, 3, 4]);
    send(2);
    expect(request.cancel()).toBe(true);
    expect(request.status).toBe(STATUS_CANCELLED);
    expect(request.cancel()).toBe(false);
    process.sendOverlapped(request, 999, CODE, NOTHING, 0, NOTHING, 0);
    expect(request.status).toBe(STATUS_INVALID_HANDLE);
    process.closeHandle(handle);
    expect(kernel.io.outstanding()).toEqual([]);
  });

  it('may be sent again from its own end', () => {
    const { complete, handle, kept, kernel, process } = boot();
    let left = 3;
    const request: OverlappedRequest = process.createOverlapped(() => {
      if (--left > 0) send(left);
    });
    const send = (length: number): void =>
      process.sendOverlapped(request, handle, CODE, NOTHING, length, NOTHING, 0);
    send(5);
    // The first ended inside its call and sent the second, which waits.
    expect([left, kept.length]).toEqual([2, 1]);
    const irp = kept.pop();
    if (irp !== undefined) complete(irp);
    expect([left, kept.length, request.isDone]).toEqual([0, 0, true]);
    process.closeHandle(handle);
    expect(kernel.io.outstanding()).toEqual([]);
  });
});
