/**
 * Questions to an HD Audio controller about a stream's registers and its way through memory, HDA
 * 1.0a 3.3.35 to 3.3.43, 3.6 and 4.5.
 */
import { HDA_ALIAS_BASE } from '../standards/hda/controller-registers.ts';
import { SDCTL, SDSTS, VERB } from '../standards/hda/index.ts';
import {
  type HdaHost,
  OUTPUT_STREAM,
  STREAM_CONTROL,
  STREAM_TAG,
  STREAM_TAG_BYTE,
  streamPlace,
} from './hda-host.ts';
import {
  BUFFER_BYTES,
  buffer,
  LONG_NS,
  MS,
  patternByte,
  play,
  RATE_HZ,
} from './hda-pattern-stream.ts';
import { hex, type Probe, yesNo } from './probe.ts';

const BYTES_PER_MS = 192;

const registerProbes: readonly Probe<HdaHost>[] = [
  {
    id: 'srst-handshake',
    clause: 'HDA 1.0a 3.3.35',
    asks: 'SRST as read after it was set, and after it was cleared',
    expected: '1 0',
    run: ({ bench }) => {
      bench.write(STREAM_CONTROL, SDCTL.SRST);
      const set = bench.read(STREAM_CONTROL) & SDCTL.SRST;
      bench.write(STREAM_CONTROL, 0);
      return `${set} ${bench.read(STREAM_CONTROL) & SDCTL.SRST}`;
    },
  },
  {
    id: 'srst-registers',
    clause: 'HDA 1.0a 3.3.35',
    asks: 'SDnCBL, SDnLVI and SDnBDPL after a stream reset',
    expected: '0x0 0x0 0x0',
    run: (host) => {
      host.load(buffer(host), RATE_HZ);
      host.resetStream();
      const names = ['CBL', 'LVI', 'BDPL'] as const;
      return names.map((name) => hex(host.bench.read(streamPlace(name)))).join(' ');
    },
  },
  {
    id: 'srst-position',
    clause: 'HDA 1.0a 3.3.35 3.3.37',
    asks: 'SDnLPIB after a stream that ran was stopped and reset',
    expected: '0x0',
    run: (host) => {
      play(host, buffer(host));
      host.bench.runFor(30 * MS);
      host.stop();
      host.resetStream();
      return hex(host.linkPosition);
    },
  },
  {
    id: 'alias-writes',
    clause: 'HDA 1.0a 3.3.44 3.3.45',
    asks: 'SDnCBL after a write to the same place in the page of aliases, which tell and take nothing',
    expected: '0x0',
    run: ({ bench }) => {
      const place = streamPlace('CBL');
      bench.write({ ...place, offset: HDA_ALIAS_BASE + place.offset }, BUFFER_BYTES);
      return hex(bench.read(place));
    },
  },
  {
    id: 'list-base',
    clause: 'HDA 1.0a 3.3.42',
    asks: 'SDnBDPL after an address that is not aligned to 128 bytes',
    expected: '0x12345600',
    run: ({ bench }) => {
      bench.write(streamPlace('BDPL'), 0x1234_567f);
      return hex(bench.read(streamPlace('BDPL')));
    },
  },
  {
    id: 'stream-number',
    clause: 'HDA 1.0a 3.3.35',
    asks: 'the stream number as read after it was written',
    expected: String(STREAM_TAG),
    run: ({ bench }) => {
      bench.write(STREAM_TAG_BYTE, STREAM_TAG << 4);
      return String(bench.read(STREAM_TAG_BYTE) >>> 4);
    },
  },
  {
    id: 'run-bit',
    clause: 'HDA 1.0a 3.3.35',
    asks: 'SDnCTL.RUN while the engine runs, and after it was cleared',
    expected: '1 0',
    run: (host) => {
      play(host, buffer(host));
      const runs = (host.bench.read(STREAM_CONTROL) & SDCTL.RUN) >>> 1;
      host.stop();
      host.bench.runFor(MS);
      return `${runs} ${(host.bench.read(STREAM_CONTROL) & SDCTL.RUN) >>> 1}`;
    },
  },
  {
    id: 'fifo-not-ready',
    clause: 'HDA 1.0a 3.3.36',
    asks: 'whether FIFORDY is set of an engine that never ran',
    expected: 'no',
    run: ({ bench }) => yesNo((bench.read(streamPlace('STS')) & SDSTS.FIFORDY) !== 0),
  },
];

const playProbes: readonly Probe<HdaHost>[] = [
  {
    id: 'list-order',
    clause: 'HDA 1.0a 3.6.2 4.5',
    asks: 'whether the entries are heard in their order, and again from the first',
    expected: 'yes',
    run: (host) => {
      play(host, buffer(host));
      host.bench.runFor(LONG_NS);
      const heard = host.bench.takeHeard();
      const isSame = heard.every((byte, at) => byte === patternByte(at % BUFFER_BYTES));
      return yesNo(isSame && heard.length > 2 * BUFFER_BYTES);
    },
  },
  {
    id: 'lpib-wraps',
    clause: 'HDA 1.0a 3.3.37 3.3.38',
    asks: 'whether SDnLPIB stays below SDnCBL for three laps',
    expected: 'yes',
    run: (host) => {
      play(host, buffer(host));
      let most = 0;
      for (let step = 0; step < 300; step++) {
        host.bench.runFor(MS);
        most = Math.max(most, host.linkPosition);
      }
      return yesNo(most > 0 && most < BUFFER_BYTES);
    },
  },
  {
    id: 'lpib-pace',
    clause: 'HDA 1.0a 3.3.37',
    asks: 'whether SDnLPIB, 20 ms after RUN, is what the link has had time to carry',
    expected: 'yes',
    run: (host) => {
      play(host, buffer(host));
      host.bench.runFor(20 * MS);
      return yesNo(Math.abs(host.linkPosition - 20 * BYTES_PER_MS) <= BYTES_PER_MS);
    },
  },
  {
    id: 'position-in-memory',
    clause: 'HDA 1.0a 3.6.1',
    asks: 'whether the position in memory, once the engine has stopped, is SDnLPIB or a FIFO more',
    expected: 'yes',
    run: (host) => {
      const at = host.bench.memory.givePage();
      host.write('DPUBASE', Math.floor(at / 2 ** 32));
      host.write('DPLBASE', (at % 2 ** 32) + 1);
      play(host, buffer(host));
      host.bench.runFor(30 * MS);
      host.stop();
      host.bench.runFor(MS);
      const written = host.bench.memory.word(at + 8 * OUTPUT_STREAM);
      host.write('DPLBASE', 0);
      const ahead = written - host.linkPosition;
      return yesNo(written > 0 && ahead >= 0 && ahead <= host.fifoBytes);
    },
  },
  {
    id: 'stop-keeps-position',
    clause: 'HDA 1.0a 3.3.35 4.5.4',
    asks: 'whether an engine that was stopped goes on where it was',
    expected: 'yes',
    run: (host) => {
      play(host, buffer(host));
      host.bench.runFor(30 * MS);
      host.stop();
      host.bench.runFor(2 * MS);
      const stopped = host.linkPosition;
      host.run();
      host.bench.runFor(MS);
      return yesNo(stopped > 0 && host.linkPosition >= stopped);
    },
  },
  {
    id: 'nobody-listens',
    clause: 'HDA 1.0a 4.5.1',
    asks: 'whether an output engine runs when no converter listens for its stream',
    expected: 'yes',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.command(host.nodes.converter, VERB.SET_STREAM_CHANNEL, (STREAM_TAG + 1) << 4);
      host.load(buffer(host), RATE_HZ);
      host.run();
      host.bench.runFor(20 * MS);
      return yesNo(host.linkPosition > 0);
    },
  },
];

export const hdaStreamProbes: readonly Probe<HdaHost>[] = [...registerProbes, ...playProbes];
