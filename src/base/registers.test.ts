import { describe, expect, it } from 'vitest';
import { RegisterBank, type RegisterMap } from './registers.ts';

const MAP = {
  CTL: { offset: 0, bytes: 3, reset: 0x040000, writable: 0xf0001f, writeOneToClear: 0 },
  STS: { offset: 3, bytes: 1, reset: 0, writable: 0, writeOneToClear: 0x1c },
  COUNT: { offset: 4, bytes: 4, reset: 0, writable: 0, writeOneToClear: 0 },
  LENGTH: { offset: 8, bytes: 4, reset: 7, writable: 0xffff_ffff, writeOneToClear: 0 },
  MIXED: { offset: 14, bytes: 2, reset: 0x8000, writable: 0x0001, writeOneToClear: 0x0002 },
} as const satisfies RegisterMap;

describe('a register bank', () => {
  it('gives every register its reset value, at its own width and joined', () => {
    const bank = new RegisterBank(MAP);
    expect(bank.read(3, 1)).toBe(0);
    expect(bank.read(0, 4)).toBe(0x0004_0000);
    expect(bank.read(8, 4)).toBe(7);
    expect(bank.read(14, 2)).toBe(0x8000);
    expect(bank.read(12, 4)).toBe(0x8000_0000);
  });

  it('has a cell for a register, which no mask and no handler sees, and which reset reaches', () => {
    const writes: number[] = [];
    const bank = new RegisterBank(MAP, { write: { MIXED: (value) => writes.push(value) } });
    const cell = bank.cell('MIXED');
    cell.value |= 0x70;
    expect([cell.value, bank.get('MIXED'), bank.read(14, 2)]).toEqual([0x8070, 0x8070, 0x8070]);
    bank.write(14, 2, 1);
    expect([cell.value, writes]).toEqual([0x8071, [0x8071]]);
    bank.set('MIXED', 0xffff_ffff);
    expect(cell.value).toBe(0xffff_ffff);
    bank.reset();
    expect(cell.value).toBe(0x8000);
  });

  it('hits the three-byte and the one-byte register with one dword write, each once', () => {
    const writes: string[] = [];
    const bank = new RegisterBank(MAP, {
      write: {
        CTL: (value, previous) => writes.push(`CTL ${previous.toString(16)} ${value.toString(16)}`),
        STS: (value, previous) => writes.push(`STS ${previous} ${value}`),
      },
    });
    bank.set('STS', 0x3c);
    bank.write(0, 4, 0x0410_0006);
    expect(writes).toEqual(['CTL 40000 140006', 'STS 60 56']);
    bank.write(2, 1, 0x20);
    expect(bank.get('CTL')).toBe(0x240006);
    bank.write(3, 1, 0xff);
    expect(bank.get('STS')).toBe(0x20);
    bank.write(2, 2, 0x0030);
    expect(bank.read(0, 4)).toBe(0x2034_0006);
  });

  it('stores all of an access before a handler hears of it, and keeps what that handler sets', () => {
    const seen: number[][] = [];
    const bank = new RegisterBank(MAP, {
      write: {
        CTL: (value, previous) => {
          seen.push([value, previous, bank.get('STS')]);
          bank.set('STS', 0x10);
        },
        STS: (value, previous) => seen.push([value, previous]),
      },
    });
    bank.set('STS', 0x0c);
    bank.write(0, 4, 0x1c10_0002);
    expect(seen).toEqual([
      [0x14_0002, 0x04_0000, 0],
      [0x10, 0x0c],
    ]);
    expect(bank.get('STS')).toBe(0x10);
  });

  it('keeps read-only bits, takes writable ones and clears what a one clears', () => {
    const bank = new RegisterBank(MAP);
    bank.set('MIXED', 0x8002);
    bank.write(14, 2, 0x0001);
    expect(bank.get('MIXED')).toBe(0x8003);
    bank.write(14, 2, 0xffff);
    expect(bank.get('MIXED')).toBe(0x8001);
    bank.write(8, 4, 0xffff_ffff);
    expect(bank.read(8, 4)).toBe(0xffff_ffff);
    bank.write(4, 4, 5);
    expect(bank.read(4, 4)).toBe(0);
  });

  it('asks a read handler once per access, whichever bytes are read', () => {
    let asked = 0;
    const bank = new RegisterBank(MAP, {
      read: {
        COUNT: () => {
          asked++;
          return 0xa1b2_c3d4;
        },
      },
    });
    expect(bank.read(4, 4)).toBe(0xa1b2_c3d4);
    expect(bank.read(6, 2)).toBe(0xa1b2);
    expect(bank.read(5, 1)).toBe(0xc3);
    expect(asked).toBe(3);
    expect(bank.get('COUNT')).toBe(0);
  });

  it('reads 0 from bytes that no register owns, inside and outside, and drops writes there', () => {
    const bank = new RegisterBank(MAP);
    bank.write(12, 2, 0xffff);
    bank.write(400, 4, 1);
    bank.write(-4, 4, 1);
    expect(bank.read(12, 2)).toBe(0);
    expect(bank.read(400, 4)).toBe(0);
    expect(bank.read(-4, 4)).toBe(0);
  });

  it('lies at its base, so one map serves repeated blocks', () => {
    const first = new RegisterBank(MAP, {}, 0x80);
    const second = new RegisterBank(MAP, {}, 0xa0);
    second.write(0xa8, 4, 0x1234);
    expect(second.read(0xa8, 4)).toBe(0x1234);
    expect(second.read(0xa9, 1)).toBe(0x12);
    expect(first.read(0x88, 4)).toBe(7);
    second.reset();
    expect(second.read(0xa8, 4)).toBe(7);
  });

  it('refuses rows that overlap and masks wider than their register', () => {
    const row = { offset: 0, bytes: 2, reset: 0, writable: 0, writeOneToClear: 0 } as const;
    expect(() => new RegisterBank({ A: row, B: { ...row, offset: 1 } })).toThrow(/B overlaps/);
    expect(() => new RegisterBank({ A: { ...row, writable: 0x1_0000 } })).toThrow(/A has bits/);
  });
});
