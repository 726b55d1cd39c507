/** What is played through a WavePci pin, and what is recorded: heard and read bit for bit. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { SoundLedger } from '../../src/client/sound-ledger.ts';
import { StreamCaptureClient } from '../../src/client/stream-capture.ts';
import { StreamRenderClient } from '../../src/client/stream-render.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';
import '../../src/testing/matchers.ts';
import { formatOf, noise, scenario } from '../../src/testing/index.ts';
import {
  type BusMasterOptions,
  CAPTURE_PIN,
  RENDER_PIN,
  SECOND_PIN,
} from '../support/bus-master-driver.ts';
import { type BusMasterMachine, bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const MS_FRAMES = 48;

interface Played {
  readonly ledger: SoundLedger;
  readonly client: StreamRenderClient;
}

/** Plays noise with a client of the machine's own, through the ledger. */
function play(
  machine: BusMasterMachine,
  format: PcmFormat,
  frames: number,
  packetFrames: number,
  wakeDelayNs?: (wake: number) => number,
): Played {
  const size = frameBytes(format);
  const sound = noise(format, frames);
  const ledger = new SoundLedger(size, frames);
  machine.device.speaker.sink = ledger;
  let next = 0;
  const client = new StreamRenderClient({
    kernel: machine.kernel,
    pin: machine.openPin(RENDER_PIN, format),
    journal: ledger,
    packetFrames,
    source: {
      read(into, offset, wanted) {
        const count = Math.min(wanted, frames - next);
        into.set(sound.subarray(next * size, (next + count) * size), offset);
        next += count;
        return count;
      },
    },
    ...(wakeDelayNs === undefined ? {} : { wakeDelayNs }),
  });
  client.start();
  return { ledger, client };
}

/** A mouth that speaks noise, and what it spoke. */
function speakNoise(machine: BusMasterMachine, frames: number): Uint8Array {
  const sound = noise(STEREO_48, frames);
  let at = 0;
  machine.device.lineIn.source = {
    speak(bytes, offset, count) {
      bytes.set(sound.subarray(at, at + count * 4), offset);
      at += count * 4;
    },
  };
  return sound;
}

scenario(
  'three packets of a client reach the speaker bit for bit, in order ' +
    '[WPC-GM-005 WPC-LOOP-002 WPC-HW-001]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const pin = machine.openPin();
    machine.setState(pin, ACQUIRE, PAUSE);
    const sound = noise(STEREO_48, 30 * MS_FRAMES);
    const third = sound.length / 3;
    const packets = [0, 1, 2].map((n) =>
      machine.write(pin, sound.subarray(n * third, (n + 1) * third)),
    );
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(45));
    expect(machine.ear.heard()).toMatchFrames(sound, { delayFrames: 0 });
    expect(machine.device.render.dmaBytes).toBe(sound.length);
    expect(packets.map((packet) => machine.fate(packet))).toEqual(
      Array.from({ length: 3 }, () => 'SUCCESS'),
    );
  },
);

const layouts: readonly [string, BusMasterOptions, { joinsPages?: boolean }][] = [
  ['pages joined, an interrupt per packet', {}, {}],
  ['pages apart, an interrupt per mapping', { interrupts: 'each' }, { joinsPages: false }],
  ['two mappings deep', { depth: 2, interrupts: 'each' }, {}],
  ['served by the port alone', { groups: 'none', interrupts: 'none', depth: 64 }, {}],
];
for (const [title, options, settings] of layouts) {
  scenario(
    `a client with three packets of 30 ms plays two seconds without a gap: ${title} ` +
      '[WPC-MAP-002 WPC-FLG-002 WPC-SVC-007]',
    (lab) => {
      const machine = bootBusMaster(lab, options, { settings });
      const { client, ledger } = play(machine, STEREO_48, 96_001, 30 * MS_FRAMES);
      machine.lab.runFor(ms(2_200));
      expect(ledger.isBitExact).toBe(true);
      expect(client.isDone).toBe(true);
    },
  );
}

for (const [channels, sampleRate, packetFrames] of [
  [1, 8_000, 77],
  [2, 44_100, 441],
  [6, 48_000, 480],
  [2, 96_000, 961],
] as const) {
  scenario(
    `${channels} channels at ${sampleRate} Hz in packets of ${packetFrames} frames are heard ` +
      'as sent, wherever page ends cut frames [WPC-HW-004 WPC-HW-005 WPC-HW-006]',
    (lab) => {
      const machine = bootBusMaster(lab, { depth: 64, interrupts: 'each' });
      const format = formatOf({ channels, sampleRate });
      const { ledger } = play(machine, format, sampleRate / 2, packetFrames);
      machine.lab.runFor(ms(700));
      expect(ledger.isBitExact).toBe(true);
      const cut = machine.takeCalls().filter((call) => call === 'MappingAvailable');
      expect(cut.length).toBeGreaterThan(0);
    },
  );
}

scenario(
  'three packets of 10 ms and an interrupt per packet never starve the device [WPC-FLG-003]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const { ledger } = play(machine, STEREO_48, 48_000, 10 * MS_FRAMES);
    const before = machine.lab.machine.interruptsDelivered;
    machine.lab.runFor(ms(990));
    expect(machine.device.render.starvedFrames).toBe(0);
    const interrupts = machine.lab.machine.interruptsDelivered - before;
    expect(interrupts).toBe(99);
    machine.lab.runFor(ms(100));
    expect(ledger.isBitExact).toBe(true);
  },
);

scenario(
  'a client that comes late leaves a gap, and the sound goes on behind it [WPC-STV-006]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const late = (wake: number): number => (wake === 10 ? ms(50) : 0);
    const { ledger } = play(machine, STEREO_48, 24_000, 10 * MS_FRAMES, late);
    machine.lab.runFor(ms(700));
    expect(ledger.isComplete).toBe(true);
    // One frame of the last packet lay in the FIFO when the packet came back.
    const frames = 30 * MS_FRAMES - 1;
    expect(ledger.glitches).toEqual([{ atFrame: 13 * 480, frames, cause: 'gap' }]);
  },
);

scenario(
  'what the mouth speaks is read by a client with three packets under way [WPC-TP-011]',
  (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'each' });
    const spoken = speakNoise(machine, 48_000);
    const read: number[] = [];
    const client = new StreamCaptureClient({
      kernel: machine.kernel,
      pin: machine.openPin(CAPTURE_PIN),
      packetFrames: 10 * MS_FRAMES,
      frames: 20_000,
      journal: {
        take: (bytes, offset, length) => read.push(...bytes.subarray(offset, offset + length)),
        lose: () => undefined,
      },
    });
    client.start();
    machine.lab.runFor(ms(500));
    expect(client.isDone).toBe(true);
    expect(Uint8Array.from(read)).toEqual(spoken.subarray(0, 80_000));
  },
);

scenario(
  'a filter renders on two pins and captures on a third at once ' +
    '[WPC-MIX-008 WPC-MIX-005 WPC-SCOPE-009]',
  (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'each' });
    const spoken = speakNoise(machine, 9_600);
    const first = machine.openPin(RENDER_PIN);
    const firstStream = machine.stream;
    const second = machine.openPin(SECOND_PIN);
    const secondStream = machine.stream;
    const capture = machine.openPin(CAPTURE_PIN);
    expect(firstStream.portStream).not.toBe(secondStream.portStream);
    for (const pin of [first, second, capture]) machine.setState(pin, PAUSE);
    const low = noise(STEREO_48, 960, 1);
    const high = noise(STEREO_48, 960, 2);
    const secondEar = new SoundLedger(4, 960);
    machine.device.secondSpeaker.sink = secondEar;
    secondEar.send(high, 0, high.length);
    secondEar.endSending();
    const packets = [machine.write(first, low), machine.write(second, high)];
    const recorded = machine.read(capture, 960 * 4);
    for (const pin of [first, second, capture]) machine.setState(pin, RUN);
    // The streams name their mappings alike.
    expect(firstStream.held[0]?.tag).toBe(secondStream.held[0]?.tag);
    machine.setState(second, STOP);
    machine.setState(second, RUN);
    packets[1]?.write(high.length);
    machine.lab.runFor(ms(25));
    expect(machine.ear.heard()).toMatchFrames(low, { delayFrames: 0 });
    expect(secondEar.isBitExact).toBe(true);
    expect(machine.bytesOf(recorded)).toEqual(spoken.subarray(0, 960 * 4));
    for (const pin of [first, second, capture]) machine.setState(pin, STOP);
  },
);
