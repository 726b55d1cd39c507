import { describe, expect, it } from 'vitest';
import { Out } from '../../base/out.ts';
import { Alarm, Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import {
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_MORE_PROCESSING_REQUIRED,
  STATUS_OBJECT_NAME_COLLISION,
  STATUS_PENDING,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { Kernel } from '../kernel.ts';
import type { DeviceObject, DispatchRoutine } from './device.ts';
import { IRP_MJ_PNP, IRP_MJ_READ } from './io-codes.ts';
import type { Irp } from './irp.ts';

/** Two drivers, `upper` on `lower`, that both get IRP_MJ_READ. */
function boot(routines: {
  lower: (kernel: Kernel) => DispatchRoutine;
  upper?: (kernel: Kernel, below: DeviceObject) => DispatchRoutine;
}) {
  const clock = new Clock();
  const trace = new Trace(clock);
  const kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
  const create = (name: string): DeviceObject => {
    const out = new Out<DeviceObject | null>(null);
    const driver = kernel.devices.createDriver(name, '');
    kernel.devices.IoCreateDevice(driver, `\\Device\\${name}`, 0, 0, out);
    if (out.value === null) throw new Error('no device');
    return out.value;
  };
  const [lower, upper] = [create('lower'), create('upper')];
  const below = kernel.devices.IoAttachDeviceToDeviceStack(upper, lower);
  lower.driver.MajorFunction[IRP_MJ_READ] = routines.lower(kernel);
  const passDown: DispatchRoutine = (_device, irp) => {
    irp.skipCurrent();
    return kernel.io.IoCallDriver(below, irp);
  };
  upper.driver.MajorFunction[IRP_MJ_READ] = routines.upper?.(kernel, below) ?? passDown;
  const read = (): Irp => {
    const irp = kernel.io.IoAllocateIrp(upper.stackSize);
    irp.next.majorFunction = IRP_MJ_READ;
    return irp;
  };
  return { kernel, lower, upper, read };
}

const succeed =
  (kernel: Kernel): DispatchRoutine =>
  (_device, irp) => {
    irp.ioStatus.status = STATUS_SUCCESS;
    kernel.io.IoCompleteRequest(irp);
    return STATUS_SUCCESS;
  };

const pend = (): DispatchRoutine => (_device, irp) => {
  irp.markPending();
  return STATUS_PENDING;
};

describe('a device stack', () => {
  it('counts its locations, and knows its top and bottom', () => {
    const { kernel, lower, upper } = boot({ lower: succeed });
    expect([lower.stackSize, upper.stackSize]).toEqual([1, 2]);
    expect([lower.top, upper.bottom]).toEqual([upper, lower]);
    expect(() => kernel.devices.IoDeleteDevice(lower)).toThrow('deleted under \\Device\\upper');
    kernel.devices.IoDetachDevice(lower);
    expect([lower.top, upper.bottom]).toEqual([lower, upper]);
    kernel.devices.IoDetachDevice(lower);
    kernel.devices.IoDeleteDevice(upper);
    expect(() => kernel.devices.IoDeleteDevice(upper)).toThrow('REFERENCE_BY_POINTER');
    expect(kernel.outstanding()).toEqual(['object device \\Device\\lower of lower']);
  });

  it('gives a name once, and a number for no name', () => {
    const { kernel, lower } = boot({ lower: succeed });
    const out = new Out<DeviceObject | null>(null);
    const create = (name: string | null) =>
      kernel.devices.IoCreateDevice(lower.driver, name, 0, 0, out);
    expect(create('\\DEVICE\\LOWER')).toBe(STATUS_OBJECT_NAME_COLLISION);
    expect(out.value).toBeNull();
    expect([create(null), create(null)]).toEqual([STATUS_SUCCESS, STATUS_SUCCESS]);
    expect(lower.driver.devices.map((device) => device.name)).toEqual([
      '\\Device\\lower',
      '\\Device\\00000000',
      '\\Device\\00000001',
    ]);
  });

  it('fails what a driver does not handle', () => {
    const { kernel, upper } = boot({ lower: succeed });
    const irp = kernel.io.IoAllocateIrp(upper.stackSize);
    irp.next.majorFunction = IRP_MJ_PNP;
    expect(kernel.io.sendAndWait(upper, irp)).toBe(STATUS_INVALID_DEVICE_REQUEST);
  });
});

describe('a packet', () => {
  it('comes up through the completion routines, as they asked', () => {
    const log: string[] = [];
    const { kernel, upper, read } = boot({
      lower: (kernel) => (device, irp) => {
        log.push(`lower ${irp.current.deviceObject === device}`);
        irp.ioStatus.status = STATUS_UNSUCCESSFUL;
        kernel.io.IoCompleteRequest(irp);
        return STATUS_UNSUCCESSFUL;
      },
      upper: (kernel, below) => (device, irp) => {
        irp.copyCurrentToNext();
        irp.setCompletionRoutine(
          (of, _irp, context) => {
            log.push(`${context} ${of === device}`);
            return STATUS_SUCCESS;
          },
          'upper',
          false,
          true,
          false,
        );
        return kernel.io.IoCallDriver(below, irp);
      },
    });
    const irp = read();
    irp.setCompletionRoutine(
      () => {
        log.push('only on success');
        return STATUS_SUCCESS;
      },
      null,
      true,
      false,
      false,
    );
    expect(kernel.io.sendAndWait(upper, irp)).toBe(STATUS_UNSUCCESSFUL);
    expect(log).toEqual(['lower true', 'upper true']);
  });

  it('is kept by a completion routine that wants more processing', () => {
    const { kernel, upper, read } = boot({ lower: succeed });
    const irp = read();
    irp.setCompletionRoutine((of) => {
      expect(of).toBeNull();
      return STATUS_MORE_PROCESSING_REQUIRED;
    }, null);
    kernel.io.IoCallDriver(upper, irp);
    expect(irp.isCompleted).toBe(false);
    kernel.io.IoFreeIrp(irp);
    expect(() => kernel.io.IoFreeIrp(irp)).toThrow('IRP freed twice');
  });

  it('is forwarded and waited for, and then is the forwarder\u2019s again [PCL-IRP-008]', () => {
    const { kernel, upper, read } = boot({
      lower: (kernel) => (_device, irp) => {
        irp.markPending();
        const item = kernel.works.allocate(null);
        const complete = (): void => {
          kernel.works.free(item);
          irp.ioStatus.status = STATUS_SUCCESS;
          kernel.io.IoCompleteRequest(irp);
        };
        kernel.works.queue(item, complete, 1, null);
        return STATUS_PENDING;
      },
      upper: (kernel, below) => (_device, irp) => {
        const status = kernel.io.IoForwardIrpSynchronously(below, irp);
        irp.ioStatus.information = 7;
        kernel.io.IoCompleteRequest(irp);
        return status;
      },
    });
    const irp = read();
    expect(kernel.io.sendAndWait(upper, irp)).toBe(STATUS_SUCCESS);
    expect(irp.ioStatus.information).toBe(7);
  });

  it('that a work item forwards is over for its sender only when it is completed', () => {
    const { kernel, upper, read } = boot({
      lower: succeed,
      upper: (kernel, below) => (_device, irp) => {
        irp.markPending();
        const item = kernel.works.allocate(null);
        const forward = (): void => {
          kernel.works.free(item);
          kernel.io.IoForwardIrpSynchronously(below, irp);
          const complete = (): void => kernel.io.IoCompleteRequest(irp);
          new Alarm(kernel.clock, 'device', complete).set(5_000);
        };
        kernel.works.queue(item, forward, 1, null);
        return STATUS_PENDING;
      },
    });
    const irp = read();
    expect(kernel.io.sendAndWait(upper, irp)).toBe(STATUS_SUCCESS);
    expect([irp.isCompleted, kernel.clock.now]).toEqual([true, 5_000]);
  });

  it('is completed once [VER-IRP-001]', () => {
    const { kernel, upper, read } = boot({
      lower: (kernel) => (_device, irp) => {
        kernel.io.IoCompleteRequest(irp);
        kernel.io.IoCompleteRequest(irp);
        return STATUS_SUCCESS;
      },
    });
    expect(() => kernel.io.send(upper, read())).toThrow('MULTIPLE_IRP_COMPLETE_REQUESTS (0x44)');
  });

  it('is completed with a final status, no cancel routine, below DIRQL [VER-IRP-002]', () => {
    const spoil = (change: (irp: Irp, kernel: Kernel) => void) => {
      const { kernel, upper, read } = boot({
        lower: (kernel) => (_device, irp) => {
          change(irp, kernel);
          kernel.io.IoCompleteRequest(irp);
          return STATUS_SUCCESS;
        },
      });
      return () => kernel.io.send(upper, read());
    };
    const pendingStatus = spoil((irp) => {
      irp.ioStatus.status = STATUS_PENDING;
    });
    expect(pendingStatus).toThrow('IRP READ completed with STATUS_PENDING');
    expect(spoil((irp) => irp.setCancelRoutine(() => {}))).toThrow('with a cancel routine');
    expect(spoil((_irp, kernel) => kernel.irql.raise(5))).toThrow('IoCompleteRequest at IRQL 5');
  });

  it('needs a location for each driver', () => {
    const { kernel, upper } = boot({
      lower: succeed,
      upper: (kernel, below) => (_device, irp) => kernel.io.IoCallDriver(below, irp),
    });
    const irp = kernel.io.IoAllocateIrp(1);
    irp.next.majorFunction = IRP_MJ_READ;
    expect(() => kernel.io.send(upper, irp)).toThrow('NO_MORE_IRP_STACK_LOCATIONS (0x35)');
  });

  it('is not sent to a deleted device', () => {
    const { kernel, lower, upper, read } = boot({ lower: succeed });
    kernel.devices.IoDetachDevice(lower);
    kernel.devices.IoDeleteDevice(upper);
    expect(() => kernel.io.send(upper, read())).toThrow('\\Device\\upper is deleted');
  });

  it('is cancelled through its cancel routine at DISPATCH_LEVEL, once', () => {
    const { kernel, upper, read } = boot({ lower: pend });
    const irp = read();
    kernel.io.send(upper, irp);
    expect([kernel.io.IoCancelIrp(irp), irp.cancel]).toEqual([false, true]);
    const levels: number[] = [];
    irp.setCancelRoutine(() => levels.push(kernel.irql.current));
    expect([kernel.io.IoCancelIrp(irp), kernel.io.IoCancelIrp(irp)]).toEqual([true, false]);
    expect(levels).toEqual([2]);
    expect(kernel.io.outstanding()).toEqual(['IRP READ at \\Device\\lower']);
  });
});

describe('a dispatch routine', () => {
  it('returns what it did: pending and marked, or final and completed [VER-IRP-005]', () => {
    const wrong: Record<string, DispatchRoutine> = {
      'not completed and not marked': () => STATUS_PENDING,
      'not completed and marked': (_device, irp) => {
        irp.markPending();
        return STATUS_SUCCESS;
      },
    };
    for (const [what, routine] of Object.entries(wrong)) {
      const { kernel, upper, read } = boot({ lower: () => routine });
      expect(() => kernel.io.send(upper, read()), what).toThrow(what);
    }
    for (const marked of [true, false]) {
      const { kernel, upper, read } = boot({
        lower: (kernel) => (_device, irp) => {
          if (marked) irp.markPending();
          kernel.io.IoCompleteRequest(irp);
          return marked ? STATUS_SUCCESS : STATUS_PENDING;
        },
      });
      expect(() => kernel.io.send(upper, read())).toThrow(
        `completed and ${marked ? 'marked' : 'not marked'} pending`,
      );
    }
  });

  it('returns at the IRQL it was entered at [VER-IRQL-004]', () => {
    const { kernel, upper, read } = boot({
      lower: (kernel) => (_device, irp) => {
        kernel.io.IoCompleteRequest(irp);
        kernel.irql.raise(2);
        return STATUS_SUCCESS;
      },
    });
    expect(() => kernel.io.send(upper, read())).toThrow('lower left READ at IRQL 2, entered at 0');
  });
});
