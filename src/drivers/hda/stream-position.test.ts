import { describe, expect, it } from 'vitest';
import { StreamPosition } from './stream-position.ts';

/** A buffer of 1024 bytes, a FIFO of 64 and a codec pipeline of 56. */
function positions(readings: readonly number[]): string[] {
  const stream = new StreamPosition();
  stream.reset(1024, 64, 56);
  const position = { playOffset: -1, writeOffset: -1 };
  return readings.map((reading) => {
    stream.report(reading, position);
    return `${position.playOffset} ${position.writeOffset}`;
  });
}

describe('the position of a stream', () => {
  it('is 0 until the first frame has left the FIFO [WRT-POS-008]', () => {
    expect(positions([0, 0])).toEqual(['0 0', '0 0']);
  });

  it('has the FIFO before the link and the codec behind it [WRT-POS-004] [WRT-POS-005]', () => {
    expect(positions([4, 56, 60, 960])).toEqual(['0 68', '0 120', '4 124', '904 0']);
  });

  it('wraps with the buffer, each offset in its own time [WRT-POS-003]', () => {
    expect(positions([1000, 8, 56, 0, 0])).toEqual([
      '944 40',
      '976 72',
      '0 120',
      '968 64',
      '968 64',
    ]);
  });

  it('stays inside a buffer that is smaller than FIFO and pipeline [WRT-POS-003]', () => {
    const stream = new StreamPosition();
    stream.reset(256, 512, 448);
    const position = { playOffset: 0, writeOffset: 0 };
    for (let sent = 0; sent < 4096; sent += 32) {
      stream.report(sent % 256, position);
      expect(position.playOffset).toBe(Math.max(0, sent - 448) % 256);
      expect(position.writeOffset).toBe(sent === 0 ? 0 : sent % 256);
    }
  });

  it('takes a reading at the very end of the buffer for its start', () => {
    expect(positions([1020, 1024])).toEqual(['964 60', '968 64']);
  });

  it('is 0 without a buffer, whatever the register says', () => {
    const stream = new StreamPosition();
    const position = { playOffset: 7, writeOffset: 7 };
    stream.report(500, position);
    expect(position).toEqual({ playOffset: 0, writeOffset: 0 });
  });

  it('starts over when it is reset [WRT-STA-013]', () => {
    const stream = new StreamPosition();
    const position = { playOffset: 0, writeOffset: 0 };
    stream.reset(1024, 64, 56);
    for (const reading of [1000, 8]) stream.report(reading, position);
    stream.reset(1024, 64, 56);
    stream.report(0, position);
    expect(position).toEqual({ playOffset: 0, writeOffset: 0 });
  });
});
