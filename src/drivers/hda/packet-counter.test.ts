import { describe, expect, it } from 'vitest';
import { PacketCounter, type PacketLayout } from './packet-counter.ts';

/** Two packets of 480 frames at 48 kHz; 1000 bytes are 250 frames. */
const LAYOUT: PacketLayout = {
  bufferBytes: 3840,
  packets: 2,
  frameBytes: 4,
  rateHz: 48_000,
  fifoBytes: 64,
  codecBytes: 56,
  isCapture: false,
};

function counter(layout: Partial<PacketLayout> = {}): PacketCounter {
  const packets = new PacketCounter();
  packets.reset({ ...LAYOUT, ...layout });
  return packets;
}

describe('packets', () => {
  it('are counted at their end in memory, which is one FIFO ahead of the link [WRT-PKT-022]', () => {
    const packets = counter();
    packets.completed(1920 - 64, 0);
    expect(packets.count).toBe(1);
    packets.completed(3840 - 64, 0);
    expect(packets.count).toBe(2);
    packets.completed(1920 - 64 + 400, 0);
    expect(packets.count).toBe(3);
    packets.reset(LAYOUT);
    expect(packets.count).toBe(0);
  });

  it('are two where one interrupt came for two, and every pass is one where there is one', () => {
    const packets = counter();
    packets.completed(3840 - 64, 0);
    expect(packets.count).toBe(2);
    packets.completed(100, 0);
    expect(packets.count).toBe(4);
    const single = counter({ packets: 1 });
    single.completed(3840 - 64, 0);
    single.completed(200, 0);
    expect(single.count).toBe(2);
  });

  it('are as many as the time has room for where one interrupt came for laps', () => {
    const packets = counter();
    packets.running(0, 1_000_000);
    packets.completed(1920 - 64, 1_100_000);
    expect(packets.count).toBe(1);
    // Three packets later the engine stands where it would after one.
    packets.completed(3840 - 64, 1_400_000);
    expect(packets.count).toBe(4);
    // Nine and a half.
    packets.completed(1920 + 960 - 64, 2_350_000);
    expect(packets.count).toBe(13);
    // The half that is left, a pause in the next packet, and a second in which nothing moved.
    packets.completed(3840 - 64, 2_400_000);
    packets.running(960 - 64, 12_400_000);
    packets.completed(1920 - 64, 12_450_000);
    expect(packets.count).toBe(15);
    packets.reset(LAYOUT);
    packets.completed(1920 - 64, 99_000_000);
    expect(packets.count).toBe(1);
  });

  it('are counted by time only from the first that was recorded on', () => {
    const packets = counter({ isCapture: true });
    packets.running(0, 1_000_000);
    packets.completed(1920, 1_390_000);
    expect(packets.count).toBe(1);
    packets.completed(3840, 1_630_000);
    expect(packets.count).toBe(2);
    packets.completed(1920, 1_880_000);
    expect(packets.count).toBe(5);
  });

  it('are none in a buffer that does not notify', () => {
    const packets = counter({ packets: 0 });
    packets.completed(1856, 0);
    expect(packets.count).toBe(0);
  });

  it('tell when their first sample was taken, however late the interrupt is served [WRT-PKT-008]', () => {
    // The packet, the FIFO and the codec hold 510 frames: 106250 ticks of 100 ns.
    const packets = counter({ isCapture: true });
    packets.completed(1920, 200_000);
    expect(packets.takenAt(0)).toBe(200_000 - 106_250);
    packets.completed(3840 - 3840 + 192, 310_000);
    expect(packets.takenAt(1)).toBe(310_000 - 106_250 - 10_000);
    packets.completed(192, 510_000);
    expect(packets.takenAt(2)).toBe(510_000 - 106_250 - 10_000 - 100_000);
    expect(packets.takenAt(3)).toBe(510_000 - 106_250 - 10_000);
  });

  it('make a count of frames sent out of a place in the buffer', () => {
    const packets = counter();
    expect(packets.linkFrames(0)).toBe(0);
    expect(packets.linkFrames(400)).toBe(100);
    packets.completed(1856, 0);
    expect(packets.linkFrames(1856)).toBe(464);
    packets.completed(3776, 0);
    expect(packets.linkFrames(3776)).toBe(944);
    expect(packets.linkFrames(0)).toBe(960);
    expect(packets.linkFrames(1852)).toBe(960 + 463);
    packets.completed(1856, 0);
    expect(packets.linkFrames(1856)).toBe(960 + 464);
  });
});
