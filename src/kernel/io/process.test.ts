import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { guid } from '../../base/guid.ts';
import { Out } from '../../base/out.ts';
import { Alarm, Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import {
  type NtStatus,
  STATUS_ACCESS_DENIED,
  STATUS_ACCESS_VIOLATION,
  STATUS_BUFFER_OVERFLOW,
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_HANDLE,
  STATUS_NO_SUCH_DEVICE,
  STATUS_NOT_SUPPORTED,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_PENDING,
  STATUS_PROCESS_IS_TERMINATING,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { Kernel } from '../kernel.ts';
import type { DispatchRoutine } from './device.ts';
import { fileNameBytes } from './file-object.ts';
import {
  CTL_CODE,
  FILE_ANY_ACCESS,
  FILE_DEVICE_KS,
  FILE_WRITE_ACCESS,
  GENERIC_READ,
  GENERIC_WRITE,
  IRP_MJ_CLEANUP,
  IRP_MJ_CLOSE,
  IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL,
  METHOD_BUFFERED,
  METHOD_IN_DIRECT,
  METHOD_NEITHER,
  majorFunctionName,
} from './io-codes.ts';
import type { Irp } from './irp.ts';

const CATEGORY = guid('{6994AD04-93EF-11D0-A3CC-00A0C9223196}', 'KSCATEGORY_AUDIO');
const NEITHER = CTL_CODE(FILE_DEVICE_KS, 0, METHOD_NEITHER, FILE_ANY_ACCESS);
const BUFFERED = CTL_CODE(FILE_DEVICE_KS, 9, METHOD_BUFFERED, FILE_ANY_ACCESS);
const NULL = virtual(0);

/** A device with a link, whose control requests `control` answers. */
function boot(control: (irp: Irp, kernel: Kernel) => NtStatus | 'later') {
  const clock = new Clock();
  const trace = new Trace(clock);
  const kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
  const log: string[] = [];
  const description = { hardwareId: 'PCI\\X', description: 'x', raw: [], translated: [] };
  const pdo = kernel.pnp.addDevice(description).pdo;
  const complete = (irp: Irp, status: NtStatus): NtStatus => {
    irp.ioStatus.status = status;
    kernel.io.IoCompleteRequest(irp);
    return status;
  };
  const opens: DispatchRoutine = (_device, irp) => {
    log.push(`${majorFunctionName(irp.majorFunction)} ${irp.fileObject?.fileNameText}`);
    return complete(irp, STATUS_SUCCESS);
  };
  for (const major of [IRP_MJ_CREATE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE]) {
    pdo.driver.MajorFunction[major] = opens;
  }
  pdo.driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = (_device, irp) => {
    const status = control(irp, kernel);
    if (status !== 'later') return complete(irp, status);
    irp.markPending();
    return STATUS_PENDING;
  };
  const link = new Out('');
  kernel.interfaces.IoRegisterDeviceInterface(pdo, CATEGORY, 'wave', link);
  kernel.interfaces.IoSetDeviceInterfaceState(link.value, true);
  const process = kernel.createProcess('client');
  const { handle } = process.createFile(link.value, GENERIC_READ);
  return { kernel, process, handle, pdo, log, link: link.value, complete };
}

const idle = (): NtStatus => STATUS_SUCCESS;

describe('opening a file', () => {
  it('finds the enabled interface by its link, and names it by its reference string', () => {
    const { process, log, link, pdo, handle } = boot(idle);
    expect(log).toEqual(['CREATE \\wave']);
    expect(process.file(handle)).toMatchObject({ deviceObject: pdo, desiredAccess: GENERIC_READ });
    expect(process.createFile(link.toUpperCase(), 0).status).toBe(STATUS_SUCCESS);
    expect(process.createFile('\\\\?\\nothing', 0)).toEqual({
      status: STATUS_OBJECT_NAME_NOT_FOUND,
      handle: 0,
    });
  });

  it('relative to another keeps a binary name as it is', () => {
    const { process, handle } = boot(idle);
    const name = new Uint8Array([0x7b, 0, 0x5c, 0, 0xff, 0xd8, 0, 0, 7]);
    const pin = process.createRelativeFile(handle, name, GENERIC_WRITE);
    name.fill(1);
    const file = process.file(pin.handle);
    expect(file?.fileName).toEqual(new Uint8Array([0x7b, 0, 0x5c, 0, 0xff, 0xd8, 0, 0, 7]));
    expect(file?.relatedFileObject).toBe(process.file(handle));
    expect(process.createRelativeFile(99, name, 0).status).toBe(STATUS_INVALID_HANDLE);
    expect(fileNameBytes('Aß')).toEqual(new Uint8Array([0x41, 0, 0xdf, 0]));
  });

  it('that the driver refuses leaves nothing behind', () => {
    const { process, pdo, link, kernel, handle, complete } = boot(idle);
    pdo.driver.MajorFunction[IRP_MJ_CREATE] = (_device, irp) => complete(irp, STATUS_ACCESS_DENIED);
    expect(process.createFile(link, 0)).toEqual({ status: STATUS_ACCESS_DENIED, handle: 0 });
    process.closeHandle(handle);
    kernel.interfaces.IoSetDeviceInterfaceState(link, false);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('that ends after its process is closed again', () => {
    const { process, pdo, link, kernel, log, complete } = boot(idle);
    pdo.driver.MajorFunction[IRP_MJ_CREATE] = (_device, irp) => {
      irp.markPending();
      const dies = new Alarm(kernel.clock, 'end of the process', () => process.terminate());
      dies.set(1_000);
      const opens = new Alarm(kernel.clock, 'device', () => complete(irp, STATUS_SUCCESS));
      opens.set(2_000);
      return STATUS_PENDING;
    };
    const opened = process.createFile(link, 0);
    expect(opened).toEqual({ status: STATUS_PROCESS_IS_TERMINATING, handle: 0 });
    expect(log.slice(1)).toEqual([
      'CLEANUP \\wave',
      'CLOSE \\wave',
      'CLEANUP \\wave',
      'CLOSE \\wave',
    ]);
    kernel.interfaces.IoSetDeviceInterfaceState(link, false);
    expect([...process.outstanding(), ...kernel.outstanding()]).toEqual([]);
  });

  it('and closing it sends CLEANUP, then CLOSE; a stale handle is invalid', () => {
    const { process, log, handle } = boot(idle);
    expect(process.closeHandle(handle)).toBe(STATUS_SUCCESS);
    expect(log).toEqual(['CREATE \\wave', 'CLEANUP \\wave', 'CLOSE \\wave']);
    expect(process.closeHandle(handle)).toBe(STATUS_INVALID_HANDLE);
    const status = process.deviceIoControl(handle, NEITHER, NULL, 0, NULL, 0);
    expect(status).toBe(STATUS_INVALID_HANDLE);
  });
});

describe('a device control request', () => {
  it('carries its buffers and lengths, and brings back status and information', () => {
    const { process, handle } = boot((irp) => {
      expect(irp).toMatchObject({
        requestorMode: 'user',
        pointerBytes: 8,
        ioControlCode: NEITHER,
        type3InputBuffer: 0x100,
        inputBufferLength: 24,
        userBuffer: 0x200,
        outputBufferLength: 8,
        systemBuffer: 0,
      });
      irp.ioStatus.information = 8;
      return STATUS_BUFFER_OVERFLOW;
    });
    const status = process.deviceIoControl(handle, NEITHER, virtual(0x100), 24, virtual(0x200), 8);
    expect([status, process.bytesReturned]).toEqual([STATUS_BUFFER_OVERFLOW, 8]);
  });

  it('with METHOD_BUFFERED gets a system buffer, copied in and out', () => {
    const { process, handle, kernel, link } = boot((irp) => {
      const buffer = kernel.memory.bytesAt(irp.systemBuffer, 4);
      expect([...buffer]).toEqual([1, 2, 0, 0]);
      buffer.fill(9);
      irp.ioStatus.information = 3;
      return STATUS_SUCCESS;
    });
    const [input, output] = [process.alloc(2), process.alloc(4)];
    kernel.memory.bytesAt(input, 2).set([1, 2]);
    expect(process.deviceIoControl(handle, BUFFERED, input, 2, output, 4)).toBe(STATUS_SUCCESS);
    expect([...kernel.memory.bytesAt(output, 4)]).toEqual([9, 9, 9, 0]);
    process.free(input);
    expect(() => process.free(input)).toThrow('never got');
    process.terminate();
    kernel.interfaces.IoSetDeviceInterfaceState(link, false);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('with METHOD_BUFFERED needs buffers that the process may touch', () => {
    const { process, handle, kernel, link } = boot(() => {
      throw new Error('the driver was asked');
    });
    const bad = virtual(0x10);
    const good = process.alloc(4);
    const buffers = [
      [bad, 4, NULL, 0],
      [NULL, 0, bad, 4],
      [good, 4, bad, 4],
    ] as const;
    for (const [input, inputLength, output, outputLength] of buffers) {
      const request = [handle, BUFFERED, input, inputLength, output, outputLength] as const;
      expect(process.deviceIoControl(...request)).toBe(STATUS_ACCESS_VIOLATION);
      const { isDone, status } = process.deviceIoControlAsync(...request);
      expect([isDone, status]).toEqual([true, STATUS_ACCESS_VIOLATION]);
    }
    expect(kernel.io.outstanding()).toEqual([]);
    process.terminate();
    kernel.interfaces.IoSetDeviceInterfaceState(link, false);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('copies nothing back after an error', () => {
    const { process, handle, kernel } = boot((irp) => {
      irp.ioStatus.information = 4;
      return STATUS_INVALID_DEVICE_REQUEST;
    });
    const output = process.alloc(4);
    process.deviceIoControl(handle, BUFFERED, NULL, 0, output, 4);
    expect([...kernel.memory.bytesAt(output, 4)]).toEqual([0, 0, 0, 0]);
  });

  it('needs the access of its code, a method we have, and a file', () => {
    const { process, handle } = boot(idle);
    const send = (code: number, to = handle) => process.deviceIoControl(to, code, NULL, 0, NULL, 0);
    const write = CTL_CODE(FILE_DEVICE_KS, 4, METHOD_NEITHER, FILE_WRITE_ACCESS);
    expect(write).toBe(0x2f8013);
    expect(send(write)).toBe(STATUS_ACCESS_DENIED);
    expect(send(CTL_CODE(FILE_DEVICE_KS, 4, METHOD_IN_DIRECT, 0))).toBe(STATUS_NOT_SUPPORTED);
    expect(send(NEITHER, process.createEvent('notification'))).toBe(STATUS_OBJECT_TYPE_MISMATCH);
  });

  it('that pends blocks its caller until it is completed', () => {
    const held: Irp[] = [];
    const { process, handle, kernel, complete } = boot((irp) => {
      held.push(irp);
      return 'later';
    });
    const alarm = new Alarm(kernel.clock, 'device', () => {
      const irp = held[0];
      if (irp !== undefined) complete(irp, STATUS_SUCCESS);
    });
    alarm.set(5_000);
    expect(process.deviceIoControl(handle, NEITHER, NULL, 0, NULL, 0)).toBe(STATUS_SUCCESS);
    expect(kernel.clock.now).toBe(5_000);
  });

  it('uses one packet over and over', () => {
    const seen = new Set<Irp>();
    const { process, handle } = boot((irp) => {
      seen.add(irp);
      return STATUS_SUCCESS;
    });
    for (let turn = 0; turn < 5; turn++) process.deviceIoControl(handle, NEITHER, NULL, 0, NULL, 0);
    expect(seen.size).toBe(1);
  });

  it('finds no device once that is deleted', () => {
    const { process, handle, kernel, pdo } = boot(idle);
    kernel.devices.IoDeleteDevice(pdo);
    const status = process.deviceIoControl(handle, NEITHER, NULL, 0, NULL, 0);
    expect([status, pdo.isDeleted]).toEqual([STATUS_NO_SUCH_DEVICE, false]);
    process.closeHandle(handle);
    expect(pdo.isDeleted).toBe(true);
  });
});

describe('an overlapped request', () => {
  it('is done at once when the driver completes it at once, or refuses it', () => {
    const { process, handle, kernel } = boot(idle);
    const done: number[] = [];
    const request = process.deviceIoControlAsync(handle, NEITHER, NULL, 0, NULL, 0, (over) =>
      done.push(over.status),
    );
    expect([request.isDone, done]).toEqual([true, [STATUS_SUCCESS]]);
    expect(process.deviceIoControlAsync(1, NEITHER, NULL, 0, NULL, 0)).toMatchObject({
      isDone: true,
      status: STATUS_INVALID_HANDLE,
    });
    expect(kernel.io.outstanding()).toEqual([]);
  });

  it('sets its event later, and may complete at DISPATCH_LEVEL', () => {
    const held: Irp[] = [];
    const { process, handle, kernel, log, complete, link } = boot((irp) => {
      held.push(irp);
      return 'later';
    });
    const request = process.deviceIoControlAsync(handle, NEITHER, NULL, 0, NULL, 0);
    expect(request).toMatchObject({ isDone: false, status: STATUS_PENDING });
    process.closeHandle(handle);
    expect(log).toEqual(['CREATE \\wave', 'CLEANUP \\wave']);
    expect(kernel.io.outstanding()).toHaveLength(1);
    const old = kernel.irql.raise(2);
    for (const irp of held) complete(irp, STATUS_SUCCESS);
    kernel.irql.lower(old);
    expect([request.isDone, request.event.isSet]).toEqual([true, true]);
    kernel.run(0);
    expect(log.at(-1)).toBe('CLOSE \\wave');
    kernel.interfaces.IoSetDeviceInterfaceState(link, false);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('is cancelled by its client, or by the end of the process [PCL-REM-009]', () => {
    const { process, handle, kernel, log, link, complete } = boot((irp) => {
      irp.setCancelRoutine((_device, cancelled) => {
        complete(cancelled, STATUS_CANCELLED);
      });
      return 'later';
    });
    const send = () => process.deviceIoControlAsync(handle, NEITHER, NULL, 0, NULL, 0);
    const [first, second] = [send(), send()];
    expect([first.cancel(), first.status, first.cancel()]).toEqual([true, STATUS_CANCELLED, false]);
    process.createEvent('synchronization');
    expect(kernel.outstanding()).toContain('handle 8 of client');
    process.terminate();
    process.terminate();
    kernel.run(0);
    expect(second.status).toBe(STATUS_CANCELLED);
    expect(log.slice(1)).toEqual(['CLEANUP \\wave', 'CLOSE \\wave']);
    kernel.interfaces.IoSetDeviceInterfaceState(link, false);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('that outlives its process brings nothing back to its memory', () => {
    const held: Irp[] = [];
    const { process, handle, kernel, link, complete } = boot((irp) => {
      kernel.memory.bytesAt(irp.systemBuffer, 4).fill(9);
      irp.ioStatus.information = 4;
      held.push(irp);
      return 'later';
    });
    const output = process.alloc(4);
    const request = process.deviceIoControlAsync(handle, BUFFERED, NULL, 0, output, 4);
    process.terminate();
    for (const irp of held) complete(irp, STATUS_SUCCESS);
    expect([request.isDone, request.status]).toEqual([true, STATUS_SUCCESS]);
    expect([...kernel.memory.ram.bytes.subarray(output, output + 4)]).toEqual([0, 0, 0, 0]);
    kernel.run(0);
    kernel.interfaces.IoSetDeviceInterfaceState(link, false);
    expect(kernel.outstanding()).toEqual([]);
  });
});

describe('an event handle', () => {
  it('keeps its event until handle and references are gone', () => {
    const { process, kernel } = boot(idle);
    const handle = process.createEvent('notification', true);
    const event = process.ObReferenceObjectByHandle(handle);
    if (event === null) throw new Error('no event');
    expect(event.isSet).toBe(true);
    expect(process.ObReferenceObjectByHandle(12345)).toBeNull();
    process.closeHandle(handle);
    expect(process.event(handle)).toBeNull();
    expect(kernel.objects.outstanding()).toContain('object event of client');
    process.ObDereferenceObject(event);
    expect(kernel.objects.outstanding()).not.toContain('object event of client');
    expect(() => process.ObDereferenceObject(event)).toThrow('REFERENCE_BY_POINTER (0x18)');
  });
});
