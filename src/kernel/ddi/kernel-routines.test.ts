import { describe, expect, it } from 'vitest';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import { HIGH_LEVEL } from '../irql.ts';
import { Kernel } from '../kernel.ts';
import { MmNonCached } from '../memory/caching.ts';
import { NonPagedPoolNx, PagedPool } from '../memory/pool.ts';
import { kernelDdi, MAX_IRQL } from './kernel-routines.ts';

function boot() {
  const clock = new Clock();
  const trace = new Trace(clock);
  const kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
  return { kernel, ddi: kernelDdi(kernel) };
}

describe('the kernel DDI', () => {
  it('has every routine of the IRQL table, and no other', () => {
    expect(Object.keys(boot().ddi).sort()).toEqual(Object.keys(MAX_IRQL).sort());
  });

  it('stops the machine when a routine is called above its limit [VER-IRQL-015]', () => {
    const limited = Object.entries(MAX_IRQL).filter(([, limit]) => limit < HIGH_LEVEL);
    expect(limited.length).toBeGreaterThan(15);
    for (const [name, limit] of limited) {
      const { ddi } = boot();
      ddi.KeRaiseIrql(limit + 1);
      const routine = Object.entries(ddi).find(([other]) => other === name)?.[1] as () => void;
      expect(routine, name).toThrow(`${name} at IRQL ${limit + 1}, allowed up to ${limit}`);
    }
  });

  it('gives memory: pool, contiguous memory, registers and bytes', () => {
    const { kernel, ddi } = boot();
    const pool = ddi.ExAllocatePoolWithTag(NonPagedPoolNx, 16, 'Test');
    const dma = ddi.MmAllocateContiguousMemorySpecifyCache(4096, 0, 0xffff_ffff, 0, MmNonCached);
    if (pool === null || dma === null) throw new Error('no memory');
    ddi.bytesAt(pool, 4).set([1, 2, 3, 4]);
    expect(ddi.viewAt(pool, 4).getUint32(0, true)).toBe(0x0403_0201);
    expect(ddi.MmGetPhysicalAddress(dma)).toBeGreaterThan(0);
    const accesses: number[] = [];
    const space = {
      sizeBytes: 4096,
      read: (offset: number, width: number) => offset + width,
      write: (offset: number, width: number, value: number) => accesses.push(offset, width, value),
    };
    kernel.ioSpace.attach(0xfeb0_0000, space, 'card');
    const registers = ddi.MmMapIoSpace(0xfeb0_0000, 4096, MmNonCached);
    if (registers === null) throw new Error('no registers');
    expect(ddi.READ_REGISTER_UCHAR(registers)).toBe(1);
    expect(ddi.READ_REGISTER_USHORT(registers)).toBe(2);
    expect(ddi.READ_REGISTER_ULONG(registers)).toBe(4);
    ddi.WRITE_REGISTER_UCHAR(registers, 5);
    ddi.WRITE_REGISTER_USHORT(registers, 6);
    ddi.WRITE_REGISTER_ULONG(registers, 7);
    expect(accesses).toEqual([0, 1, 5, 0, 2, 6, 0, 4, 7]);
    expect(kernel.outstanding().length).toBeGreaterThan(2);
    ddi.MmUnmapIoSpace(registers, 4096);
    ddi.MmFreeContiguousMemorySpecifyCache(dma, 4096, MmNonCached);
    ddi.ExFreePoolWithTag(pool, 'Test');
    expect(kernel.outstanding()).toEqual([]);
  });

  it('gives no paged pool at DISPATCH_LEVEL [VER-IRQL-008]', () => {
    const { ddi } = boot();
    ddi.KeRaiseIrql(2);
    expect(() => ddi.ExAllocatePoolWithTag(PagedPool, 16, 'Test')).toThrow(
      /DRIVER_VERIFIER_DETECTED_VIOLATION \(0xC4\) \(0x1, 0x2.*paged pool at IRQL 2/,
    );
  });

  it('takes no paged pool back at DISPATCH_LEVEL [VER-IRQL-009]', () => {
    const { kernel, ddi } = boot();
    for (const bytes of [16, 8192]) {
      const pool = ddi.ExAllocatePoolWithTag(PagedPool, bytes, 'Test');
      if (pool === null) throw new Error('no memory');
      const parameters = `(0x11, 0x2, 0x1, 0x${pool.toString(16).toUpperCase()})`;
      const old = ddi.KeRaiseIrql(2);
      const free = (): void => ddi.ExFreePoolWithTag(pool, 'Test');
      expect(free).toThrow(`DRIVER_VERIFIER_DETECTED_VIOLATION (0xC4) ${parameters}`);
      expect(free).toThrow('paged pool freed at IRQL 2');
      ddi.KeLowerIrql(old);
      free();
    }
    expect(kernel.outstanding()).toEqual([]);
  });

  it('prints into the trace', () => {
    const { kernel, ddi } = boot();
    ddi.DbgPrint('hello');
    expect(kernel.trace.tail()).toEqual(['0000.000000000 print text=hello']);
  });
});
