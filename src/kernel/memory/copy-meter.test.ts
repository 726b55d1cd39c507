import { describe, expect, it } from 'vitest';
import { CopyMeter } from './copy-meter.ts';

describe('the meter of copies', () => {
  it('counts a copy once that touches watched ranges, and no other', () => {
    const meter = new CopyMeter();
    meter.watch(100, 50);
    meter.watch(200, 50);
    meter.note(0, 300, 100);
    meter.note(50, 150, 50);
    expect(meter.bytes).toBe(0);
    meter.note(0, 149, 10);
    expect(meter.bytes).toBe(10);
    meter.note(100, 200, 7);
    expect(meter.bytes).toBe(17);
  });

  it('forgets the range that is meant where two begin at one address, in any order', () => {
    const meter = new CopyMeter();
    for (const bytes of [10, 20, 30]) meter.watch(100, bytes);
    meter.unwatch(100, 10);
    meter.note(0, 129, 1);
    expect(meter.bytes).toBe(1);
    meter.unwatch(100, 30);
    meter.note(0, 129, 1);
    expect(meter.bytes).toBe(1);
    meter.note(0, 119, 1);
    expect(meter.bytes).toBe(2);
    meter.unwatch(100, 30);
    meter.note(0, 119, 1);
    expect(meter.bytes).toBe(3);
    meter.unwatch(100, 20);
    meter.note(0, 100, 1);
    expect(meter.bytes).toBe(3);
  });
});
