import { describe, expect, it } from 'vitest';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import { STATUS_CANCELLED, STATUS_PENDING, STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import { Kernel } from '../kernel.ts';
import { CancelSafeQueue } from './cancel-safe-queue.ts';
import { IRP_MJ_READ } from './io-codes.ts';
import type { Irp } from './irp.ts';

/** A device that queues every read, with the order in which it came as context. */
function boot() {
  const clock = new Clock();
  const trace = new Trace(clock);
  const kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
  const queue = new CancelSafeQueue<number>(kernel.io);
  const description = { hardwareId: 'PCI\\X', description: 'x', raw: [], translated: [] };
  const { pdo } = kernel.pnp.addDevice(description);
  let reads = 0;
  pdo.driver.MajorFunction[IRP_MJ_READ] = (_device, irp) => {
    irp.ioStatus.information = 7;
    queue.insert(irp, reads++);
    return STATUS_PENDING;
  };
  const allocate = (): Irp => {
    const irp = kernel.io.IoAllocateIrp(pdo.stackSize);
    irp.next.majorFunction = IRP_MJ_READ;
    return irp;
  };
  const send = (irp: Irp = allocate()): Irp => {
    kernel.io.send(pdo, irp);
    return irp;
  };
  return { kernel, queue, allocate, send };
}

describe('a cancel-safe queue', () => {
  it('gives its packets in the order in which they came, and they are its no longer', () => {
    const { kernel, queue, send } = boot();
    const sent = [send(), send()];
    for (const [context, irp] of sent.entries()) {
      expect(queue.removeNext()).toEqual({ irp, context });
      expect(kernel.io.IoCancelIrp(irp)).toBe(false);
      irp.ioStatus.status = STATUS_SUCCESS;
      kernel.io.IoCompleteRequest(irp);
    }
    expect([queue.isEmpty, queue.removeNext()]).toEqual([true, null]);
  });

  it('completes a packet that is cancelled while it waits', () => {
    const { kernel, queue, send } = boot();
    const [first, second] = [send(), send()];
    expect(kernel.io.IoCancelIrp(first)).toBe(true);
    expect(first.isCompleted).toBe(true);
    expect(first.ioStatus).toMatchObject({ status: STATUS_CANCELLED, information: 0 });
    expect(queue.removeNext()?.irp).toBe(second);
    expect(queue.isEmpty).toBe(true);
  });

  it('completes a packet that was cancelled before it came', () => {
    const { kernel, queue, allocate, send } = boot();
    const irp = allocate();
    expect(kernel.io.IoCancelIrp(irp)).toBe(false);
    send(irp);
    expect(irp.isCompleted).toBe(true);
    expect(irp.ioStatus).toMatchObject({ status: STATUS_CANCELLED, information: 0 });
    expect(queue.isEmpty).toBe(true);
  });
});
