/** States of a WavePci pin, its format, and how a stream comes to be and goes. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { KSPROPSETID_Connection } from '../../src/standards/ks/guids.ts';
import { KSPROPERTY_CONNECTION, KSSTATE } from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../src/standards/ks/stream-packets.ts';
import {
  waveDataFormatBytes,
  writeWaveDataFormat,
} from '../../src/standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import '../../src/testing/matchers.ts';
import { formatOf, noise, scenario } from '../../src/testing/index.ts';
import { CAPTURE_PIN } from '../support/bus-master-driver.ts';
import { bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const MS_FRAMES = 48;
const states = (calls: readonly string[]): string[] =>
  calls.filter((call) => call.startsWith('SetState')).map((call) => call.slice(9));

function setFormat(pin: StreamPin, format: PcmFormat): NtStatus {
  writeWaveDataFormat(pin.view, pin.valueAt, format);
  const { DATAFORMAT } = KSPROPERTY_CONNECTION;
  return pin.set(KSPROPSETID_Connection, DATAFORMAT, waveDataFormatBytes(format));
}

scenario('states reach the miniport one step at a time, both ways [WPC-ST-001]', (lab) => {
  const machine = bootBusMaster(lab);
  const pin = machine.openPin();
  machine.takeCalls();
  machine.setState(pin, RUN);
  expect(states(machine.takeCalls())).toEqual(['ACQUIRE', 'PAUSE', 'RUN']);
  machine.setState(pin, STOP);
  expect(states(machine.takeCalls())).toEqual(['PAUSE', 'ACQUIRE', 'STOP']);
  expect(pin.getState()).toBe(STOP);
});

scenario('the device moves data in RUN, and in no other state [WPC-ST-003]', (lab) => {
  const machine = bootBusMaster(lab);
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  machine.write(pin, noise(STEREO_48, 4_800));
  const moved: number[] = [];
  for (const state of [ACQUIRE, PAUSE, RUN, PAUSE, ACQUIRE] as const) {
    const before = machine.device.render.dmaBytes;
    machine.setState(pin, state);
    machine.lab.runFor(ms(5));
    moved.push(Math.floor((machine.device.render.dmaBytes - before) / (5 * MS_FRAMES * 4)));
  }
  expect(moved).toEqual([0, 0, 1, 0, 0]);
});

scenario(
  'a pause freezes the position and keeps mappings and tags; the sound goes on from there ' +
    '[WPC-ST-006 WPC-ST-007 WPC-POS-004]',
  (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'each' });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const sound = noise(STEREO_48, 20 * MS_FRAMES);
    const packet = machine.write(pin, sound);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(7));
    machine.setState(pin, PAUSE);
    const tags = machine.stream.held.map(({ tag }) => tag);
    const read = (): number => {
      pin.readPosition();
      return pin.playOffset;
    };
    const frozen = read();
    expect(frozen).toBe(7 * MS_FRAMES * 4);
    machine.lab.runFor(ms(50));
    expect(read()).toBe(frozen);
    expect(machine.stream.held.map(({ tag }) => tag)).toEqual(tags);
    machine.setState(pin, RUN);
    expect(read()).toBe(frozen);
    let last = frozen;
    for (let step = 0; step < 20; step++) {
      machine.lab.runFor(ms(1));
      expect(read()).toBeGreaterThanOrEqual(last);
      last = read();
    }
    expect(machine.fate(packet)).toBe('SUCCESS');
    expect(machine.takeCalls().some((call) => call.startsWith('Revoke'))).toBe(false);
    expect(machine.ear.heard().bytes.subarray(0, sound.length)).toEqual(sound);
  },
);

scenario(
  'a new stream is in STOP at position 0, and so is a stopped one ' +
    '[WPC-NS-004 WPC-POS-006 WPC-ST-005]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const pin = machine.openPin();
    expect(states(machine.takeCalls())).toEqual([]);
    expect(pin.getState()).toBe(STOP);
    pin.readPosition();
    expect([pin.playOffset, pin.writeOffset]).toEqual([0, 0]);
    machine.setState(pin, PAUSE);
    machine.write(pin, noise(STEREO_48, 480));
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(5));
    pin.readPosition();
    expect([pin.playOffset, pin.writeOffset]).toEqual([960, 1_920]);
    machine.setState(pin, STOP);
    pin.readPosition();
    expect([pin.playOffset, pin.writeOffset]).toEqual([0, 0]);
  },
);

scenario(
  'a miniport may take mappings before RUN, and the device starts with what it got ' +
    '[WPC-ST-009 WPC-GM-012 WPC-LAT-001]',
  (lab) => {
    const machine = bootBusMaster(lab, { depth: 50 });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const sound = noise(STEREO_48, MS_FRAMES);
    machine.write(pin, sound);
    machine.stream.acquire();
    expect(machine.stream.held.length).toBe(1);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(2));
    expect(machine.ear.heard()).toMatchFrames(sound, { delayFrames: 0 });
  },
);

scenario('a packet that comes in STOP is refused, and none is kept', (lab) => {
  const machine = bootBusMaster(lab);
  const pin = machine.openPin();
  const packet = machine.write(pin, noise(STEREO_48, 48));
  expect(machine.fate(packet)).toBe('INVALID_DEVICE_STATE');
  machine.setState(pin, RUN, STOP);
  packet.write(48 * 4);
  expect(machine.fate(packet)).toBe('INVALID_DEVICE_STATE');
  expect(machine.kernel.memory.frames.lockCount).toBe(0);
});

scenario(
  'a step that the miniport fails is told, and the pin stays where it was [WPC-ST-011]',
  (lab) => {
    let failing: KSSTATE | null = ACQUIRE;
    const machine = bootBusMaster(lab, {
      setState: (state) => (state === failing ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS),
    });
    const pin = machine.openPin();
    expect(pin.setState(RUN)).toBe(STATUS_INSUFFICIENT_RESOURCES);
    expect(pin.getState()).toBe(STOP);
    failing = RUN;
    expect(pin.setState(RUN)).toBe(STATUS_INSUFFICIENT_RESOURCES);
    expect(pin.getState()).toBe(PAUSE);
    failing = null;
    machine.setState(pin, RUN, STOP);
  },
);

scenario(
  'a miniport that fails to stop is reported, and gives everything back at the close',
  (lab) => {
    const machine = bootBusMaster(lab, {
      setState: (state) => (state === STOP ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS),
    });
    machine.lab.expectFinding(/SetState failed on the way down/);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const packet = machine.write(pin, noise(STEREO_48, 480));
    machine.stream.acquire();
    expect(pin.setState(STOP)).toBe(STATUS_UNSUCCESSFUL);
    expect(pin.getState()).toBe(ACQUIRE);
    expect(machine.fate(packet)).toBe('pending');
    pin.close();
    expect(machine.fate(packet)).toBe('CANCELLED');
  },
);

scenario(
  'a miniport that fails every step down is served no more once its pin is closed',
  (lab) => {
    let isFailing = false;
    const machine = bootBusMaster(lab, {
      groups: 'none',
      setState: () => (isFailing ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS),
    });
    machine.lab.expectFinding(/SetState failed on the way down/);
    const pin = machine.openPin();
    machine.setState(pin, RUN);
    const packet = machine.write(pin, noise(STEREO_48, 480));
    isFailing = true;
    pin.close();
    machine.takeCalls();
    expect(machine.fate(packet)).toBe('CANCELLED');
    machine.lab.runFor(ms(100));
    expect(machine.takeCalls()).toEqual([]);
  },
);

scenario('FLUSHONPAUSE drops a packet when the stream pauses [PCL-KS-012]', (lab) => {
  const machine = bootBusMaster(lab);
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  const sound = noise(STEREO_48, 10 * MS_FRAMES);
  const kept = machine.write(pin, sound);
  const flushed = machine.write(pin, sound, KSSTREAM_HEADER_OPTIONSF.FLUSHONPAUSE);
  machine.setState(pin, RUN);
  machine.lab.runFor(ms(2));
  machine.setState(pin, PAUSE);
  expect([machine.fate(kept), machine.fate(flushed)]).toEqual(['pending', 'CANCELLED']);
  machine.setState(pin, RUN);
  machine.lab.runFor(ms(20));
  expect(machine.device.render.position).toBe(sound.length);
});

scenario(
  'SetFormat changes the rate that is played, and a refusal leaves the old one ' +
    '[WPC-ST-012 WPC-IRQL-009]',
  (lab) => {
    const machine = bootBusMaster(lab, {
      setFormat: ({ rateHz }) => (rateHz > 32_000 ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS),
    });
    const pin = machine.openPin();
    // A mixer tries lower and lower rates.
    const tried = [96_000, 48_000, 44_100, 32_000].map((sampleRate) =>
      setFormat(pin, formatOf({ sampleRate })),
    );
    expect(tried).toEqual([
      STATUS_NOT_SUPPORTED,
      STATUS_NOT_SUPPORTED,
      STATUS_NOT_SUPPORTED,
      STATUS_SUCCESS,
    ]);
    expect(setFormat(pin, formatOf({ sampleRate: 96_000 }))).toBe(STATUS_NOT_SUPPORTED);
    machine.setState(pin, PAUSE);
    machine.write(pin, noise(STEREO_48, 480));
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(10));
    pin.readPosition();
    expect(pin.playOffset).toBe(320 * 4);
    expect(machine.device.speaker.format?.rateHz).toBe(32_000);
  },
);

scenario(
  'NewStream gets the pin, its direction, nonpaged pool and the client’s format, at PASSIVE_LEVEL ' +
    '[WPC-NS-001 WPC-NS-002 WPC-NS-003 WPC-IRQL-007]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const spied = machine.spy();
    machine.openPin(0);
    machine.openPin(CAPTURE_PIN, formatOf({ channels: 1, sampleRate: 22_050 }));
    const calls = machine.takeCalls().filter((call) => call.startsWith('NewStream'));
    expect(calls).toEqual(['NewStream 0 render pool 0', 'NewStream 2 capture pool 0']);
    expect(machine.stream.format.rateHz).toBe(22_050);
    const made = spied.filter(({ name }) => name === 'IMiniportWavePci.NewStream');
    expect(made.map(({ irql }) => irql)).toEqual([0, 0]);
    for (const { args } of made) {
      for (const index of [0, 3, 7, 8]) expect(args[index]).not.toBeNull();
    }
    const outside = StreamPin.tryOpen(machine.filter, 1, formatOf({ sampleRate: 7_000 }));
    expect(outside.status).toBe(STATUS_NO_MATCH);
    expect(() => StreamPin.tryOpen(machine.filter, 5, STEREO_48)).toThrow(/INVALID_PARAMETER/);
  },
);

scenario(
  'a miniport that refuses the format fails the open with its status, and nothing is left ' +
    '[WPC-NS-005 WPC-NS-013]',
  (lab) => {
    const machine = bootBusMaster(lab, {
      newStream: ({ format }) => (format.rateHz === 44_100 ? STATUS_NO_MATCH : STATUS_SUCCESS),
    });
    const first = StreamPin.tryOpen(machine.filter, 0, formatOf({ sampleRate: 44_100 }));
    expect(first).toEqual({ status: STATUS_NO_MATCH, pin: null });
    expect(machine.takeCalls().at(-1)).toBe('~stream');
    const retried = StreamPin.tryOpen(machine.filter, 0, formatOf({ sampleRate: 22_050 }));
    expect(retried.status).toBe(STATUS_SUCCESS);
  },
);

scenario('a pin of a factory that is full is not opened, and miniports are not asked', (lab) => {
  const machine = bootBusMaster(lab);
  machine.openPin(0);
  machine.takeCalls();
  const second = StreamPin.tryOpen(machine.filter, 0, STEREO_48);
  expect(second.status).toBe(STATUS_INSUFFICIENT_RESOURCES);
  expect(machine.takeCalls()).toEqual([]);
  const wrong = StreamPin.tryOpen(machine.filter, 1, STEREO_48, 7);
  expect(wrong.status).toBe(STATUS_NO_MATCH);
  expect(machine.openPin(1).setState(9 as KSSTATE)).toBe(STATUS_INVALID_PARAMETER);
});
