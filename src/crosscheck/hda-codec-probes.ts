/**
 * Questions to an HD Audio codec about what it keeps, over which resets, and how loud it plays, HDA
 * 1.0a 5.5.1 and 7.3.3.
 */
import { DMA_PAGE_BYTES } from '../hardware/device.ts';
import { VERB } from '../standards/hda/index.ts';
import { type HdaHost, type ListEntry, STREAM_TAG, stereoFormat } from './hda-host.ts';
import { buffer, LONG_NS, MS, RATE_HZ } from './hda-pattern-stream.ts';
import { hex, type Probe } from './probe.ts';

export const hdaCodecProbes: readonly Probe<HdaHost>[] = [
  {
    id: 'converter-settings',
    clause: 'HDA 1.0a 7.3.3.8 7.3.3.11',
    asks: 'format and stream of a converter as read after they were set',
    expected: `${hex(stereoFormat(44_100))} ${hex(STREAM_TAG << 4)}`,
    run: (host) => {
      host.openPath(44_100);
      const { converter } = host.nodes;
      const format = host.command(converter, VERB.GET_FORMAT, 0) ?? -1;
      const stream = host.command(converter, VERB.GET_STREAM_CHANNEL, 0) ?? -1;
      return `${hex(format)} ${hex(stream)}`;
    },
  },
  {
    id: 'pin-control',
    clause: 'HDA 1.0a 7.3.3.12',
    asks: 'pin control as read after its output was turned off',
    expected: '0x0',
    run: (host) => {
      host.command(host.nodes.pin, VERB.SET_PIN_CONTROL, 0);
      return hex(host.command(host.nodes.pin, VERB.GET_PIN_CONTROL, 0) ?? -1);
    },
  },
  {
    id: 'function-reset',
    clause: 'HDA 1.0a 7.3.3.33',
    asks: 'the stream of a converter after two resets of the function group in a row',
    expected: '0x0',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.command(1, VERB.FUNCTION_RESET, 0);
      host.command(1, VERB.FUNCTION_RESET, 0);
      host.bench.runFor(MS);
      return hex(host.command(host.nodes.converter, VERB.GET_STREAM_CHANNEL, 0) ?? -1);
    },
  },
  {
    id: 'link-reset',
    clause: 'HDA 1.0a 5.5.1',
    asks: 'the stream of a converter after a reset of the link',
    expected: '0x0',
    run: (host) => {
      host.openPath(RATE_HZ);
      host.reset();
      return hex(host.command(host.nodes.converter, VERB.GET_STREAM_CHANNEL, 0) ?? -1);
    },
  },
  {
    id: 'gain-in-decibels',
    clause: 'HDA 1.0a 7.3.3.7 7.3.4.10',
    asks: 'what is heard of 16000 at -6 dB, in steps of 1 dB',
    expected: '8019',
    run: (host) => {
      const [entry] = buffer(host) as [ListEntry];
      const page = host.bench.memory.givePage();
      const samples = host.bench.memory.at(page, DMA_PAGE_BYTES);
      const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
      for (let at = 0; at < DMA_PAGE_BYTES; at += 2) view.setInt16(at, 16_000, true);
      host.openPath(RATE_HZ);
      host.setGain(74 - 6);
      const loud = { ...entry, address: page };
      host.load([loud, loud], RATE_HZ);
      host.run();
      host.bench.runFor(LONG_NS);
      const heard = host.bench.takeHeard();
      const last = new DataView(heard.buffer, heard.byteOffset, heard.byteLength);
      return String(last.getInt16(heard.byteLength - 4, true));
    },
  },
];
