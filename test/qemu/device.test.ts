/** QEMU's HD Audio behind the four parts of a device: registers, DMA memory, interrupt line, clock. */
import { expect, it } from 'vitest';
import { DeviceBench } from '../../src/crosscheck/device-bench.ts';
import {
  HdaHost,
  type ListEntry,
  OUTPUT_STREAM,
  streamPlace,
} from '../../src/crosscheck/hda-host.ts';
import { QemuError } from '../../src/qemu/qemu-error.ts';
import { Random } from '../../src/sim/random.ts';
import {
  encodeCommand,
  GCTL,
  INTCTL,
  PARAMETER,
  SDSTS,
  VERB,
} from '../../src/standards/hda/index.ts';
import { describeQemu, qemuKind } from './qemu-tests.ts';

const MS = 1_000_000;
const PAGE_BYTES = 4096;
const FOUR_GIB = 2 ** 32;
const NODES = { converter: 2, pin: 3 } as const;
const vendorCommand = encodeCommand(0, 0, VERB.GET_PARAMETER, PARAMETER.VENDOR_ID);

function makeHost(): HdaHost {
  const host = new HdaHost(new DeviceBench(qemuKind('qemu:hda')), NODES);
  host.reset();
  return host;
}

/** Pages that hold their own number in every byte; every buffer interrupts. */
function pagesOf({ bench }: HdaHost, count: number): ListEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const address = bench.memory.givePage();
    bench.memory.at(address, PAGE_BYTES).fill(index + 1);
    return { address, bytes: PAGE_BYTES, interrupts: true };
  });
}

function play(host: HdaHost, entries: readonly ListEntry[], rateHz = 48_000): void {
  host.openPath(rateHz);
  host.load(entries, rateHz);
  host.run();
}

/** Times after RUN at which the line rose, when time goes on in steps of `stepNs`. */
function riseTimes(stepNs: number): number[] {
  const host = makeHost();
  const { bench } = host;
  const times: number[] = [];
  host.serveInterrupts();
  const serve = bench.interrupted;
  play(host, pagesOf(host, 4));
  const runNs = bench.now;
  bench.interrupted = () => {
    times.push(bench.now - runNs);
    serve?.();
  };
  while (bench.now < runNs + 120 * MS) bench.runFor(stepNs);
  bench.end();
  return times;
}

describeQemu("QEMU's HD Audio as a device", () => {
  it('raises the line in the nanosecond of the look that found a buffer done', () => {
    const coarse = riseTimes(120 * MS);
    expect(coarse.length).toBeGreaterThan(3);
    expect(coarse.every((time) => time % MS === 0)).toBe(true);
    expect(riseTimes(50_000)).toEqual(coarse);
  });

  it('reads pages wherever they lie, above 4 GiB too, and sees a change at once', () => {
    const host = makeHost();
    const entries = pagesOf(host, 4);
    expect(entries.some(({ address }) => address > FOUR_GIB)).toBe(true);
    expect(entries.some(({ address }) => address < FOUR_GIB)).toBe(true);
    play(host, entries);
    host.bench.runFor(20 * MS);
    host.bench.memory.at(entries[3]?.address ?? 0, PAGE_BYTES).fill(9);
    host.bench.runFor(200 * MS);
    const heard = host.bench.takeHeard();
    host.bench.end();
    const byPage = [0, 1, 2, 3].map(
      (page) => new Set(heard.subarray(page * 4096, page * 4096 + 4096)),
    );
    expect(byPage.map((values) => [...values])).toEqual([[1], [2], [3], [9]]);
  });

  it('writes memory that the machine reads: the response of a codec', () => {
    const host = makeHost();
    host.startInterruptingRings();
    host.queue([vendorCommand]);
    expect(host.response(1)).toEqual([0x1af4_0022, 0]);
    host.bench.end();
  });

  it('plays a pattern from a page that was taken back, which no sound is', () => {
    const host = makeHost();
    const entries = pagesOf(host, 4);
    play(host, entries);
    host.bench.runFor(10 * MS);
    host.bench.memory.takePage(entries[2]?.address ?? 0);
    host.bench.runFor(200 * MS);
    const heard = host.bench.takeHeard();
    expect(heard[2 * PAGE_BYTES + 100]).toBe(0xa5);
    host.bench.end();
  });

  it('stops the machine when the device writes a page that was taken back', () => {
    const host = makeHost();
    host.startInterruptingRings();
    host.queue([vendorCommand]);
    host.acknowledgeResponses();
    const responses = host.read('RIRBLBASE') + FOUR_GIB * host.read('RIRBUBASE');
    host.bench.memory.takePage(responses);
    expect(() => {
      host.queue([vendorCommand]);
      host.bench.end();
    }).toThrow(`no page at 0x${responses.toString(16)}`);
  });

  it('becomes a card of the rate of its first stream, and says that it cannot take another', () => {
    const host = makeHost();
    const entries = pagesOf(host, 2);
    play(host, entries, 22_050);
    host.bench.runFor(200 * MS);
    expect(host.bench.heardRateHz).toBe(22_050);
    const heard = host.bench.takeHeard();
    expect([...new Set(heard.subarray(0, PAGE_BYTES))]).toEqual([1]);
    host.stop();
    expect(() => play(host, entries, 32_000)).toThrow(
      /plays at 22050 Hz since its first stream, and cannot be one that plays at 32000 Hz/,
    );
    expect(() => host.read('GCTL')).toThrow(QemuError);
    host.bench.end();
  });

  it('plays 8 kHz as it is, which its codec does not claim', () => {
    const host = makeHost();
    const entries = pagesOf(host, 3);
    const random = new Random(8_000);
    for (const { address } of entries) {
      const page = host.bench.memory.at(address, PAGE_BYTES);
      for (const at of page.keys()) page[at] = random.below(256);
    }
    play(host, entries, 8_000);
    host.bench.runFor(800 * MS);
    expect(host.bench.heardRateHz).toBe(8_000);
    const heard = host.bench.takeHeard();
    const sent = entries.flatMap(({ address }) => [...host.bench.memory.at(address, PAGE_BYTES)]);
    host.bench.end();
    expect(heard.length).toBeGreaterThan(sent.length);
    expect(Buffer.compare(heard.subarray(0, sent.length), Buffer.from(sent))).toBe(0);
  });

  it('comes back from its power-off as from reset, and plays again', () => {
    const host = makeHost();
    host.write('INTCTL', (INTCTL.GIE | (1 << OUTPUT_STREAM)) >>> 0);
    play(host, pagesOf(host, 2));
    host.bench.runFor(30 * MS);
    expect(host.bench.isLineUp).toBe(true);
    host.bench.end();
    expect(host.bench.isLineUp).toBe(false);
    expect(host.read('GCTL') & GCTL.CRST).toBe(0);
    expect(host.read('WALCLK')).toBe(0);
    host.reset();
    host.bench.takeHeard();
    play(host, pagesOf(host, 2), 44_100);
    host.bench.runFor(100 * MS);
    expect(host.bench.heardRateHz).toBe(44_100);
    host.bench.end();
  });

  it('does the same twice', () => {
    const trail = (): number[] => {
      const host = makeHost();
      play(host, pagesOf(host, 3));
      const seen = [];
      for (let step = 0; step < 60; step++) {
        host.bench.runFor(730_000);
        seen.push(host.linkPosition, host.bench.read(streamPlace('STS')) & SDSTS.BCIS);
      }
      host.bench.end();
      return [...seen, ...host.bench.takeHeard()];
    };
    expect(trail()).toEqual(trail());
  });
});
