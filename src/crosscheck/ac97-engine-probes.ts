/**
 * Questions to an AC'97 controller about its PCM out engine at work: the order of the list, the end
 * of the list and beyond, pauses, interrupts, and how loud the codec plays. ICH datasheet 12.2,
 * AC'97 Programmer's Reference Manual 2.2, AC'97 2.3 5.7.
 */
import { DMA_PAGE_BYTES } from '../hardware/device.ts';
import { AC97_CR, AC97_GLOB_STA, AC97_SR } from '../standards/ac97/index.ts';
import { type Ac97Entry, type Ac97Host, RUN_ALL } from './ac97-host.ts';
import { hex, type Probe, yesNo } from './probe.ts';

const MS = 1_000_000;
const RATE_HZ = 48_000;
/** A rate at which QEMU forgets its volumes, so that sound is as it was sent. */
const EXACT_RATE_HZ = 44_100;
const PAGE_SAMPLES = DMA_PAGE_BYTES / 2;
const LONG_NS = 300 * MS;
const LOUD = 16_000;
const UNITY = 0x0808;
/** Four steps of 1.5 dB below unity. */
const SIX_DECIBELS_DOWN = 0x0c0c;

/** Entries of a page each, of noise that tells its place. */
function pages(host: Ac97Host, count: number, flags: Partial<Ac97Entry> = {}): Ac97Entry[] {
  return Array.from({ length: count }, (_, index) => {
    const address = host.bench.memory.givePage(true);
    const bytes = host.bench.memory.at(address, DMA_PAGE_BYTES);
    for (let at = 0; at < bytes.length; at++) bytes[at] = patternByte(index * DMA_PAGE_BYTES + at);
    return { address, samples: PAGE_SAMPLES, ...flags };
  });
}

const patternByte = (at: number): number => (at * 7 + Math.floor(at / 251) * 13 + 1) & 0xff;

/** One page of the same sample over and over. */
function loudPage(host: Ac97Host): number {
  const address = host.bench.memory.givePage(true);
  const bytes = host.bench.memory.at(address, DMA_PAGE_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < DMA_PAGE_BYTES; at += 2) view.setInt16(at, LOUD, true);
  return address;
}

/** The sample that is heard at present. */
function sampleNow({ bench }: Ac97Host): number {
  const heard = bench.takeHeard();
  if (bench.isSilent || heard.byteLength < 4) return 0;
  return new DataView(heard.buffer, heard.byteOffset).getInt16(heard.byteLength - 4, true);
}

/** What is heard of a sample at a PCM out volume, when time enough has passed. */
function heardAt(host: Ac97Host, pcmVolume: number, rateHz = RATE_HZ): string {
  host.openPath(rateHz, pcmVolume);
  const address = loudPage(host);
  host.load(Array.from({ length: 32 }, () => ({ address, samples: PAGE_SAMPLES })));
  host.run();
  host.bench.runFor(LONG_NS);
  return String(sampleNow(host));
}

/** Runs to the end of two buffers and beyond, and tells the sample that is heard then. */
function beyondTheEnd(host: Ac97Host, isLast: boolean): string {
  host.openPath(EXACT_RATE_HZ);
  const address = loudPage(host);
  const entry = { address, samples: PAGE_SAMPLES };
  host.load([entry, { ...entry, isLast }]);
  host.run();
  host.bench.runFor(LONG_NS);
  return String(sampleNow(host));
}

const listProbes: readonly Probe<Ac97Host>[] = [
  {
    id: 'list-order',
    clause: "AC'97 PRM 2.2.2",
    asks: 'whether the entries are heard in their order',
    expected: 'yes',
    run: (host) => {
      host.openPath(EXACT_RATE_HZ);
      host.load(pages(host, 8));
      host.run();
      host.bench.runFor(LONG_NS);
      const heard = host.bench.takeHeard().subarray(0, 8 * DMA_PAGE_BYTES);
      const isSame = heard.every((byte, at) => byte === patternByte(at));
      return yesNo(isSame && heard.length === 8 * DMA_PAGE_BYTES);
    },
  },
  {
    id: 'buffer-address',
    clause: "AC'97 PRM 2.2.1",
    asks: 'whether a buffer whose address is no multiple of 4 is heard from its first sample on',
    expected: 'yes',
    run: (host) => {
      host.openPath(EXACT_RATE_HZ);
      const list = pages(host, 4).map(({ address }) => {
        return { address: address + 2, samples: PAGE_SAMPLES - 2 };
      });
      host.load(list);
      host.run();
      host.bench.runFor(LONG_NS);
      const heard = host.bench.takeHeard().subarray(0, DMA_PAGE_BYTES - 4);
      const isSame = heard.every((byte, at) => byte === patternByte(at + 2));
      return yesNo(isSame && heard.length === DMA_PAGE_BYTES - 4);
    },
  },
  {
    id: 'end-of-list',
    clause: 'ICH datasheet, SR and CIV',
    asks: 'SR, CIV and PICB behind the last valid buffer, which asks for an interrupt',
    expected: '0xf 0x3 0x0',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.load(pages(host, 4, { interrupts: true }));
      host.run();
      host.bench.runFor(LONG_NS);
      return `${hex(host.box('SR'))} ${hex(host.box('CIV'))} ${hex(host.box('PICB'))}`;
    },
  },
  {
    id: 'list-goes-on',
    clause: 'ICH datasheet, LVI',
    asks: 'whether DMA goes on when LVI is written behind the end, and at which entry',
    expected: 'yes 4',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.load(pages(host, 8), 3);
      host.run();
      host.bench.runFor(LONG_NS);
      host.setBox('LVI', 7);
      host.bench.runFor(5 * MS);
      return `${yesNo((host.box('SR') & AC97_SR.DCH) === 0)} ${host.box('CIV')}`;
    },
  },
  {
    id: 'underrun-repeats',
    clause: "AC'97 PRM table 6, BUP",
    asks: 'the sample that is heard behind the end when BUP is clear: the last one',
    expected: String(LOUD),
    run: (host) => beyondTheEnd(host, false),
  },
  {
    id: 'underrun-silent',
    clause: "AC'97 PRM table 6, BUP",
    asks: 'the sample that is heard behind the end when BUP is set: zero',
    expected: '0',
    run: (host) => beyondTheEnd(host, true),
  },
  {
    id: 'picb-pace',
    clause: 'ICH datasheet, PICB',
    asks: 'whether PICB, 10 ms after RPBM, is what the link has had time to carry',
    expected: 'yes',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.load(pages(host, 8));
      host.run();
      host.bench.runFor(10 * MS);
      const moved = host.box('CIV') * PAGE_SAMPLES + PAGE_SAMPLES - host.box('PICB');
      return yesNo(Math.abs(moved - 2 * 480) <= 2 * 32);
    },
  },
];

const pauseProbes: readonly Probe<Ac97Host>[] = [
  {
    id: 'pause-keeps-position',
    clause: 'ICH datasheet, CR.RPBM',
    asks: 'by how many entries an engine has gone on when it is paused and run again',
    expected: '0',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.load(pages(host, 8));
      host.run();
      host.bench.runFor(25 * MS);
      host.pause();
      host.bench.runFor(MS);
      const stopped = host.box('CIV');
      host.run();
      return String(host.box('CIV') - stopped);
    },
  },
  {
    id: 'control-while-running',
    clause: 'ICH datasheet, CR.RPBM',
    asks: 'by how many entries an engine goes on when CR is written while it runs',
    expected: '0',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.load(pages(host, 8));
      host.run(AC97_CR.RPBM);
      host.bench.runFor(25 * MS);
      const before = host.box('CIV');
      host.run();
      return String(host.box('CIV') - before);
    },
  },
];

const interruptProbes: readonly Probe<Ac97Host>[] = [
  {
    id: 'ioc',
    clause: 'ICH datasheet, SR.BCIS',
    asks: 'entries that are current at the interrupts, with IOC in 1 and 3 of 6',
    expected: '2 4',
    run: (host) => {
      host.serveInterrupts();
      host.openPath(RATE_HZ);
      const list = pages(host, 6).map((entry, index) => {
        return { ...entry, interrupts: index === 1 || index === 3 };
      });
      host.load(list);
      host.run(AC97_CR.RPBM | AC97_CR.IOCE);
      host.bench.runFor(LONG_NS);
      return host.completions.map(({ current }) => current).join(' ');
    },
  },
  {
    id: 'box-status',
    clause: 'ICH datasheet, SR and GLOB_STA',
    asks: 'POINT and the line with a buffer done, and after SR was written',
    expected: '0x40 up, 0x0 down',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.load(pages(host, 4).map((entry, index) => ({ ...entry, interrupts: index === 0 })));
      host.run(AC97_CR.RPBM | AC97_CR.IOCE);
      host.bench.runFor(50 * MS);
      const tell = (): string =>
        `${hex(host.global('GLOB_STA') & AC97_GLOB_STA.POINT)} ${host.bench.isLineUp ? 'up' : 'down'}`;
      const pending = tell();
      host.setBox('SR', AC97_SR.BCIS);
      return `${pending}, ${tell()}`;
    },
  },
  {
    id: 'ioce-gates',
    clause: 'ICH datasheet, CR.IOCE',
    asks: 'BCIS and the line with a buffer done while IOCE is clear',
    expected: '0x8 down',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.load(pages(host, 8, { interrupts: true }));
      host.run(AC97_CR.RPBM);
      host.bench.runFor(50 * MS);
      return `${hex(host.box('SR') & AC97_SR.BCIS)} ${host.bench.isLineUp ? 'up' : 'down'}`;
    },
  },
  {
    id: 'ioce-late',
    clause: 'ICH datasheet, CR.IOCE',
    asks: 'whether the line rises when IOCE is set while BCIS is pending',
    expected: 'yes',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.load(pages(host, 8, { interrupts: true }));
      host.run(AC97_CR.RPBM);
      host.bench.runFor(25 * MS);
      host.setBox('CR', AC97_CR.IOCE);
      return yesNo(host.bench.isLineUp);
    },
  },
  {
    id: 'last-valid-interrupt',
    clause: 'ICH datasheet, SR.LVBCI',
    asks: 'LVBCI at the interrupt behind the last valid buffer, which does not ask for one',
    expected: '0x4',
    run: (host) => {
      host.serveInterrupts();
      host.openPath(RATE_HZ);
      host.load(pages(host, 2));
      host.run(RUN_ALL);
      host.bench.runFor(LONG_NS);
      const [first] = host.completions;
      return hex((first?.status ?? 0) & (AC97_SR.LVBCI | AC97_SR.BCIS));
    },
  },
];

const volumeProbes: readonly Probe<Ac97Host>[] = [
  {
    id: 'unity-volume',
    clause: "AC'97 2.3 5.7.3",
    asks: `what is heard of ${LOUD} at a PCM out volume of 0 dB`,
    expected: String(LOUD),
    run: (host) => heardAt(host, UNITY),
  },
  {
    id: 'volume-in-decibels',
    clause: "AC'97 2.3 5.7.3",
    asks: `what is heard of ${LOUD} at a PCM out volume of -6 dB`,
    expected: '8019',
    run: (host) => heardAt(host, SIX_DECIBELS_DOWN),
  },
  {
    id: 'volume-and-rate',
    clause: "AC'97 2.3 5.7.3 5.8.3",
    asks: `what is heard of ${LOUD} at -6 dB when the rate is set behind the volume`,
    expected: '8019',
    run: (host) => heardAt(host, SIX_DECIBELS_DOWN, EXACT_RATE_HZ),
  },
  {
    id: 'mute',
    clause: "AC'97 2.3 5.7.3",
    asks: `what is heard of ${LOUD} when PCM out is muted`,
    expected: '0',
    run: (host) => heardAt(host, 0x8000 | UNITY),
  },
];

export const ac97EngineProbes: readonly Probe<Ac97Host>[] = [
  ...listProbes,
  ...pauseProbes,
  ...interruptProbes,
  ...volumeProbes,
];
