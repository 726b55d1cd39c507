/**
 * Questions to an HD Audio controller about the interrupts of a stream, HDA 1.0a 3.3.15, 3.3.35,
 * 3.3.36 and 3.6.3.
 */
import { DMA_PAGE_BYTES } from '../hardware/device.ts';
import { SDCTL, SDSTS } from '../standards/hda/index.ts';
import {
  type HdaHost,
  OUTPUT_STREAM,
  STREAM_CONTROL,
  STREAM_CONTROL_DWORD,
  streamPlace,
} from './hda-host.ts';
import { BUFFER_BYTES, buffer, LONG_NS, MS, play } from './hda-pattern-stream.ts';
import { hex, type Probe, yesNo } from './probe.ts';

const STREAM_BIT = 1 << OUTPUT_STREAM;

export const hdaInterruptProbes: readonly Probe<HdaHost>[] = [
  {
    id: 'ioc',
    clause: 'HDA 1.0a 3.3.36 3.6.3',
    asks: 'entries that are being fetched at the first four interrupts, with IOC in 1 and 3 of 4',
    expected: '2 0 2 0',
    run: (host) => {
      host.serveInterrupts();
      play(
        host,
        buffer(host, (index) => index % 2 === 1),
      );
      host.bench.runFor(LONG_NS);
      const behind = host.completions.slice(0, 4).map(({ linkPosition }) => {
        const fetched = (linkPosition + host.fifoBytes) % BUFFER_BYTES;
        return Math.floor(fetched / DMA_PAGE_BYTES);
      });
      return behind.join(' ');
    },
  },
  {
    id: 'ioc-off',
    clause: 'HDA 1.0a 3.6.3',
    asks: 'interrupts of a stream whose list asks for none',
    expected: '0',
    run: (host) => {
      host.serveInterrupts();
      play(host, buffer(host));
      host.bench.runFor(LONG_NS);
      return String(host.completions.length);
    },
  },
  {
    id: 'ioce-gates',
    clause: 'HDA 1.0a 3.3.35',
    asks: 'whether buffers that are done interrupt while SDnCTL.IOCE is clear',
    expected: 'no',
    run: (host) => {
      host.serveInterrupts();
      play(
        host,
        buffer(host, () => true),
        0,
      );
      host.bench.runFor(100 * MS);
      return yesNo(host.completions.length > 0);
    },
  },
  {
    id: 'stream-status',
    clause: 'HDA 1.0a 3.3.15 3.3.36',
    asks: 'BCIS and the bits of INTSTS with a buffer done, and after SDnSTS was written by a byte',
    expected: '0x4 0x80000010 up, 0x0 0x0 down',
    run: (host) => {
      const tell = (): string => {
        const status = host.bench.read(streamPlace('STS')) & SDSTS.BCIS;
        const line = host.bench.isLineUp ? 'up' : 'down';
        return `${hex(status)} ${hex(host.read('INTSTS'))} ${line}`;
      };
      const pending = completeOne(host, tell);
      host.bench.write(streamPlace('STS'), SDSTS.BCIS);
      return `${pending}, ${tell()}`;
    },
  },
  {
    id: 'status-by-dword',
    clause: 'HDA 1.0a 3.1 3.3.36',
    asks: 'BCIS after it was written as part of a dword with SDnCTL',
    expected: '0x0',
    run: (host) => {
      completeOne(host, () => '');
      const control = host.bench.read(STREAM_CONTROL_DWORD);
      host.bench.write(STREAM_CONTROL_DWORD, (control | (SDSTS.BCIS << 24)) >>> 0);
      return hex(host.bench.read(streamPlace('STS')) & SDSTS.BCIS);
    },
  },
];

/** Plays until one buffer is done and the engine has stopped; nobody serves its interrupt. */
function completeOne(host: HdaHost, tell: () => string): string {
  host.write('INTCTL', (0x8000_0000 | STREAM_BIT) >>> 0);
  play(
    host,
    buffer(host, (index) => index === 0),
  );
  host.bench.runFor(40 * MS);
  host.bench.write(STREAM_CONTROL, SDCTL.IOCE);
  host.bench.runFor(MS);
  return tell();
}
