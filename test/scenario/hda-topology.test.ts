/** The topology filter of the HD Audio driver: volume, mute and jacks, heard and told. */
import { describe, expect } from 'vitest';
import type { KsFilter } from '../../src/client/ks-filter.ts';
import {
  KSCATEGORY_TOPOLOGY,
  KSNODETYPE_LINE_CONNECTOR,
  KSNODETYPE_SPEAKER,
  KSPROPSETID_Audio,
} from '../../src/standards/ks/guids.ts';
import {
  KSFILTER_NODE,
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
import {
  formatOf,
  type Lab,
  Mouth,
  noise,
  scenario,
  TestCapture,
} from '../../src/testing/index.ts';
import { type Backend, describeBackends, earOf, soundOf } from '../support/backends.ts';
import { enable } from '../support/filter-events.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { bootHda, type HdaMachine, MS } from '../support/hda-machine.ts';
import { answered, send } from '../support/ks-requests.ts';

const GET = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY;
const SET = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY;
const SUPPORT = KSPROPERTY_TYPE_BASICSUPPORT | KSPROPERTY_TYPE_TOPOLOGY;
/** Nodes of the filter: volume and mute towards the ear, then from the mouth. */
const NODE = { VOLUME: 0, MUTE: 1, CAPTURE_VOLUME: 2, CAPTURE_MUTE: 3 } as const;
const PIN = { BRIDGE: 0, SPEAKER: 1, LINE_IN: 2, CAPTURE_BRIDGE: 3 } as const;

function boot(lab: Lab, backend: Backend) {
  const machine = backend.boot(lab);
  return { machine, filter: machine.openFilter(KSCATEGORY_TOPOLOGY) };
}

function bootModel(lab: Lab) {
  const machine = bootHda(lab);
  return { machine, filter: machine.openFilter(KSCATEGORY_TOPOLOGY) };
}

const request = (node: number, channel: number, flags: number) => ({
  set: KSPROPSETID_Audio,
  id: node % 2 === 0 ? KSPROPERTY_AUDIO.VOLUMELEVEL : KSPROPERTY_AUDIO_MUTE,
  flags,
  words: [node, 0, channel, 0],
});

function setControl(filter: KsFilter, node: number, channel: number, value: number) {
  filter.view.setInt32(filter.valueAt, value, true);
  return send(filter, { ...request(node, channel, SET), valueBytes: 4 });
}

function control(filter: KsFilter, node: number, channel: number): number {
  const status = send(filter, { ...request(node, channel, GET), valueBytes: 4 });
  expect(status).toBe(STATUS_SUCCESS);
  return filter.view.getInt32(filter.valueAt, true);
}

/** Left and right of 16-bit stereo times a factor each, rounded as our codec rounds. */
function amplified(sound: Uint8Array, left: number, right: number): Uint8Array {
  const bytes = sound.slice();
  const samples = new Int16Array(bytes.buffer);
  for (let at = 0; at < samples.length; at++) {
    samples[at] = Math.round((samples[at] ?? 0) * (at % 2 === 0 ? left : right));
  }
  return bytes;
}

/** The most that a sample of one is off from that of the other. */
function largestDifference(heard: Uint8Array, expected: Uint8Array): number {
  const [left, right] = [heard, expected].map((bytes) => new Int16Array(bytes.slice().buffer));
  if (left === undefined || left.length !== right?.length) throw new Error('not of one length');
  return left.reduce((most, sample, at) => {
    return Math.max(most, Math.abs(sample - (right[at] ?? 0)));
  }, 0);
}

/** A stream that goes round 100 ms of noise, and what the ear has of it. */
function playing(machine: HdaMachine) {
  const ear = earOf(machine);
  const render = machine.openRender({ bufferMs: 100 });
  const sound = noise(render.format, 4_800);
  render.write(sound);
  /** Frames of the sound, round and round, from the `first` up to `end`. */
  const looped = (first: number, end: number): Uint8Array =>
    Uint8Array.from({ length: (end - first) * 4 }, (_, at) => {
      return sound[(first * 4 + at) % sound.length] ?? 0;
    });
  return { render, looped, heard: () => soundOf(ear.heard()) };
}

describeBackends('the topology filter', 'hda', (backend) => {
  scenario(
    'leads through volume and mute both ways, on pins that nobody opens [PCL-TOP-002 PCL-TOP-003]',
    (lab) => {
      const { filter } = boot(lab, backend);
      expect(filter.nodes).toEqual([
        KSNODETYPE_VOLUME,
        KSNODETYPE_MUTE,
        KSNODETYPE_VOLUME,
        KSNODETYPE_MUTE,
      ]);
      const wire = (fromNode: number, fromNodePin: number, toNode: number, toNodePin: number) => {
        return { fromNode, fromNodePin, toNode, toNodePin };
      };
      expect(filter.connections).toEqual([
        wire(KSFILTER_NODE, PIN.BRIDGE, 0, 1),
        wire(0, 0, 1, 1),
        wire(1, 0, KSFILTER_NODE, PIN.SPEAKER),
        wire(KSFILTER_NODE, PIN.LINE_IN, 2, 1),
        wire(2, 0, 3, 1),
        wire(3, 0, KSFILTER_NODE, PIN.CAPTURE_BRIDGE),
      ]);
      expect(filter.pin(PIN.SPEAKER).category).toBe(KSNODETYPE_SPEAKER);
      expect(filter.pin(PIN.LINE_IN).category).toBe(KSNODETYPE_LINE_CONNECTOR);
      expect(filter.pin(PIN.CAPTURE_BRIDGE).connection).toMatchObject({ pin: 3 });
      for (let pin = 0; pin < filter.pinCount; pin++) {
        expect(filter.tryOpenPin(pin, formatOf({})).status).toBe(STATUS_INVALID_DEVICE_REQUEST);
      }
      filter.close();
    },
  );
});

describeBackends('the volume', 'hda', (backend) => {
  const { gain, gainTolerance, heldFrames } = hdaFacts(backend);

  scenario('is 0 dB at first, and then the nearest step that the amplifier has', (lab) => {
    const { filter } = boot(lab, backend);
    for (const node of [NODE.VOLUME, NODE.CAPTURE_VOLUME]) {
      expect([control(filter, node, 0), control(filter, node, 1)]).toEqual([0, 0]);
      const set = (db: number): number => {
        expect(setControl(filter, node, 0, Math.round(db * LEVELS_PER_DB))).toBe(STATUS_SUCCESS);
        return control(filter, node, 0) / LEVELS_PER_DB;
      };
      expect([-6, -6.4, -6.6, -74, -90, 3, 0].map(set)).toEqual([-6, -6, -7, -74, -74, 0, 0]);
      expect(control(filter, node, 1)).toBe(0);
      expect(setControl(filter, node, ALL_CHANNELS_ID, -10 * LEVELS_PER_DB)).toBe(STATUS_SUCCESS);
      expect(control(filter, node, 0)).toBe(-10 * LEVELS_PER_DB);
      expect(control(filter, node, 1)).toBe(-10 * LEVELS_PER_DB);
    }
    filter.close();
  });

  scenario('is heard on the side it was set for, to the step; 0 dB is bit for bit', (lab) => {
    const { filter, machine } = boot(lab, backend);
    const { heard, looped, render } = playing(machine);
    expect(setControl(filter, NODE.VOLUME, 0, -6 * LEVELS_PER_DB)).toBe(STATUS_SUCCESS);
    expect(setControl(filter, NODE.VOLUME, 1, -20 * LEVELS_PER_DB)).toBe(STATUS_SUCCESS);
    render.setState(KSSTATE.RUN);
    machine.runFor(40 * MS);
    backend.hearOut(machine);
    const soft = heard();
    const frames = soft.length / 4;
    expect(frames).toBeGreaterThan(1_800);
    const expected = amplified(looped(0, frames), gain(-6), gain(-20));
    expect(largestDifference(soft, expected)).toBeLessThanOrEqual(gainTolerance);
    setControl(filter, NODE.VOLUME, ALL_CHANNELS_ID, 0);
    machine.runFor(100 * MS);
    backend.hearOut(machine);
    const all = heard();
    const end = all.length / 4;
    // What the hardware held when the volume was set is behind it.
    const first = frames + Math.max(heldFrames, 48);
    expect(end - first).toBeGreaterThan(1_000);
    expect(all.subarray(first * 4)).toEqual(looped(first, end));
    render.close();
    filter.close();
  });

  scenario('can be muted by channel, and keeps its level', (lab) => {
    const { filter, machine } = boot(lab, backend);
    const { heard, looped, render } = playing(machine);
    setControl(filter, NODE.VOLUME, 1, -3 * LEVELS_PER_DB);
    expect(setControl(filter, NODE.MUTE, 0, 1)).toBe(STATUS_SUCCESS);
    expect([control(filter, NODE.MUTE, 0), control(filter, NODE.MUTE, 1)]).toEqual([1, 0]);
    render.setState(KSSTATE.RUN);
    machine.runFor(40 * MS);
    backend.hearOut(machine);
    const soft = heard();
    expect(soft.length).toBeGreaterThan(1_800 * 4);
    const expected = amplified(looped(0, soft.length / 4), 0, gain(-3));
    expect(largestDifference(soft, expected)).toBeLessThanOrEqual(gainTolerance);
    setControl(filter, NODE.MUTE, 0, 0);
    expect(control(filter, NODE.VOLUME, 0)).toBe(0);
    render.close();
    filter.close();
  });

  scenario('tells its steps for each channel, in three sizes of answer', (lab) => {
    const { filter } = boot(lab, backend);
    const ask = (node: number, valueBytes: number) =>
      send(filter, { ...request(node, 0, SUPPORT), valueBytes });
    expect(ask(NODE.VOLUME, 4)).toBe(STATUS_SUCCESS);
    expect(answered(filter, 1)).toEqual([0x203]);
    expect(ask(NODE.VOLUME, 40)).toBe(STATUS_SUCCESS);
    expect(answered(filter, 2)).toEqual([0x203, 88]);
    expect(ask(NODE.VOLUME, 60)).toBe(STATUS_BUFFER_TOO_SMALL);
    expect(ask(NODE.VOLUME, 88)).toBe(STATUS_SUCCESS);
    const words = answered(filter, 22);
    expect([words[6], words[8]]).toEqual([3, 1]);
    const range = [LEVELS_PER_DB, 0, (-74 * LEVELS_PER_DB) >>> 0, 0];
    expect(words.slice(10)).toEqual([2, 16, 2, 2, ...range, ...range]);
    expect(ask(NODE.MUTE, 88)).toBe(STATUS_SUCCESS);
    const mute = answered(filter, 14);
    expect([mute[1], mute[6], mute[8]]).toEqual([56, 11, 1]);
    expect(mute.slice(10)).toEqual([2, 0, 2, 2]);
    filter.close();
  });

  scenario('refuses what is no channel and no value', (lab) => {
    const { filter } = boot(lab, backend);
    const ask = (channel: number, flags: number, valueBytes: number) =>
      send(filter, { ...request(NODE.VOLUME, channel, flags), valueBytes });
    expect(ask(2, GET, 4)).toBe(STATUS_INVALID_PARAMETER);
    expect(ask(2, SET, 4)).toBe(STATUS_INVALID_PARAMETER);
    expect(ask(ALL_CHANNELS_ID, GET, 4)).toBe(STATUS_INVALID_PARAMETER);
    expect(ask(0, GET, 0)).toBe(STATUS_BUFFER_OVERFLOW);
    expect(ask(0, GET, 3)).toBe(STATUS_BUFFER_TOO_SMALL);
    expect(ask(0, SET, 3)).toBe(STATUS_BUFFER_TOO_SMALL);
    const short = { ...request(NODE.VOLUME, 0, GET), words: [NODE.VOLUME, 0], valueBytes: 4 };
    expect(send(filter, short)).toBe(STATUS_INVALID_PARAMETER);
    filter.close();
  });

  scenario(
    'tells other clients when it changes, and only then [PCL-EVT-004 PCL-EVT-011]',
    (lab) => {
      const { filter } = boot(lab, backend);
      const on = (node: number) =>
        enable(filter, {
          set: KSEVENTSETID_AudioControlChange,
          id: KSEVENT_CONTROL_CHANGE,
          flags: KSPROPERTY_TYPE_TOPOLOGY,
          words: [node, 0],
        });
      const [volume, mute, captured] = [on(NODE.VOLUME), on(NODE.MUTE), on(NODE.CAPTURE_VOLUME)];
      const taken = (): boolean[] => [volume, mute, captured].map(({ take }) => take());
      setControl(filter, NODE.VOLUME, 0, -LEVELS_PER_DB);
      expect(taken()).toEqual([true, false, false]);
      setControl(filter, NODE.VOLUME, 0, -LEVELS_PER_DB);
      expect(taken()).toEqual([false, false, false]);
      setControl(filter, NODE.MUTE, ALL_CHANNELS_ID, 1);
      expect(taken()).toEqual([false, true, false]);
      setControl(filter, NODE.CAPTURE_VOLUME, 1, -LEVELS_PER_DB);
      expect(taken()).toEqual([false, false, true]);
      filter.close();
      for (const event of [volume, mute, captured]) event.close();
    },
  );
});

describe('the volume of the recording side', () => {
  scenario('changes what is captured, and so does its mute', (lab) => {
    const { filter, machine } = bootModel(lab);
    const stream = TestCapture.open(machine, { bufferMs: 40 });
    const mouth = new Mouth(noise(stream.format, 4_800));
    machine.device.lineIn.source = mouth;
    setControl(filter, NODE.CAPTURE_VOLUME, 0, -12 * LEVELS_PER_DB);
    setControl(filter, NODE.CAPTURE_MUTE, 1, 1);
    stream.setState(KSSTATE.RUN);
    machine.runFor(20 * MS);
    stream.read();
    const captured = stream.captured.slice(14 * 4);
    expect(captured.length).toBe((960 - 30) * 4);
    const spoken = mouth.spoken.slice(0, captured.length);
    expect(captured).toEqual(amplified(spoken, 10 ** (-12 / 20), 0));
    stream.close();
    filter.close();
  });
});
