import { describe, expect, it } from 'vitest';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import { kernelDdi } from '../ddi/kernel-routines.ts';
import type { DeviceObject } from '../io/device.ts';
import { APC_LEVEL, DISPATCH_LEVEL, PASSIVE_LEVEL } from '../irql.ts';
import { Kernel } from '../kernel.ts';
import type { ThreadGenerator } from './thread.ts';
import { CriticalWorkQueue, DelayedWorkQueue } from './work-item.ts';

function boot() {
  const clock = new Clock();
  const trace = new Trace(clock);
  const kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
  const description = { hardwareId: 'PCI\\X', description: 'x', raw: [], translated: [] };
  const device: DeviceObject = kernel.pnp.addDevice(description).pdo;
  return { kernel, ddi: kernelDdi(kernel), log: [] as string[], device };
}

describe('a spin lock', () => {
  it('raises to DISPATCH_LEVEL and back, and DPCs wait for its release', () => {
    const { ddi, log } = boot();
    const lock = ddi.KeInitializeSpinLock('l');
    const dpc = ddi.KeInitializeDpc(() => {
      ddi.KeAcquireSpinLockAtDpcLevel(lock);
      log.push('dpc');
      ddi.KeReleaseSpinLockFromDpcLevel(lock);
    }, null);
    const old = ddi.KeAcquireSpinLock(lock);
    expect([old, ddi.KeGetCurrentIrql()]).toEqual([PASSIVE_LEVEL, DISPATCH_LEVEL]);
    ddi.KeInsertQueueDpc(dpc);
    log.push('held');
    ddi.KeReleaseSpinLock(lock, old);
    expect(log).toEqual(['held', 'dpc']);
  });

  it('is not taken twice, nor released when free [VER-LOCK-002 VER-LOCK-007]', () => {
    const { ddi } = boot();
    const lock = ddi.KeInitializeSpinLock('l');
    ddi.KeAcquireSpinLock(lock);
    expect(() => ddi.KeAcquireSpinLock(lock)).toThrow('SPIN_LOCK_ALREADY_OWNED (0xF)');
    const other = ddi.KeInitializeSpinLock();
    expect(() => ddi.KeReleaseSpinLock(other, 0)).toThrow('SPIN_LOCK_NOT_OWNED (0x10)');
  });

  it('checks the level of each form [VER-IRQL-013]', () => {
    const { ddi } = boot();
    const lock = ddi.KeInitializeSpinLock('l');
    expect(() => ddi.KeAcquireSpinLockAtDpcLevel(lock)).toThrow('spin lock l used at IRQL 0');
    ddi.KeRaiseIrql(5);
    expect(() => ddi.KeAcquireSpinLock(lock)).toThrow('spin lock l acquired at IRQL 5');
  });
});

describe('a fast mutex', () => {
  it('is held at APC_LEVEL across a wait, and the second comer waits for it', () => {
    const { kernel, ddi, log } = boot();
    const mutex = ddi.ExInitializeFastMutex('m');
    ddi.PsCreateSystemThread('holder', 8, function* (): ThreadGenerator {
      ddi.ExAcquireFastMutex(mutex);
      yield ddi.delay(10_000);
      log.push(`holder at ${ddi.KeGetCurrentIrql()}`);
      ddi.ExReleaseFastMutex(mutex);
      yield ddi.delay(0);
    });
    kernel.run(0);
    ddi.ExAcquireFastMutex(mutex);
    log.push(`second at ${kernel.clock.now} ns, IRQL ${ddi.KeGetCurrentIrql()}`);
    ddi.ExReleaseFastMutex(mutex);
    expect(log).toEqual([`holder at ${APC_LEVEL}`, 'second at 1000000 ns, IRQL 1']);
    expect(ddi.KeGetCurrentIrql()).toBe(PASSIVE_LEVEL);
  });

  it('goes to each of several who wait, though the first to come can go on last', () => {
    const { kernel, ddi, log } = boot();
    const mutex = ddi.ExInitializeFastMutex('m');
    ddi.PsCreateSystemThread('holder', 10, function* (): ThreadGenerator {
      ddi.ExAcquireFastMutex(mutex);
      yield ddi.delay(10_000);
      ddi.ExReleaseFastMutex(mutex);
    });
    for (const name of ['second', 'third']) {
      // The third runs inside the second's wait, which can end only after its own.
      ddi.PsCreateSystemThread(name, 9, function* (): ThreadGenerator {
        ddi.ExAcquireFastMutex(mutex);
        log.push(name);
        ddi.ExReleaseFastMutex(mutex);
        yield ddi.delay(0);
      });
    }
    kernel.run(10_000_000);
    expect(log.sort()).toEqual(['second', 'third']);
  });

  it('is not recursive, and only its holder releases it [VER-LOCK-002 VER-LOCK-004]', () => {
    const { ddi } = boot();
    const mutex = ddi.ExInitializeFastMutex('m');
    expect(() => ddi.ExReleaseFastMutex(mutex)).toThrow('m released by one who does not hold it');
    ddi.ExAcquireFastMutex(mutex);
    expect(() => ddi.ExAcquireFastMutex(mutex)).toThrow('m taken again by its holder');
  });

  it('is no business of DISPATCH_LEVEL [VER-IRQL-012]', () => {
    const { ddi, kernel } = boot();
    const mutex = ddi.ExInitializeFastMutex('m');
    ddi.KeRaiseIrql(DISPATCH_LEVEL);
    expect(() => ddi.ExAcquireFastMutex(mutex)).toThrow('ExAcquireFastMutex at IRQL 2');
    expect(() => kernel.fastMutexes.acquire(mutex)).toThrow('fast mutex m used at IRQL 2');
  });
});

describe('a work item', () => {
  it('runs at PASSIVE_LEVEL in a worker, after the code that queued it at DISPATCH_LEVEL', () => {
    const { kernel, ddi, log, device } = boot();
    const item = ddi.IoAllocateWorkItem(device);
    ddi.KeRaiseIrql(DISPATCH_LEVEL);
    ddi.IoQueueWorkItem(
      item,
      (of, context) => log.push(`${of === device} ${context} ${ddi.KeGetCurrentIrql()}`),
      DelayedWorkQueue,
      'context',
    );
    ddi.KeLowerIrql(PASSIVE_LEVEL);
    expect(log).toEqual([]);
    kernel.run(0);
    expect(log).toEqual(['true context 0']);
    ddi.IoFreeWorkItem(item);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('may wait for another item of the same queue', () => {
    const { kernel, ddi, log, device } = boot();
    const event = ddi.KeInitializeEvent('notification', false);
    const [first, second] = [ddi.IoAllocateWorkItem(device), ddi.IoAllocateWorkItem(device)];
    const waits = (): void => {
      ddi.IoQueueWorkItem(second, () => ddi.KeSetEvent(event), CriticalWorkQueue, null);
      ddi.KeWaitForSingleObject(event, null);
      log.push('both ran');
    };
    ddi.IoQueueWorkItem(first, waits, CriticalWorkQueue, null);
    kernel.run(0);
    expect(log).toEqual(['both ran']);
  });

  it('may wait for an item that was queued before it ran', () => {
    const { kernel, ddi, log, device } = boot();
    const event = ddi.KeInitializeEvent('notification', false);
    const [first, second] = [ddi.IoAllocateWorkItem(device), ddi.IoAllocateWorkItem(device)];
    const waits = (): void => {
      ddi.KeWaitForSingleObject(event, null);
      log.push('both ran');
    };
    ddi.IoQueueWorkItem(first, waits, DelayedWorkQueue, null);
    ddi.IoQueueWorkItem(second, () => ddi.KeSetEvent(event), DelayedWorkQueue, null);
    kernel.run(0);
    expect(log).toEqual(['both ran']);
  });

  it('is neither queued twice, nor freed while queued, nor used after', () => {
    const { kernel, ddi, device } = boot();
    const item = ddi.IoAllocateWorkItem(device);
    const queue = () => ddi.IoQueueWorkItem(item, () => {}, DelayedWorkQueue, null);
    queue();
    expect(queue).toThrow(/WORKER_INVALID .*queued twice/);
    expect(() => ddi.IoFreeWorkItem(item)).toThrow(/WORKER_INVALID .*freed while it is queued/);
    expect(kernel.outstanding()).toEqual([`work item of ${device.name} (queued)`]);
    kernel.run(0);
    ddi.IoFreeWorkItem(item);
    expect(queue).toThrow('queued after it was freed');
    expect(() => ddi.IoFreeWorkItem(item)).toThrow('freed twice');
  });

  it('must return at PASSIVE_LEVEL', () => {
    const { kernel, ddi, device } = boot();
    const item = ddi.IoAllocateWorkItem(device);
    ddi.IoQueueWorkItem(item, () => ddi.KeRaiseIrql(2), DelayedWorkQueue, null);
    expect(() => kernel.run(0)).toThrow('WORKER_THREAD_RETURNED_AT_BAD_IRQL');
  });
});
