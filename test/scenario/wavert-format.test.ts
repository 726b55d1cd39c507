/** Formats of WaveRT pins: what opens one, what meets, and what changes on an open one. */
import { expect } from 'vitest';
import { guid } from '../../src/base/guid.ts';
import type { KsFilter } from '../../src/client/ks-filter.ts';
import type { KsPin } from '../../src/client/ks-pin.ts';
import { GENERIC_WRITE } from '../../src/kernel/io/io-codes.ts';
import type { DataRange, PcFilterDescriptor } from '../../src/portcls/ddi/index.ts';
import { KSDATAFORMAT, KSDATAFORMAT_ATTRIBUTES } from '../../src/standards/ks/formats.ts';
import {
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSDATAFORMAT_SPECIFIER_NONE,
  KSDATAFORMAT_TYPE_WILDCARD,
  KSPROPSETID_Connection,
  KSPROPSETID_Pin,
} from '../../src/standards/ks/guids.ts';
import {
  KSMULTIPLE_ITEM,
  KSP_PIN,
  KSPROPERTY_CONNECTION,
  KSPROPERTY_PIN,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import {
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_IMPLEMENTED,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { formatOf, scenario } from '../../src/testing/index.ts';
import { formatBytes, pinName } from '../support/pin-name.ts';
import { plainDevice } from '../support/plain-device.ts';
import {
  PLAIN_PCM_RANGE,
  plainDescriptor,
  plainDriver,
  plainRenderPin,
} from '../support/plain-driver.ts';
import { bootPlain, type PlainMachine, STEREO_48 } from '../support/plain-machine.ts';

type Audio = NonNullable<DataRange['audio']>;

const STRANGE = guid('{11111111-2222-3333-4444-555555555555}');
const { DATAFORMAT, PROPOSEDATAFORMAT } = KSPROPERTY_CONNECTION;

const range = (audio: Partial<Audio>): DataRange => ({
  ...PLAIN_PCM_RANGE,
  audio: { ...(PLAIN_PCM_RANGE.audio as Audio), ...audio },
});

/** The plain filter with other ranges on its stream pin. */
const withRanges = (...dataRanges: DataRange[]): PcFilterDescriptor => ({
  ...plainDescriptor,
  pins: [{ ...plainRenderPin, dataRanges }, ...plainDescriptor.pins.slice(1)],
});

function create(machine: PlainMachine, format: Uint8Array) {
  const { process } = machine.lab.client;
  return process.createRelativeFile(machine.filter.handle, pinName({ format }), GENERIC_WRITE);
}

const hasStream = (machine: PlainMachine): boolean =>
  machine.takeCalls().includes('NewStream 0 render');

scenario('a format header has 64 bytes at least, and a Reserved of 0 [WRT-FMT-001]', (lab) => {
  const machine = bootPlain(lab);
  for (const header of [
    { FormatSize: 63 },
    { FormatSize: 0 },
    { FormatSize: 83 },
    { Reserved: 1 },
  ]) {
    const { status } = create(machine, formatBytes(STEREO_48, header));
    expect(status).toBe(STATUS_INVALID_PARAMETER);
  }
  expect(hasStream(machine)).toBe(false);
  expect(create(machine, formatBytes()).status).toBe(STATUS_SUCCESS);
});

scenario('GUIDs and wFormatTag have to agree [WRT-FMT-002]', (lab) => {
  const machine = bootPlain(lab);
  const float = formatBytes();
  new DataView(float.buffer).setUint16(KSDATAFORMAT.size, 3, true);
  const wrong = [float, formatBytes(STEREO_48, { MajorFormat: STRANGE })];
  wrong.push(formatBytes(STEREO_48, { SubFormat: STRANGE }));
  for (const format of wrong) expect(create(machine, format).status).toBe(STATUS_NO_MATCH);
  expect(hasStream(machine)).toBe(false);
});

/** KSMULTIPLE_ITEM and one KSATTRIBUTE, six bytes behind a format of 82: at byte 88. */
function attributes(listBytes: number, count: number, attributeBytes: number): number[] {
  const bytes = new Uint8Array(6 + 8 + 24);
  const view = new DataView(bytes.buffer);
  view.setUint32(6, listBytes, true);
  view.setUint32(10, count, true);
  view.setUint32(14, attributeBytes, true);
  view.setUint32(22, 0xcafe, true);
  return [...bytes];
}

scenario(
  'attributes behind a format reach NewStream whole, or nothing does [WRT-FMT-003]',
  (lab) => {
    const machine = bootPlain(lab);
    const flags = { Flags: KSDATAFORMAT_ATTRIBUTES };
    for (const list of [[], attributes(33, 1, 24), attributes(32, 2, 24), attributes(32, 1, 25)]) {
      const { status } = create(machine, formatBytes(STEREO_48, flags, list));
      expect(status).toBe(STATUS_INVALID_PARAMETER);
    }
    let seen: Uint8Array = new Uint8Array();
    const sent = formatBytes(STEREO_48, flags, attributes(32, 1, 24));
    machine.lab.machine.portClass.guard.attach({
      entered: (slot, _target, args) => {
        if (slot.windowsName !== 'NewStream') return;
        seen = machine.kernel.ram.bytes.slice(Number(args[4]), Number(args[4]) + sent.length);
      },
      left: () => undefined,
    });
    expect(create(machine, sent).status).toBe(STATUS_SUCCESS);
    expect(seen).toEqual(sent);
  },
);

scenario('a range with its minimum above its maximum is no descriptor [WRT-FMT-004]', (lab) => {
  for (const audio of [{ minimumBitsPerSample: 17 }, { minimumSampleFrequency: 48_001 }]) {
    let findings: readonly unknown[] = [];
    expect(() => {
      const { module } = plainDriver({ descriptor: withRanges(range(audio)) });
      const machine = lab.build({ device: plainDevice, driver: module });
      machine.expectFinding(/filter descriptor: pin 0: a data range has Minimum/);
      machine.machine.loadDriver();
      try {
        machine.machine.startDevice();
      } finally {
        findings = machine.findings;
      }
    }).toThrow(/INVALID_PARAMETER/);
    expect(findings).toHaveLength(1);
  }
});

scenario('DATARANGES gives its size, and then all ranges in step of 8 [WRT-FMT-005]', (lab) => {
  const ranges = [
    range({}),
    { ...PLAIN_PCM_RANGE, subFormat: STRANGE },
    range({ maximumChannels: 1 }),
  ];
  const machine = bootPlain(lab, { descriptor: withRanges(...ranges) });
  const { filter } = machine;
  filter.view.setUint32(filter.requestAt + KSP_PIN.offsets.PinId, 0, true);
  const ask = (bytes: number) =>
    filter.get(KSPROPSETID_Pin, KSPROPERTY_PIN.DATARANGES, bytes, KSP_PIN.size);
  expect(ask(0)).toBe(STATUS_BUFFER_OVERFLOW);
  const size = filter.bytesReturned;
  expect(size).toBe(8 + 3 * 88);
  expect(ask(8)).toBe(STATUS_BUFFER_TOO_SMALL);
  expect(ask(size)).toBe(STATUS_SUCCESS);
  const list = KSMULTIPLE_ITEM.read(filter.view, filter.valueAt);
  expect(list).toEqual({ Size: size, Count: 3 });
  expect(filter.pin(0).dataRanges).toEqual(ranges);
});

function chosen(filter: KsFilter, ...ranges: DataRange[]) {
  const format = filter.intersect(0, ranges);
  if (format === null) return null;
  const view = new DataView(format.buffer, format.byteOffset);
  const wave = KSDATAFORMAT.size;
  return {
    bytes: format.length,
    tag: view.getUint16(wave, true),
    channels: view.getUint16(wave + 2, true),
    rateHz: view.getUint32(wave + 4, true),
    bits: view.getUint16(wave + 14, true),
  };
}

scenario('an intersection is with the first range that can be served [WRT-FMT-006]', (lab) => {
  const { filter } = bootPlain(lab);
  const none = range({ minimumSampleFrequency: 96_000, maximumSampleFrequency: 96_000 });
  const first = range({ maximumSampleFrequency: 22_050 });
  const second = range({ maximumSampleFrequency: 44_100 });
  expect(chosen(filter, none, first, second)).toMatchObject({ rateHz: 22_050 });
  expect(chosen(filter, none, second, first)).toMatchObject({ rateHz: 44_100 });
  expect(chosen(filter, none)).toBeNull();
});

scenario('the miniport gets both ranges, a buffer and its length [WRT-FMT-007]', (lab) => {
  const machine = bootPlain(lab);
  const spied = machine.spy();
  const { ram } = machine.kernel;
  const asked = range({ maximumChannels: 7 });
  const channels: number[] = [];
  machine.answers.intersect = (_output, length, result) => {
    const args = spied.at(-1)?.args ?? [];
    for (const at of [args[1], args[2]]) channels.push(ram.view.getUint32(Number(at) + 64, true));
    expect(args).toHaveLength(6);
    expect([args[0], args[3], args[5]]).toEqual([0, length, result]);
    return STATUS_NO_MATCH;
  };
  expect(machine.filter.intersect(0, [asked])).toBeNull();
  expect(channels).toEqual([7, 2]);
});

scenario('sizes of an intersection are asked, missed and met [WRT-FMT-008]', (lab) => {
  const machine = bootPlain(lab);
  const { filter } = machine;
  filter.intersect(0, [range({})]);
  const requestBytes = KSP_PIN.size + KSMULTIPLE_ITEM.size + 88;
  const ask = (bytes: number) =>
    filter.get(KSPROPSETID_Pin, KSPROPERTY_PIN.DATAINTERSECTION, bytes, requestBytes);
  expect(ask(0)).toBe(STATUS_BUFFER_OVERFLOW);
  expect(filter.bytesReturned).toBe(82);
  expect(ask(10)).toBe(STATUS_BUFFER_TOO_SMALL);
  expect(ask(82)).toBe(STATUS_SUCCESS);
  machine.answers.intersect = (_output, length, result) => {
    result.value = length + 1;
    return STATUS_SUCCESS;
  };
  expect(ask(82)).toBe(STATUS_BUFFER_TOO_SMALL);
  machine.lab.expectFinding(/DataRangeIntersection says it wrote 83 bytes into 82/);
});

scenario('the default handler decides only where the miniport does not [WRT-FMT-009]', (lab) => {
  const machine = bootPlain(lab, { intersect: () => STATUS_NO_MATCH });
  expect(chosen(machine.filter, range({}))).toBeNull();
  machine.answers.intersect = () => STATUS_NOT_IMPLEMENTED;
  expect(chosen(machine.filter, range({}))).not.toBeNull();
  expect(machine.takeCalls().filter((call) => call === 'DataRangeIntersection')).toHaveLength(2);
});

scenario('the default format is the best of PCM, and plain [WRT-FMT-010]', (lab) => {
  const wide = range({
    maximumChannels: 2,
    minimumBitsPerSample: 8,
    maximumBitsPerSample: 32,
    minimumSampleFrequency: 11_025,
  });
  const best = { bytes: 82, tag: 1, channels: 2, rateHz: 48_000, bits: 32 };
  expect(chosen(bootPlain(lab, { descriptor: withRanges(wide) }).filter, wide)).toEqual(best);
  const eight = range({ ...wide.audio, maximumChannels: 8 });
  expect(chosen(bootPlain(lab, { descriptor: withRanges(eight) }).filter, eight)).toEqual(best);
  const mono = range({ maximumChannels: 1 });
  expect(chosen(bootPlain(lab).filter, mono)).toMatchObject({ channels: 1, bits: 16 });
  const other = { ...wide, subFormat: STRANGE };
  expect(chosen(bootPlain(lab, { descriptor: withRanges(other) }).filter, other)).toBeNull();
});

scenario('a proposal to the filter answers and changes nothing [WRT-FMT-011]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  machine.takeCalls();
  const propose = (sampleRate: number) => machine.filter.proposeFormat(0, formatOf({ sampleRate }));
  expect(propose(44_100)).toBe(STATUS_SUCCESS);
  expect(propose(96_000)).toBe(STATUS_NO_MATCH);
  expect(machine.takeCalls()).toEqual([]);
  expect(pin.getState()).toBe(KSSTATE.RUN);
  expect(machine.filter.pin(0).currentInstances).toBe(1);
});

function sendFormat(pin: KsPin, id: number, format: Uint8Array) {
  pin.home.ram.bytes.set(format, pin.valueAt);
  return pin.set(KSPROPSETID_Connection, id, format.length);
}

function currentFormat(pin: KsPin): Uint8Array {
  const bytes = pin.getSized(KSPROPSETID_Connection, DATAFORMAT, 'DATAFORMAT');
  return pin.home.ram.bytes.slice(pin.valueAt, pin.valueAt + bytes);
}

scenario('SetFormat decides on a new format of an open pin [WRT-FMT-013 WRT-FMT-015]', (lab) => {
  const machine = bootPlain(lab);
  const spied = machine.spy();
  const pin = machine.openPin();
  const first = formatBytes();
  const second = formatBytes(formatOf({ sampleRate: 44_100 }));
  const long = formatBytes(formatOf({ channels: 1, bits: 20 }));
  expect(currentFormat(pin)).toEqual(first);
  machine.answers.setFormat = () => STATUS_INVALID_PARAMETER;
  expect(sendFormat(pin, DATAFORMAT, second)).toBe(STATUS_INVALID_PARAMETER);
  expect(currentFormat(pin)).toEqual(first);
  let seen: Uint8Array = new Uint8Array();
  machine.answers.setFormat = (format) => {
    const bytes = machine.kernel.ram.view.getUint32(format, true);
    seen = machine.kernel.ram.bytes.slice(format, format + bytes);
    return STATUS_SUCCESS;
  };
  for (const format of [second, long]) {
    expect(sendFormat(pin, DATAFORMAT, format)).toBe(STATUS_SUCCESS);
    expect(seen).toEqual(format);
    expect(currentFormat(pin)).toEqual(format);
  }
  expect(long.length).toBeGreaterThan(first.length);
  const calls = spied.filter(({ name }) => name === 'IMiniportWaveRTStream.SetFormat');
  expect(calls.map(({ irql }) => irql)).toEqual([0, 0, 0]);
});

scenario('what an open refuses for its header is no match as a proposal [WRT-FMT-011]', (lab) => {
  const { pin } = bootPlain(lab).openBuffer();
  const headers: readonly (readonly [offset: number, value: number])[] = [
    [KSDATAFORMAT.offsets.Reserved, 7],
    // Attributes, and none behind the format.
    [KSDATAFORMAT.offsets.Flags, KSDATAFORMAT_ATTRIBUTES],
  ];
  for (const [offset, value] of headers) {
    const format = formatBytes();
    expect(sendFormat(pin, PROPOSEDATAFORMAT, format)).toBe(STATUS_SUCCESS);
    new DataView(format.buffer).setUint32(offset, value, true);
    expect(sendFormat(pin, PROPOSEDATAFORMAT, format)).toBe(STATUS_NO_MATCH);
  }
});

scenario('a proposal to a pin never switches it [WRT-FMT-014]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  machine.takeCalls();
  const good = formatBytes(formatOf({ sampleRate: 44_100 }));
  const bad = formatBytes(formatOf({ sampleRate: 96_000 }));
  expect(sendFormat(pin, PROPOSEDATAFORMAT, good)).toBe(STATUS_SUCCESS);
  expect(sendFormat(pin, PROPOSEDATAFORMAT, bad)).toBe(STATUS_NO_MATCH);
  expect(machine.takeCalls()).toEqual([]);
  expect(currentFormat(pin)).toEqual(formatBytes());
});

scenario('a format that changes while the stream runs is reported [WRT-FMT-016]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  const other = formatBytes(formatOf({ sampleRate: 44_100 }));
  expect(sendFormat(pin, DATAFORMAT, other)).toBe(STATUS_NOT_SUPPORTED);
  expect(machine.lab.findings).toEqual([]);
  machine.answers.setFormat = () => STATUS_SUCCESS;
  expect(sendFormat(pin, DATAFORMAT, other)).toBe(STATUS_SUCCESS);
  expect(machine.lab.findings).toEqual([]);
  pin.setState(KSSTATE.RUN);
  sendFormat(pin, DATAFORMAT, other);
  machine.lab.expectFinding(/SetFormat changed the format of a running stream/);
});

scenario('a miniport is given wave formats only [WRT-MPT-011]', (lab) => {
  const anything: DataRange = {
    majorFormat: KSDATAFORMAT_TYPE_WILDCARD,
    subFormat: KSDATAFORMAT_TYPE_WILDCARD,
    specifier: KSDATAFORMAT_TYPE_WILDCARD,
  };
  const machine = bootPlain(lab, { descriptor: withRanges(anything) });
  machine.lab.expectFinding(/a data range with a wild card/);
  for (const Specifier of [KSDATAFORMAT_SPECIFIER_NONE, STRANGE]) {
    expect(create(machine, formatBytes(STEREO_48, { Specifier })).status).toBe(STATUS_NO_MATCH);
  }
  expect(hasStream(machine)).toBe(false);
  expect(create(machine, formatBytes()).status).toBe(STATUS_SUCCESS);
  const dsound = formatBytes(STEREO_48, { Specifier: KSDATAFORMAT_SPECIFIER_DSOUND });
  expect(create(machine, dsound).status).toBe(STATUS_SUCCESS);
});
