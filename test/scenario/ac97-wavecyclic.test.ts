/** The AC'97 driver on a WaveCyclic port, and all three ports in the hands of one session. */
import { describe, expect, it } from 'vitest';
import { timeOfFrame } from '../../src/base/frame-time.ts';
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { type Ac97PortName, makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import { Ac97Controller, type DeviceSlot } from '../../src/hardware/index.ts';
import { PowerDeviceD0, PowerDeviceD3 } from '../../src/kernel/power/power-codes.ts';
import type { DeviceKind } from '../../src/machine/devices.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { RecordSession } from '../../src/machine/record-session.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_NO_MATCH } from '../../src/standards/nt/ntstatus.ts';
import { EarRecorder, formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';
import { recordingOf } from '../support/recording.ts';

const MS = 1_000_000;
const FIFO_FRAMES = 16;
const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const STEREO_48 = formatOf({});

const kindOf = (port: Ac97PortName): DeviceKind => ({
  name: 'ac97',
  description: '',
  canDrift: false,
  create: (slot) => new Ac97Controller(slot),
  driver: makeAc97Driver({ port }),
});

describe.each<Ac97PortName>(['wavert', 'wavepci', 'wavecyclic'])('over a %s port', (port) => {
  it.each([
    [8_000, 60],
    [22_050, 30],
    [44_100, 20],
    [48_000, 20],
  ])('%i Hz is played and recorded bit for bit, with %i ms of buffer', (sampleRate, bufferMs) => {
    const file = recordingOf({ sampleRate }, sampleRate + 13);
    const play = new PlaySession({ file, device: kindOf(port), bufferMs });
    while (!play.step());
    const played = play.finish(1);
    expect(played).toMatchObject({ bitExact: true, glitches: 0, findings: [], leaks: [] });
    expect(played.frames).toBe(sampleRate + 13);
    const frames = sampleRate - 100;
    const record = new RecordSession({ spoken: file, frames, device: kindOf(port), bufferMs });
    while (!record.step());
    const recorded = record.finish(1);
    expect(recorded).toMatchObject({ bitExact: true, lostFrames: 0, findings: [], leaks: [] });
    expect(recorded.recordedFrames).toBe(frames);
  });

  it('what a client sends is copied by the stack as that port has it', () => {
    const file = recordingOf({}, 48_000);
    const play = new PlaySession({ file, device: kindOf(port), bufferMs: 20 });
    while (!play.step());
    const { bytesCopiedByDriverStack } = play.finish(1);
    if (port === 'wavecyclic') expect(bytesCopiedByDriverStack).toBeGreaterThanOrEqual(192_000);
    else expect(bytesCopiedByDriverStack).toBe(0);
  });
});

function open(lab: Lab) {
  const machine = lab.boot({
    device: (slot: DeviceSlot) => new Ac97Controller(slot),
    driver: makeAc97Driver({ port: 'wavecyclic' }),
  });
  const filter = machine.openFilter(KSCATEGORY_AUDIO);
  const pin = StreamPin.open(filter, 0, STEREO_48);
  const ear = new EarRecorder();
  const write = (sound: Uint8Array): StreamPacket => {
    const packet = pin.packet(sound.length);
    machine.machine.kernel.ram.bytes.set(sound, packet.dataAt);
    packet.write(sound.length);
    return packet;
  };
  const states = (...to: readonly KSSTATE[]): void => {
    for (const state of to) pin.check(`state ${state}`, pin.setState(state));
  };
  const close = (): void => {
    pin.close();
    filter.close();
  };
  return { machine, filter, pin, ear, write, states, close };
}

describe('a WaveCyclic render stream', () => {
  scenario('is notified every 10 ms, and tells where the DAC is', (lab) => {
    const { close, machine, pin, states, write } = open(lab);
    states(ACQUIRE, PAUSE);
    write(noise(STEREO_48, 4_800));
    const before = machine.machine.interruptsDelivered;
    states(RUN);
    const start = machine.machine.now;
    for (const frames of [0, 10, 16, 17, 1_000, 2_399]) {
      machine.runFor(start + timeOfFrame(frames, 48_000) - machine.machine.now);
      expect(pin.readPosition()).toBe(0);
      expect(pin.playOffset).toBe(Math.max(0, frames - FIFO_FRAMES) * 4);
    }
    machine.runFor(start + 100 * MS - machine.machine.now);
    expect(machine.machine.interruptsDelivered - before).toBe(10);
    states(PAUSE, ACQUIRE, STOP);
    close();
  });

  scenario('goes on where it was when power comes back', (lab) => {
    const { close, ear, machine, states, write } = open(lab);
    const sound = noise(STEREO_48, 1_920);
    states(ACQUIRE, PAUSE);
    write(sound);
    machine.device.speaker.sink = ear;
    states(RUN);
    machine.runFor(12 * MS);
    const { kernel, node } = machine.machine;
    kernel.power.setDeviceState(node, PowerDeviceD3);
    machine.runFor(10 * MS);
    kernel.power.setDeviceState(node, PowerDeviceD0);
    machine.runFor(40 * MS);
    const heard = ear.heard().bytes;
    const before = 576 - FIFO_FRAMES;
    expect(heard.slice(FIFO_FRAMES * 4, 576 * 4)).toEqual(sound.slice(0, before * 4));
    const rest = heard.slice(576 * 4);
    const from = rest.findIndex((byte) => byte !== 0);
    const again = rest.slice(from - (from % 4)).slice(0, (1_920 - before) * 4);
    expect(again).toEqual(sound.slice(before * 4));
    close();
  });

  scenario('is refused in mono, and twice', (lab) => {
    const { close, filter, states } = open(lab);
    expect(StreamPin.tryOpen(filter, 2, formatOf({ channels: 1 })).status).toBe(STATUS_NO_MATCH);
    expect(StreamPin.tryOpen(filter, 0, STEREO_48).pin).toBeNull();
    states(ACQUIRE, STOP);
    close();
  });
});
