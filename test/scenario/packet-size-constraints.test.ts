/**
 * What a driver declares of its packets, from the property on its interface to the ear: which
 * periods the engine offers, what of a broken declaration is noted, and that it stands before
 * anybody can find the filter. Source: "Low Latency Audio", KSAUDIO_PACKETSIZE_CONSTRAINTS2.
 */
import { describe, expect, it } from 'vitest';
import { guid } from '../../src/base/guid.ts';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { PASSIVE_LEVEL } from '../../src/kernel/ddi/index.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import {
  DEVPKEY_KsAudio_PacketSize_Constraints2 as KEY,
  KSAUDIO_PACKETSIZE_CONSTRAINTS2,
  KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT,
  DEVPKEY_KsAudio_PacketSize_Constraints as OLD_KEY,
  type PacketSizeConstraints,
  packetSizeConstraints,
  readPacketSizeConstraints,
} from '../../src/standards/ks/packet-size-constraints.ts';
import {
  AUDIO_SIGNALPROCESSINGMODE_DEFAULT as DEFAULT,
  AUDIO_SIGNALPROCESSINGMODE_RAW as RAW,
} from '../../src/standards/ks/signal-processing.ts';
import {
  DEVPROP_TYPE_BINARY,
  DEVPROP_TYPE_UINT32,
  type DevicePropertyKey,
  LOCALE_NEUTRAL,
} from '../../src/standards/nt/device-properties.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { EarRecorder, formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import { AUDCLNT_E_INVALID_DEVICE_PERIOD, eRender } from '../../src/wasapi/index.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import { AudioLab, expectOk, Player } from '../support/wasapi-client.ts';

const HNS_PER_MS = 10_000;
const STEREO = formatOf({});
const FREE: PacketSizeConstraints = {
  minimum100ns: 2 * HNS_PER_MS,
  alignmentMask: 0,
  maximumBytes: 0,
  modes: [],
};

interface Declaration {
  readonly key?: DevicePropertyKey;
  readonly type?: number;
  readonly data: Uint8Array | null;
}

/** A machine whose driver declares this of its packets, in place of what it would. */
function bootDeclaring(lab: Lab, { data, key = KEY, type = DEVPROP_TYPE_BINARY }: Declaration) {
  const driver = bentHdaDriver({
    wdk: ({ IoSetDeviceInterfacePropertyData: set }) => ({
      IoSetDeviceInterfacePropertyData: (link) =>
        data === null ? STATUS_SUCCESS : set(link, key, LOCALE_NEUTRAL, 0, type, data),
    }),
  });
  const machine = bootHda(lab, { driver });
  const audio = new AudioLab<HdaController>(machine);
  return { machine, audio };
}

/** Default, fundamental, minimum and maximum as an application is told. */
function periodsOf(audio: AudioLab<HdaController>): number[] {
  const client = audio.client(eRender);
  const periods = {
    defaultFrames: new Out(0),
    fundamentalFrames: new Out(0),
    minimumFrames: new Out(0),
    maximumFrames: new Out(0),
  };
  expectOk('periods', client.getSharedModeEnginePeriod(STEREO, periods));
  client.release();
  return Object.values(periods).map(({ value }) => value);
}

function offered(lab: Lab, declaration: Declaration): number[] {
  const { audio } = bootDeclaring(lab, declaration);
  const periods = periodsOf(audio);
  audio.end();
  return periods;
}

const ONLY_TEN_MS = [480, 480, 480, 480];
const twoModes: PacketSizeConstraints = {
  ...FREE,
  modes: [
    { mode: RAW, samples: 0, duration100ns: 3 * HNS_PER_MS },
    { mode: DEFAULT, samples: 128, duration100ns: 0 },
  ],
};

describe('the structure', () => {
  it('is 16 bytes, and 24 for each processing mode [WRT-LLA-001]', () => {
    const { modes } = twoModes;
    const bytes = [0, 1, 2].map((count) =>
      packetSizeConstraints({ ...twoModes, maximumBytes: 9999, modes: modes.slice(0, count) }),
    );
    expect(bytes.map(({ length }) => length)).toEqual([16, 40, 64]);
    const [, , both = new Uint8Array()] = bytes;
    const words = new Uint32Array(both.buffer);
    expect([...words.slice(0, 4)]).toEqual([20_000, 0, 9999, 2]);
    expect([...words.slice(8, 10), ...words.slice(14, 16)]).toEqual([0, 30_000, 128, 0]);
    expect(KSAUDIO_PACKETSIZE_CONSTRAINTS2.size).toBe(16);
    expect(KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT.size).toBe(24);
    expect(readPacketSizeConstraints(both, KEY)).toEqual({ ...twoModes, maximumBytes: 9999 });
    expect(readPacketSizeConstraints(both, OLD_KEY)?.maximumBytes).toBe(0);
    expect(readPacketSizeConstraints(both.subarray(0, 63), KEY)).toBeNull();
  });

  for (const [what, declaration] of [
    ['a list that ends early', { data: packetSizeConstraints(twoModes).subarray(0, 63) }],
    ['a number of modes that are not there', { data: Uint8Array.of(...Array(15).fill(0), 1) }],
    ['a header that is not whole', { data: new Uint8Array(12) }],
    ['a type that is not binary', { data: new Uint8Array(16), type: DEVPROP_TYPE_UINT32 }],
    [
      'an alignment that is no mask',
      { data: packetSizeConstraints({ ...FREE, alignmentMask: 128 }) },
    ],
  ] as const) {
    scenario(`with ${what} is noted and counts as none [WRT-LLA-001]`, (lab) => {
      const { machine, audio } = bootDeclaring(lab, declaration);
      expect(periodsOf(audio)).toEqual(ONLY_TEN_MS);
      machine.expectFinding(/Constraints2 of Wave is broken, and will be ignored/);
      audio.end();
    });
  }

  scenario('of older systems bounds packets from below alone [WRT-LLA-001 WRT-LLA-002]', (lab) => {
    const old = packetSizeConstraints({ ...FREE, alignmentMask: 0x7f, maximumBytes: 128 });
    expect(offered(lab, { data: old, key: OLD_KEY })).toEqual([480, 32, 96, 480]);
  });
});

describe('the property', () => {
  it('has the keys of the header [WRT-LLA-002]', () => {
    expect([KEY.fmtid.text, KEY.pid]).toEqual(['{9404F781-7191-409B-8B0B-80BF6EC229AE}', 2]);
    expect([OLD_KEY.fmtid.text, OLD_KEY.pid]).toEqual([
      '{13E004D6-B066-43BD-913B-A415CD13DA87}',
      2,
    ]);
    const same = { fmtid: guid(KEY.fmtid.text), pid: 2 };
    expect(readPacketSizeConstraints(packetSizeConstraints(FREE), same)).toEqual(FREE);
  });

  scenario('stands on the wave filter’s interface before it is enabled [WRT-LLA-002]', (lab) => {
    const machine = bootHda(lab);
    const { interfaces, pnp } = machine.machine.kernel;
    const { node } = machine.machine;
    pnp.queryStop(node);
    pnp.stop(node);
    const seen: (readonly [string, number | undefined])[] = [];
    const entry = interfaces.registerNotification(KSCATEGORY_AUDIO, true, (change) => {
      const name = change.symbolicLinkName.split('\\').at(-1) ?? '';
      const found = interfaces.propertyOf(change.symbolicLinkName, KEY, LOCALE_NEUTRAL);
      seen.push([name, found?.data.length]);
    });
    pnp.startDevice(node);
    expect(seen).toEqual([
      ['Wave', 16],
      ['Topology', undefined],
    ]);
    interfaces.unregisterNotification(entry);
  });

  scenario('that changes behind the filter’s back is noted [WRT-LLA-002]', (lab) => {
    const machine = bootHda(lab);
    const { interfaces } = machine.machine.kernel;
    const change = (link: string, key: DevicePropertyKey, data: Uint8Array | null) => {
      const type = DEVPROP_TYPE_BINARY;
      const set = interfaces.IoSetDeviceInterfacePropertyData.bind(interfaces);
      expect(set(link, key, LOCALE_NEUTRAL, 0, type, data)).toBe(STATUS_SUCCESS);
    };
    const [link = ''] = interfaces.enumerate(KSCATEGORY_AUDIO);
    change(link, { ...KEY, pid: 3 }, new Uint8Array(4));
    expect(machine.findings).toEqual([]);
    for (const [key, data] of [
      [KEY, packetSizeConstraints(FREE)],
      [KEY, null],
      [OLD_KEY, packetSizeConstraints(FREE)],
    ] as const) {
      const before = machine.findings.length;
      change(link, key, data);
      expect(machine.findings.slice(before)).toEqual([
        `${key.fmtid.name} of Wave changed while the filter is registered`,
      ]);
    }
    interfaces.IoSetDeviceInterfaceState(link, false);
    change(link, KEY, packetSizeConstraints(FREE));
    expect(machine.findings.length).toBe(3);
    machine.expectFinding(/changed while the filter is registered/);
  });

  scenario('is set at PASSIVE_LEVEL', (lab) => {
    const levels: number[] = [];
    const driver = bentHdaDriver({
      wdk: (real) => ({
        IoSetDeviceInterfacePropertyData: (...given) => {
          levels.push(real.KeGetCurrentIrql());
          return real.IoSetDeviceInterfacePropertyData(...given);
        },
      }),
    });
    bootHda(lab, { driver });
    expect(levels).toEqual([PASSIVE_LEVEL]);
  });
});

describe('the engine', () => {
  scenario('offers 10 ms and nothing else where a driver declares nothing', (lab) => {
    expect(offered(lab, { data: null })).toEqual(ONLY_TEN_MS);
  });

  scenario('offers what the driver declares, and plays it [WRT-LLA-003]', (lab) => {
    const { audio, machine } = bootDeclaring(lab, { data: packetSizeConstraints(FREE) });
    expect(periodsOf(audio)).toEqual([480, 1, 96, 480]);
    const ear = new EarRecorder();
    machine.device.speaker.sink = ear;
    const sound = noise(STEREO, 4800);
    const player = new Player(audio, eRender, { format: STEREO, sound, enginePeriodFrames: 96 });
    player.start();
    machine.runFor(200 * MS);
    expect(player.isDone).toBe(true);
    const delayFrames = 96 + fifoFrames(48_000) + CODEC_FRAMES;
    expect(ear.heard()).toMatchFrames(sound, { delayFrames });
    player.release();
    audio.end();
  });

  scenario('refuses a period outside the bounds [WRT-LLA-003]', (lab) => {
    const data = packetSizeConstraints({ ...twoModes, maximumBytes: 1920 });
    const { audio, machine } = bootDeclaring(lab, { data });
    expect(periodsOf(audio)).toEqual([480, 1, 128, 480]);
    const client = audio.client(eRender);
    for (const frames of [127, 481]) {
      const result = client.initializeSharedAudioStream(0, frames, STEREO);
      expect(result).toBe(AUDCLNT_E_INVALID_DEVICE_PERIOD);
    }
    expectOk('128 frames', client.initializeSharedAudioStream(0, 128, STEREO));
    client.release();
    audio.end();
    machine.expectFinding(/allows 1920 bytes, and 10 ms are/);
  });

  scenario(
    'a bound that leaves room for 10 ms of every format is no fault [WRT-LLA-003]',
    (lab) => {
      // The codec takes eight channels of 32-bit containers at 192 kHz.
      const tenMs = (192_000 / 100) * 8 * 4;
      const findings = (maximumBytes: number): readonly string[] => {
        const data = packetSizeConstraints({ ...FREE, maximumBytes });
        const { audio, machine } = bootDeclaring(lab, { data });
        audio.end();
        if (machine.findings.length > 0) machine.expectFinding(/10 ms are/);
        return machine.findings;
      };
      expect(findings(tenMs)).toEqual([]);
      expect(findings(tenMs - 1)).toEqual([
        `${KEY.fmtid.name} of Wave allows ${tenMs - 1} bytes, and 10 ms are ${tenMs}`,
      ]);
    },
  );
});
