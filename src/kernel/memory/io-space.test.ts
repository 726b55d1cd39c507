import { describe, expect, it } from 'vitest';
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import { MmCached, MmNonCached } from './caching.ts';
import { IO_SLOT_BYTES, IO_WINDOW_BASE, IoSpace, type RegisterWidth } from './io-space.ts';

const BAR = 0xf000_0000;
const MIB = 0x10_0000;

const raise: BugCheckRaiser = {
  bugCheck(code, p1 = 0, p2 = 0, p3 = 0, p4 = 0, detail = '') {
    throw new Error(
      `${[code, p1, p2, p3, p4].map((value) => value.toString(16)).join(' ')} ${detail}`,
    );
  },
};

/** Registers that note what reaches them. */
function registers(sizeBytes: number) {
  const seen: string[] = [];
  return {
    seen,
    sizeBytes,
    read(offset: number, width: RegisterWidth) {
      seen.push(`read${width} ${offset.toString(16)}`);
      return offset + 1;
    },
    write(offset: number, width: RegisterWidth, value: number) {
      seen.push(`write${width} ${offset.toString(16)}=${value.toString(16)}`);
    },
  };
}

function boot(sizeBytes = 0x4000) {
  const io = new IoSpace(raise, [{ base: MIB, bytes: 16 * MIB }]);
  const device = registers(sizeBytes);
  io.attach(BAR, device, 'HDA controller');
  return { io, device };
}

function map(io: IoSpace, physical: number, bytes: number): VirtualAddress {
  const address = io.MmMapIoSpace(physical, bytes, MmNonCached);
  if (address === null) throw new Error('not mapped');
  return address;
}

describe('register spaces on the bus', () => {
  it('may not lie on RAM, on each other, or off a page', () => {
    const { io } = boot();
    expect(() => io.attach(2 * MIB, registers(16), 'x')).toThrow('x at 0x200000: there is RAM');
    expect(() => io.attach(BAR + 0x3000, registers(16), 'x')).toThrow('there is HDA controller');
    expect(() => io.attach(BAR - 0x1000, registers(0x1004), 'x')).toThrow(
      'there is HDA controller',
    );
    expect(() => io.attach(BAR + 0x4010, registers(16), 'x')).toThrow(/multiple of 4096/);
    expect(() => io.attach(-4096, registers(16), 'x')).toThrow(/multiple of 4096/);
    expect(() => io.attach(BAR + 0x8000, registers(0), 'x')).toThrow('has no registers');
    io.attach(BAR + 0x4000, registers(16), 'next door');
  });
});

describe('a mapping of registers', () => {
  it('carries reads and writes of every width to the device [WRT-REG-008]', () => {
    const { io, device } = boot();
    const address = map(io, BAR + 0x2000, 0x1000);
    expect(io.readRegister(virtual(address + 8), 4)).toBe(0x2009);
    expect(io.readRegister(virtual(address + 0xffe), 2)).toBe(0x2fff);
    io.writeRegister(virtual(address + 1), 1, 0xab);
    io.writeRegister(address, 4, 0xdead_beef);
    expect(device.seen).toEqual([
      'read4 2008',
      'read2 2ffe',
      'write1 2001=ab',
      'write4 2000=deadbeef',
    ]);
  });

  it('lies above RAM and keeps the offset in the page', () => {
    const { io, device } = boot();
    expect(map(io, BAR, 4)).toBe(IO_WINDOW_BASE);
    const address = map(io, BAR + 0x1084, 4);
    expect(address).toBe(IO_WINDOW_BASE + IO_SLOT_BYTES + 0x84);
    io.readRegister(address, 4);
    expect(device.seen).toEqual(['read4 1084']);
  });

  it('of more than a slot is one range', () => {
    const { io, device } = boot(3 * MIB);
    const address = map(io, BAR + 16, 2 * MIB);
    io.readRegister(virtual(address + 2 * MIB - 4), 4);
    io.readRegister(virtual(address + MIB - 4), 4);
    expect(device.seen).toEqual([`read4 ${(2 * MIB + 12).toString(16)}`, 'read4 10000c']);
    expect(map(io, BAR, 4)).toBe(IO_WINDOW_BASE + 3 * IO_SLOT_BYTES);
  });

  it('is null where the device has no registers, and for no bytes or cache type', () => {
    const { io } = boot();
    expect(io.MmMapIoSpace(BAR + 0x3000, 0x1001, MmNonCached)).toBeNull();
    expect(io.MmMapIoSpace(BAR - 4, 8, MmNonCached)).toBeNull();
    expect(io.MmMapIoSpace(2 * MIB, 4, MmNonCached)).toBeNull();
    expect(io.MmMapIoSpace(BAR, 0, MmNonCached)).toBeNull();
    expect(io.MmMapIoSpace(BAR, 4, 9 as 0)).toBeNull();
  });

  it('is null when the same registers are mapped with another cache type', () => {
    const { io } = boot();
    map(io, BAR, 0x1000);
    expect(io.MmMapIoSpace(BAR + 0xffc, 8, MmCached)).toBeNull();
    expect(io.MmMapIoSpace(BAR + 0x1000, 8, MmCached)).not.toBeNull();
    expect(io.MmMapIoSpace(BAR, 0x1000, MmNonCached, 'user', 5)).not.toBeNull();
  });

  it('is null when the window is full, until something is unmapped', () => {
    const { io } = boot();
    const last = Array.from({ length: 2048 }, () => map(io, BAR, 4)).at(-1) ?? virtual(0);
    expect(last + IO_SLOT_BYTES).toBe(0x1_0000_0000);
    expect(io.MmMapIoSpace(BAR, 4, MmNonCached)).toBeNull();
    io.MmUnmapIoSpace(virtual(IO_WINDOW_BASE + 7 * IO_SLOT_BYTES), 4);
    expect(map(io, BAR, 4)).toBe(IO_WINDOW_BASE + 7 * IO_SLOT_BYTES);
  });
});

describe('an access to a register', () => {
  it('outside the mapped bytes stops the machine', () => {
    const { io } = boot();
    const address = map(io, BAR + 0x10, 0x10);
    for (const at of [address - 4, address + 0x10, 0, 0x1000, 0xffff_fffc, address + 2 ** 32]) {
      expect(() => io.readRegister(virtual(at), 4)).toThrow(`50 ${at.toString(16)} 0 `);
      expect(() => io.writeRegister(virtual(at), 4, 0)).toThrow(`50 ${at.toString(16)} 1 `);
    }
  });

  it('that is not naturally aligned stops the machine', () => {
    const { io, device } = boot();
    const address = map(io, BAR, 0x100);
    expect(() => io.readRegister(virtual(address + 2), 4)).toThrow(/^1e 80000002 0 0 80000002 /);
    expect(() => io.writeRegister(virtual(address + 1), 2, 0)).toThrow(
      /^1e 80000002 0 1 80000001 /,
    );
    expect(device.seen).toEqual([]);
  });

  it('after the mapping ended stops the machine, even when others map anew [WRT-REG-010]', () => {
    const { io } = boot();
    const address = map(io, BAR, 0x1000);
    io.MmUnmapIoSpace(address, 0x1000);
    expect(map(io, BAR, 0x1000)).not.toBe(address);
    expect(() => io.readRegister(address, 4)).toThrow(/^50 80000000 .* no register is mapped/);
  });
});

describe('MmUnmapIoSpace', () => {
  it('stops the machine at another address or size', () => {
    const { io } = boot();
    const address = map(io, BAR, 0x1000);
    expect(() => io.MmUnmapIoSpace(virtual(address + 4), 0x1000)).toThrow(/^da 302 80000004 /);
    expect(() => io.MmUnmapIoSpace(address, 0x2000)).toThrow(/^da 305 80000000 2000 1000 /);
    io.MmUnmapIoSpace(address, 0x1000);
    expect(() => io.MmUnmapIoSpace(address, 0x1000)).toThrow(/^da 302 /);
  });

  it('leaves nothing for the leak report', () => {
    const { io } = boot();
    const kernel = map(io, BAR, 0x4000);
    const user = io.MmMapIoSpace(BAR + 0x2000, 0x1000, MmNonCached, 'user', 2);
    expect(io.outstanding()).toEqual([
      'I/O mapping of 16384 bytes at 0xf0000000 of HDA controller, kernel',
      'I/O mapping of 4096 bytes at 0xf0002000 of HDA controller, user (process 2)',
    ]);
    io.MmUnmapIoSpace(kernel, 0x4000);
    io.MmUnmapIoSpace(user ?? virtual(0), 0x1000);
    expect(io.outstanding()).toEqual([]);
  });
});
