/**
 * The topology filter of the AC'97 driver: the codec's mixer, turned by properties and heard, on our
 * model and on QEMU's device, which has no way in for sound.
 */
import { describe, expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { timeOfFrame } from '../../src/base/frame-time.ts';
import type { KsFilter } from '../../src/client/ks-filter.ts';
import { makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import { Ac97Controller, type SoundSource } from '../../src/hardware/index.ts';
import { PowerDeviceD0, PowerDeviceD3 } from '../../src/kernel/power/power-codes.ts';
import { KSCATEGORY_TOPOLOGY, KSPROPSETID_Audio } from '../../src/standards/ks/guids.ts';
import {
  KSNODETYPE_MUX,
  KSNODETYPE_SUM,
  KSPROPERTY_AUDIO_MUX_SOURCE,
} from '../../src/standards/ks/mixer-controls.ts';
import {
  IOCTL_KS_ENABLE_EVENT,
  KSEVENT_TYPE_ENABLE,
  KSEVENTDATA,
  KSEVENTF_EVENT_HANDLE,
  KSPROPERTY_AUDIO,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
  KSPROPERTY_TYPE_TOPOLOGY,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import {
  ALL_CHANNELS_ID,
  KSEVENT_CONTROL_CHANGE,
  KSEVENTSETID_AudioControlChange,
  KSNODETYPE_MUTE,
  KSNODETYPE_VOLUME,
  KSPROPERTY_AUDIO_MUTE,
  LEVELS_PER_DB,
} from '../../src/standards/ks/topology-controls.ts';
import {
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { formatOf, type Lab, noise, scenario, TestCapture } from '../../src/testing/index.ts';
import { ac97Facts } from '../support/ac97-facts.ts';
import {
  type Backend,
  type BackendMachine,
  describeBackends,
  earOf,
  soundOf,
} from '../support/backends.ts';
import { answered, send } from '../support/ks-requests.ts';

const GET = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY;
const SET = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY;
const SUPPORT = KSPROPERTY_TYPE_BASICSUPPORT | KSPROPERTY_TYPE_TOPOLOGY;
const NODE = {
  PCM_VOLUME: 0,
  PCM_MUTE: 1,
  MASTER_VOLUME: 2,
  MASTER_MUTE: 3,
  LINE_VOLUME: 4,
  LINE_MUTE: 5,
  MIC_VOLUME: 6,
  MIC_MUTE: 7,
  MUX: 9,
  RECORD_VOLUME: 10,
  RECORD_MUTE: 11,
} as const;
const MUX = { LINE_IN: 1, MIC: 2, MIX: 3 } as const;
const RATE_HZ = 48_000;
const wavert = makeAc97Driver({ port: 'wavert' });
/** Of a sound, those that are looked at. */
const HEARD_FRAMES = 960;

function boot(lab: Lab, backend: Backend) {
  const machine = backend.boot(lab, { driver: backend.driverOf('wavert') });
  return { machine, filter: machine.openFilter(KSCATEGORY_TOPOLOGY) };
}

function idOf(node: number): number {
  if (node === NODE.MUX) return KSPROPERTY_AUDIO_MUX_SOURCE;
  return node % 2 === 0 ? KSPROPERTY_AUDIO.VOLUMELEVEL : KSPROPERTY_AUDIO_MUTE;
}

const request = (node: number, channel: number, flags: number) => ({
  set: KSPROPSETID_Audio,
  id: idOf(node),
  flags,
  words: node === NODE.MUX ? [node, 0] : [node, 0, channel, 0],
});

function set(filter: KsFilter, node: number, channel: number, value: number) {
  filter.view.setInt32(filter.valueAt, value, true);
  return send(filter, { ...request(node, channel, SET), valueBytes: 4 });
}

function get(filter: KsFilter, node: number, channel = 0): number {
  expect(send(filter, { ...request(node, channel, GET), valueBytes: 4 })).toBe(STATUS_SUCCESS);
  return filter.view.getInt32(filter.valueAt, true);
}

/** Steps of both volume registers on one side: 1.5 dB each, and 8 of PCM out are 0 dB. */
interface Steps {
  readonly master: number;
  readonly pcm: number;
}

/** Left and right of 16-bit stereo at volumes of their own. */
function amplified(backend: Backend, sound: Uint8Array, left: Steps, right: Steps): Uint8Array {
  const facts = ac97Facts(backend);
  const bytes = sound.slice();
  const samples = new Int16Array(bytes.buffer);
  for (const [at, sample] of samples.entries()) {
    const { master, pcm } = at % 2 === 0 ? left : right;
    samples[at] = facts.amplified(sample, master, pcm);
  }
  return bytes;
}

/** Plays noise; the first of what was heard, what was sent of that, and all frames at the ear. */
function play(backend: Backend, machine: BackendMachine, rateHz: number) {
  const ear = earOf(machine);
  const render = machine.openRender({ sampleRate: rateHz, bufferMs: 100 });
  const sound = noise(render.format, rateHz / 10);
  render.write(sound);
  render.setState(KSSTATE.RUN);
  machine.runFor(timeOfFrame(HEARD_FRAMES + ac97Facts(backend).delayFrames, rateHz) + ms(1));
  backend.hearOut(machine);
  const heard = soundOf(ear.heard()).slice(0, 4 * HEARD_FRAMES);
  const { frames } = ear.heard();
  render.close();
  return { frames, heard, sound: sound.slice(0, 4 * HEARD_FRAMES) };
}

/** What is heard of noise after `turn`, and what was sent of that. */
function heardAfter(lab: Lab, backend: Backend, turn: (filter: KsFilter) => void) {
  const { filter, machine } = boot(lab, backend);
  turn(filter);
  const played = play(backend, machine, RATE_HZ);
  filter.close();
  return played;
}

describeBackends('the topology filter', 'ac97', (backend) => {
  scenario('shows the mixer, on pins that nobody opens [PCL-TOP-002 PCL-TOP-003]', (lab) => {
    const { filter } = boot(lab, backend);
    const pair = [KSNODETYPE_VOLUME, KSNODETYPE_MUTE];
    expect(filter.nodes).toEqual([
      ...[...pair, ...pair, ...pair, ...pair],
      KSNODETYPE_SUM,
      KSNODETYPE_MUX,
      ...pair,
    ]);
    const to = (node: number) =>
      filter.connections.filter(({ toNode }) => toNode === node).map(({ toNodePin }) => toNodePin);
    expect([to(NODE.MASTER_VOLUME), to(NODE.MUX)]).toEqual([[1], [1, 2, 3]]);
    for (let pin = 0; pin < filter.pinCount; pin++) {
      expect(filter.tryOpenPin(pin, formatOf({})).status).toBe(STATUS_INVALID_DEVICE_REQUEST);
    }
    filter.close();
  });
});

describeBackends('the volumes towards the ear', 'ac97', (backend) => {
  scenario('are 0 dB at first, and then the nearest step of 1.5 dB', (lab) => {
    const { filter } = boot(lab, backend);
    const turned = (node: number, levels: readonly number[]) =>
      levels.map((db) => {
        expect(set(filter, node, 0, Math.round(db * LEVELS_PER_DB))).toBe(STATUS_SUCCESS);
        return get(filter, node, 0) / LEVELS_PER_DB;
      });
    for (const node of [NODE.PCM_VOLUME, NODE.MASTER_VOLUME, NODE.RECORD_VOLUME]) {
      expect([get(filter, node, 0), get(filter, node, 1)]).toEqual([0, 0]);
    }
    expect(turned(NODE.MASTER_VOLUME, [-6, -6.7, -7, -90, 3])).toEqual([-6, -6, -7.5, -46.5, 0]);
    expect(turned(NODE.PCM_VOLUME, [12, 20, -34.5, -40, 0])).toEqual([12, 12, -34.5, -34.5, 0]);
    expect(turned(NODE.RECORD_VOLUME, [22.5, 30, -1, 6])).toEqual([22.5, 22.5, 0, 6]);
    expect(get(filter, NODE.MASTER_VOLUME, 1)).toBe(0);
    set(filter, NODE.MASTER_VOLUME, ALL_CHANNELS_ID, -9 * LEVELS_PER_DB);
    expect(get(filter, NODE.MASTER_VOLUME, 1)).toBe(-9 * LEVELS_PER_DB);
    filter.close();
  });

  scenario('are heard on the side that they were set for; both count', (lab) => {
    const { heard, sound } = heardAfter(lab, backend, (filter) => {
      set(filter, NODE.MASTER_VOLUME, 0, -6 * LEVELS_PER_DB);
      set(filter, NODE.PCM_VOLUME, 0, -3 * LEVELS_PER_DB);
      set(filter, NODE.PCM_VOLUME, 1, 6 * LEVELS_PER_DB);
    });
    const [left, right] = [
      { master: 4, pcm: 10 },
      { master: 0, pcm: 4 },
    ] as const;
    expect(heard).toEqual(amplified(backend, sound, left, right));
  });

  for (const node of [NODE.MASTER_MUTE, NODE.PCM_MUTE]) {
    scenario(`are silence when node ${node} is muted, and keep their levels`, (lab) => {
      const { frames, heard } = heardAfter(lab, backend, (filter) => {
        set(filter, node - 1, 1, -3 * LEVELS_PER_DB);
        expect(get(filter, node)).toBe(0);
        expect(set(filter, node, ALL_CHANNELS_ID, 1)).toBe(STATUS_SUCCESS);
        expect([get(filter, node), get(filter, node, 1)]).toEqual([1, 1]);
        expect(get(filter, node - 1, 1)).toBe(-3 * LEVELS_PER_DB);
      });
      expect(heard.some((byte) => byte !== 0)).toBe(false);
      expect(frames).toBeGreaterThanOrEqual(HEARD_FRAMES);
    });
  }
});

describeBackends('the requests', 'ac97', (backend) => {
  scenario('tell the steps for each channel', (lab) => {
    const { filter } = boot(lab, backend);
    const ask = (node: number, valueBytes: number) =>
      send(filter, { ...request(node, 0, SUPPORT), valueBytes });
    expect(ask(NODE.MASTER_VOLUME, 4)).toBe(STATUS_SUCCESS);
    expect(answered(filter, 1)).toEqual([0x203]);
    expect(ask(NODE.MASTER_VOLUME, 60)).toBe(STATUS_BUFFER_TOO_SMALL);
    expect(ask(NODE.MASTER_VOLUME, 88)).toBe(STATUS_SUCCESS);
    const range = [1.5 * LEVELS_PER_DB, 0, (-46.5 * LEVELS_PER_DB) >>> 0, 0];
    expect(answered(filter, 22).slice(10)).toEqual([2, 16, 2, 2, ...range, ...range]);
    expect(ask(NODE.MIC_VOLUME, 72)).toBe(STATUS_SUCCESS);
    expect(answered(filter, 18).slice(10)).toEqual([
      ...[2, 16, 1, 2],
      ...[1.5 * LEVELS_PER_DB, 0, (-34.5 * LEVELS_PER_DB) >>> 0, 12 * LEVELS_PER_DB],
    ]);
    expect(ask(NODE.MUX, 40)).toBe(STATUS_SUCCESS);
    expect(answered(filter, 2)).toEqual([0x203, 40]);
    filter.close();
  });

  scenario('refuse what is no channel, no pin of the node and no value', (lab) => {
    const { filter } = boot(lab, backend);
    const ask = (node: number, channel: number, flags: number, valueBytes: number) =>
      send(filter, { ...request(node, channel, flags), valueBytes });
    expect(ask(NODE.MASTER_VOLUME, 2, GET, 4)).toBe(STATUS_INVALID_PARAMETER);
    expect(ask(NODE.MIC_VOLUME, 1, GET, 4)).toBe(STATUS_INVALID_PARAMETER);
    expect(ask(NODE.MASTER_VOLUME, ALL_CHANNELS_ID, GET, 4)).toBe(STATUS_INVALID_PARAMETER);
    expect(ask(NODE.MASTER_VOLUME, 0, GET, 0)).toBe(STATUS_BUFFER_OVERFLOW);
    expect(ask(NODE.MASTER_VOLUME, 0, SET, 3)).toBe(STATUS_BUFFER_TOO_SMALL);
    for (const pin of [0, 4]) expect(set(filter, NODE.MUX, 0, pin)).toBe(STATUS_INVALID_PARAMETER);
    expect(get(filter, NODE.MUX)).toBe(MUX.LINE_IN);
    filter.close();
  });

  scenario('tell other clients when a control changes, and only then [PCL-EVT-004]', (lab) => {
    const { filter } = boot(lab, backend);
    const { process } = filter.home;
    const handle = process.createEvent('synchronization');
    const dataAt = process.alloc(KSEVENTDATA.size);
    KSEVENTDATA.write(filter.view, dataAt, {
      NotificationType: KSEVENTF_EVENT_HANDLE,
      Event: handle,
    });
    const type = KSEVENT_TYPE_ENABLE | KSPROPERTY_TYPE_TOPOLOGY;
    filter.identify(KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE, type);
    filter.view.setUint32(filter.requestAt + 24, NODE.MUX, true);
    filter.view.setUint32(filter.requestAt + 28, 0, true);
    const { requestAt } = filter;
    const bytes = KSEVENTDATA.size;
    const code = IOCTL_KS_ENABLE_EVENT;
    expect(process.deviceIoControl(filter.handle, code, requestAt, 32, dataAt, bytes)).toBe(
      STATUS_SUCCESS,
    );
    const taken = (): boolean => process.event(handle)?.tryTake() ?? false;
    set(filter, NODE.MUX, 0, MUX.MIC);
    expect(taken()).toBe(true);
    set(filter, NODE.MUX, 0, MUX.MIC);
    set(filter, NODE.MASTER_VOLUME, 0, -3 * LEVELS_PER_DB);
    expect(taken()).toBe(false);
    filter.close();
    process.closeHandle(handle);
    process.free(dataAt);
  });
});

describeBackends('the mixer', 'ac97', (backend) => {
  scenario('is after a sleep as it was before it', (lab) => {
    const { filter, machine } = boot(lab, backend);
    set(filter, NODE.MASTER_VOLUME, ALL_CHANNELS_ID, -6 * LEVELS_PER_DB);
    const { kernel, node } = machine.machine;
    kernel.power.setDeviceState(node, PowerDeviceD3);
    kernel.power.setDeviceState(node, PowerDeviceD0);
    const { heard, sound } = play(backend, machine, ac97Facts(backend).volumeRateHz);
    const steps = { master: 4, pcm: 8 };
    expect(heard).toEqual(amplified(backend, sound, steps, steps));
    filter.close();
  });
});

/** A source whose samples are all `value`. */
const constant = (value: number): SoundSource => ({
  speak: (bytes, offset, frames, { channels }) => {
    new Int16Array(bytes.buffer, bytes.byteOffset + offset, frames * channels).fill(value);
  },
});

/** The first frame that is captured after `turn`, with line in at 1000 and microphone at 300. */
function capturedAfter(lab: Lab, turn: (filter: KsFilter) => void): number[] {
  const machine = lab.boot({ device: (slot) => new Ac97Controller(slot), driver: wavert });
  const filter = machine.openFilter(KSCATEGORY_TOPOLOGY);
  machine.device.lineIn.source = constant(1_000);
  machine.device.microphone.source = constant(300);
  turn(filter);
  const stream = TestCapture.open(machine, { bufferMs: 20 });
  stream.setState(KSSTATE.RUN);
  machine.runFor(ms(5));
  stream.read();
  const frame = Array.from(new Int16Array(stream.captured.slice(0, 4).buffer));
  stream.close();
  filter.close();
  return frame;
}

describe('the recording side', () => {
  scenario('lets line in through at first, or what the MUX node is set to', (lab) => {
    const source = (pin: number) =>
      capturedAfter(lab, (filter) => {
        expect(get(filter, NODE.MUX)).toBe(MUX.LINE_IN);
        expect(set(filter, NODE.MUX, 0, pin)).toBe(STATUS_SUCCESS);
        expect(get(filter, NODE.MUX)).toBe(pin);
      });
    expect(source(MUX.LINE_IN)).toEqual([1_000, 1_000]);
    expect(source(MUX.MIC)).toEqual([300, 300]);
    expect(source(MUX.MIX)).toEqual([0, 0]);
  });

  scenario('mixes what is not muted', (lab) => {
    const mixed = capturedAfter(lab, (filter) => {
      set(filter, NODE.MUX, 0, MUX.MIX);
      for (const mute of [NODE.LINE_MUTE, NODE.MIC_MUTE]) {
        expect(get(filter, mute)).toBe(1);
        set(filter, mute, 0, 0);
      }
      set(filter, NODE.LINE_VOLUME, 1, -6 * LEVELS_PER_DB);
      set(filter, NODE.MIC_VOLUME, 0, 12 * LEVELS_PER_DB);
    });
    expect(mixed).toEqual([1_000 + 1_194, 501 + 1_194]);
  });

  scenario('has a gain and a mute of its own', (lab) => {
    const gained = capturedAfter(lab, (filter) => {
      set(filter, NODE.RECORD_VOLUME, 1, 6 * LEVELS_PER_DB);
    });
    expect(gained).toEqual([1_000, 1_995]);
    const muted = capturedAfter(lab, (filter) => {
      set(filter, NODE.RECORD_MUTE, 0, 1);
    });
    expect(muted).toEqual([0, 0]);
  });
});
