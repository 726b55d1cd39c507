import { describe, expect, it } from 'vitest';
import { Kernel } from '../../kernel/kernel.ts';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import { MappedPacket } from './mapped-packet.ts';
import { OpenMappings } from './open-mappings.ts';

function packetOf(): MappedPacket {
  const clock = new Clock();
  const trace = new Trace(clock, { rows: 64 });
  return new MappedPacket(new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 }));
}

describe('open mappings', () => {
  it('are found by their tags, whatever these are, until they come back', () => {
    const open = new OpenMappings();
    const packet = packetOf();
    const tags = [0, 1, null, undefined, 'tag', {}, 1n, Number.NaN];
    for (const tag of tags) expect(open.add(tag, packet, 4)).toBe(false);
    expect(open.count).toBe(tags.length);
    for (const tag of tags) {
      expect(open.find(tag)).toBe(open.oldest);
      if (open.oldest !== null) open.remove(open.oldest);
      expect(open.find(tag)).toBeNull();
    }
    expect([open.count, packet.openMappings, open.newest]).toEqual([0, 0, null]);
  });

  it('of one tag are told, and found the oldest first, in whatever order they go', () => {
    const open = new OpenMappings();
    const packet = packetOf();
    const added = [1, 2, 3, 4].map((bytes) => {
      expect(open.add('twin', packet, bytes)).toBe(bytes > 1);
      return open.newest;
    });
    const bytesOfFound = (): number | undefined => open.find('twin')?.bytes;
    const remove = (index: number): void => {
      const mapping = added[index];
      if (mapping) open.remove(mapping);
    };
    expect(bytesOfFound()).toBe(1);
    remove(2);
    remove(0);
    expect(bytesOfFound()).toBe(2);
    remove(1);
    expect(bytesOfFound()).toBe(4);
    remove(3);
    expect(open.find('twin')).toBeNull();
    expect(open.add('twin', packet, 5)).toBe(false);
    expect(bytesOfFound()).toBe(5);
  });

  it('under ever new tags keep only so many places that nothing is open under', () => {
    const open = new OpenMappings();
    const packet = packetOf();
    const held = 100;
    for (let tag = 0; tag < 10_000; tag++) {
      expect(open.add(tag, packet, 4)).toBe(false);
      if (open.count > held && open.oldest !== null) open.remove(open.oldest);
      expect(open.placeCount).toBeLessThanOrEqual(1024 + held + 2);
    }
    for (let tag = 10_000 - held; tag < 10_000; tag++) expect(open.find(tag)?.tag).toBe(tag);
  });
});
