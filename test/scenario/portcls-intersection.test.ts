/** Data intersection: who is asked for a format, in which order, and what the default chooses. */
import { expect } from 'vitest';
import { writeDataRange } from '../../src/ks/data-range.ts';
import type { PcFilterDescriptor } from '../../src/portcls/ddi/index.ts';
import type { DataRange } from '../../src/standards/ks/descriptors.ts';
import { KSDATARANGE_ATTRIBUTES, WAVE_FORMAT_OFFSET } from '../../src/standards/ks/formats.ts';
import {
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSDATAFORMAT_SPECIFIER_NONE,
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSPROPSETID_Pin,
} from '../../src/standards/ks/guids.ts';
import { KSPROPERTY_PIN, KSPROPERTY_TYPE_GET, KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_IMPLEMENTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { formatOf, scenario } from '../../src/testing/index.ts';
import { PLAIN_PCM_RANGE, plainDescriptor, plainRenderPin } from '../support/plain-driver.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';

const FORMAT_BYTES = 82;
const PLAIN_AUDIO = {
  maximumChannels: 2,
  minimumBitsPerSample: 8,
  maximumBitsPerSample: 16,
  minimumSampleFrequency: 8_000,
  maximumSampleFrequency: 48_000,
};
type Audio = typeof PLAIN_AUDIO;

const range = (audio: Partial<Audio>, guids: Partial<DataRange> = {}): DataRange => ({
  ...PLAIN_PCM_RANGE,
  ...guids,
  audio: { ...PLAIN_AUDIO, ...audio },
});

const publishing = (...dataRanges: DataRange[]): PcFilterDescriptor => ({
  ...plainDescriptor,
  pins: [{ ...plainRenderPin, dataRanges }, ...plainDescriptor.pins.slice(1)],
});

/** Rate, bits and channels of the format that comes out; null for no match. */
function chosen({ filter }: PlainMachine, ...ranges: DataRange[]): number[] | null {
  const bytes = filter.intersect(0, ranges);
  if (bytes === null) return null;
  expect(bytes).toHaveLength(FORMAT_BYTES);
  const view = new DataView(bytes.buffer, WAVE_FORMAT_OFFSET);
  expect(view.getUint16(0, true)).toBe(1);
  return [view.getUint32(4, true), view.getUint16(14, true), view.getUint16(2, true)];
}

/** Asks with the ranges and an output of so many bytes, as `words` of a list say. */
function ask(machine: PlainMachine, valueBytes: number, listSize?: number, count = 1): NtStatus {
  const { filter } = machine;
  const listAt = filter.requestAt + 32;
  writeDataRange(filter.view, listAt + 8, PLAIN_PCM_RANGE);
  filter.view.setUint32(filter.requestAt + 24, 0, true);
  filter.view.setUint32(listAt, listSize ?? 8 + 88, true);
  filter.view.setUint32(listAt + 4, count, true);
  const { DATAINTERSECTION } = KSPROPERTY_PIN;
  filter.identify(KSPROPSETID_Pin, DATAINTERSECTION, KSPROPERTY_TYPE_GET);
  return filter.send(32 + 8 + 88, valueBytes);
}

scenario('the miniport may say that two ranges do not meet [PCL-DI-001]', (lab) => {
  const machine = bootPlain(lab, { intersect: () => STATUS_NO_MATCH });
  expect(chosen(machine, range({}))).toBeNull();
  expect(machine.takeCalls()).toContain('DataRangeIntersection');
});

scenario('a miniport that has no handler leaves it to the port [PCL-DI-002]', (lab) => {
  const machine = bootPlain(lab, { intersect: () => STATUS_NOT_IMPLEMENTED });
  expect(chosen(machine, range({}))).toEqual([48_000, 16, 2]);
  const refusing = bootPlain(lab, { intersect: () => STATUS_INVALID_PARAMETER });
  expect(ask(refusing, 512)).toBe(STATUS_INVALID_PARAMETER);
});

scenario(
  'sizes of a format: asked for, too short, and written [PCL-DI-003 PCL-DI-004 PCL-DI-005]',
  (lab) => {
    const tidy = bootPlain(lab);
    expect(ask(tidy, 0)).toBe(STATUS_BUFFER_OVERFLOW);
    expect(tidy.filter.bytesReturned).toBe(FORMAT_BYTES);
    tidy.filter.view.setUint32(tidy.filter.valueAt, 0xcafe, true);
    expect(ask(tidy, 10)).toBe(STATUS_BUFFER_TOO_SMALL);
    expect(tidy.filter.view.getUint32(tidy.filter.valueAt, true)).toBe(0xcafe);
    expect(ask(tidy, FORMAT_BYTES)).toBe(STATUS_SUCCESS);
    expect(tidy.filter.bytesReturned).toBe(FORMAT_BYTES);
    for (const status of [STATUS_SUCCESS, STATUS_BUFFER_TOO_SMALL] as const) {
      const deaf = bootPlain(lab, { intersect: () => status });
      ask(deaf, 0);
      deaf.lab.expectFinding(/did not answer a size query with STATUS_BUFFER_OVERFLOW/);
    }
    const boasting = bootPlain(lab, {
      intersect: (_output, _length, result) => {
        result.value = FORMAT_BYTES;
        return STATUS_SUCCESS;
      },
    });
    expect(ask(boasting, 10)).toBe(STATUS_BUFFER_TOO_SMALL);
    boasting.lab.expectFinding(/says it wrote 82 bytes into 10/);
  },
);

scenario('a size query has no output, and names a pin that exists [PCL-DI-006]', (lab) => {
  const seen: unknown[] = [];
  const machine = bootPlain(lab, {
    intersect: (output, length) => {
      seen.push([output === null, length]);
      return STATUS_NO_MATCH;
    },
  });
  ask(machine, 0);
  ask(machine, 90);
  expect(seen).toEqual([
    [true, 0],
    [false, 90],
  ]);
  const { filter } = machine;
  for (const pinId of [2, 0xffff_ffff]) {
    filter.view.setUint32(filter.requestAt + 24, pinId, true);
    expect(filter.send(32 + 8 + 88, 0)).toBe(STATUS_INVALID_PARAMETER);
  }
  expect(seen).toHaveLength(2);
});

scenario(
  "the client's ranges are tried in their order, the pin's within each, the miniport before " +
    'the default, and the first hit ends it [PCL-DI-007 PCL-DI-008]',
  (lab) => {
    const pairs: string[] = [];
    const own = [
      range({ maximumSampleFrequency: 11_025 }),
      range({ maximumSampleFrequency: 22_050 }),
    ];
    const machine = bootPlain(lab, { descriptor: publishing(...own) });
    machine.spy();
    const rateAt = (at: unknown): number =>
      machine.kernel.ram.view.getUint32(Number(at) + 80, true);
    const asked = [
      range({ minimumSampleFrequency: 12_000, maximumSampleFrequency: 16_000 }),
      range({ maximumSampleFrequency: 20_000 }),
    ];
    machine.answers.intersect = () => {
      const call = machine.spied.at(-1);
      pairs.push(`${rateAt(call?.args[1])} ${rateAt(call?.args[2])}`);
      return STATUS_NO_MATCH;
    };
    expect(chosen(machine, ...asked)).toBeNull();
    expect(pairs).toEqual(['16000 11025', '16000 22050', '20000 11025', '20000 22050']);
    pairs.length = 0;
    const { intersect } = machine.answers;
    machine.answers.intersect = (...args) => {
      intersect?.(...args);
      return STATUS_NOT_IMPLEMENTED;
    };
    expect(chosen(machine, ...asked)).toEqual([16_000, 16, 2]);
    expect(pairs).toEqual(['16000 11025', '16000 22050']);
  },
);

scenario('a client may send as many ranges as it likes', (lab) => {
  const machine = bootPlain(lab);
  const none = range({ minimumSampleFrequency: 96_000, maximumSampleFrequency: 192_000 });
  const others = Array<DataRange>(60).fill(none);
  expect(chosen(machine, ...others)).toBeNull();
  expect(chosen(machine, ...others, range({}))).toEqual([48_000, 16, 2]);
});

scenario('a range of the client may be longer than an audio range', (lab) => {
  const { filter } = bootPlain(lab);
  const listAt = filter.requestAt + 32;
  for (const rangeBytes of [88, 96, 120]) {
    writeDataRange(filter.view, listAt + 8, PLAIN_PCM_RANGE);
    filter.view.setUint32(listAt + 8, rangeBytes, true);
    filter.view.setUint32(filter.requestAt + 24, 0, true);
    filter.view.setUint32(listAt, 8 + rangeBytes, true);
    filter.view.setUint32(listAt + 4, 1, true);
    filter.identify(KSPROPSETID_Pin, KSPROPERTY_PIN.DATAINTERSECTION, KSPROPERTY_TYPE_GET);
    expect(filter.send(32 + 8 + rangeBytes, FORMAT_BYTES)).toBe(STATUS_SUCCESS);
  }
});

scenario('the attributes of a client range are no range [WRT-FMT-006]', (lab) => {
  const { filter } = bootPlain(lab);
  const { view } = filter;
  const listAt = filter.requestAt + 32;
  const FLAGS_AT = 4;
  const askWith = (attributesBytes: number, count: number): NtStatus => {
    const none = range({ minimumSampleFrequency: 96_000, maximumSampleFrequency: 192_000 });
    const firstAt = listAt + 8;
    writeDataRange(view, firstAt, none);
    view.setUint32(firstAt + FLAGS_AT, KSDATARANGE_ATTRIBUTES, true);
    const attributesAt = firstAt + 88;
    view.setUint32(attributesAt, attributesBytes, true);
    view.setUint32(attributesAt + 4, 1, true);
    const secondAt = attributesAt + 40;
    writeDataRange(view, secondAt, PLAIN_PCM_RANGE);
    const bytes = secondAt + 88 - listAt;
    view.setUint32(listAt, bytes, true);
    view.setUint32(listAt + 4, count, true);
    view.setUint32(filter.requestAt + 24, 0, true);
    filter.identify(KSPROPSETID_Pin, KSPROPERTY_PIN.DATAINTERSECTION, KSPROPERTY_TYPE_GET);
    return filter.send(32 + bytes, FORMAT_BYTES);
  };
  expect(askWith(40, 3)).toBe(STATUS_SUCCESS);
  expect(askWith(34, 3)).toBe(STATUS_SUCCESS);
  expect(askWith(40, 2)).toBe(STATUS_NO_MATCH);
  for (const [attributesBytes, count] of [
    [7, 3],
    [1000, 3],
    [40, 1],
  ] as const) {
    expect(askWith(attributesBytes, count)).toBe(STATUS_INVALID_PARAMETER);
  }
});

scenario('ranges meet where specifier, depth and rate overlap [PCL-DI-009]', (lab) => {
  const machine = bootPlain(lab);
  const meets = (audio: Partial<Audio>, guids?: Partial<DataRange>): boolean =>
    chosen(machine, range(audio, guids)) !== null;
  expect(meets({ minimumSampleFrequency: 48_000, maximumSampleFrequency: 96_000 })).toBe(true);
  expect(meets({ minimumSampleFrequency: 48_001, maximumSampleFrequency: 96_000 })).toBe(false);
  expect(meets({ minimumSampleFrequency: 1, maximumSampleFrequency: 8_000 })).toBe(true);
  expect(meets({ minimumSampleFrequency: 1, maximumSampleFrequency: 7_999 })).toBe(false);
  expect(meets({ minimumBitsPerSample: 16, maximumBitsPerSample: 32 })).toBe(true);
  expect(meets({ minimumBitsPerSample: 17, maximumBitsPerSample: 32 })).toBe(false);
  expect(meets({ minimumBitsPerSample: 1, maximumBitsPerSample: 7 })).toBe(false);
  expect(meets({ maximumChannels: 1 })).toBe(true);
  expect(meets({}, { specifier: KSDATAFORMAT_SPECIFIER_NONE })).toBe(false);
});

scenario('the default takes the highest rate, the most bits, and stereo [PCL-DI-010]', (lab) => {
  const own = range({ minimumSampleFrequency: 11_025, maximumSampleFrequency: 44_100 });
  const machine = bootPlain(lab, { descriptor: publishing(own) });
  expect(chosen(machine, own)).toEqual([44_100, 16, 2]);
  expect(chosen(machine, range({ maximumChannels: 8, maximumBitsPerSample: 24 }))).toEqual([
    44_100, 16, 2,
  ]);
  expect(chosen(machine, range({ maximumChannels: 1 }))).toEqual([44_100, 16, 1]);
  const low = range({ maximumBitsPerSample: 8, maximumSampleFrequency: 22_050 });
  expect(chosen(machine, low)).toEqual([22_050, 8, 2]);
});

scenario('the default knows PCM, two channels and two specifiers [PCL-DI-011]', (lab) => {
  const meets = (own: DataRange, asked = own): boolean =>
    chosen(bootPlain(lab, { descriptor: publishing(own) }), asked) !== null;
  const float = { subFormat: KSDATAFORMAT_SUBTYPE_IEEE_FLOAT };
  expect(meets(range({}))).toBe(true);
  expect(meets(range({}, { specifier: KSDATAFORMAT_SPECIFIER_DSOUND }))).toBe(true);
  expect(meets(range({}, float))).toBe(false);
  expect(meets(range({}, { specifier: KSDATAFORMAT_SPECIFIER_NONE }))).toBe(false);
  expect(meets(range({ maximumChannels: 0 }))).toBe(false);
  const wide = bootPlain(lab, { descriptor: publishing(range({ maximumChannels: 6 })) });
  expect(chosen(wide, range({ maximumChannels: 6 }))).toEqual([48_000, 16, 2]);
});

scenario('the request is a pin, a list and its aligned ranges [PCL-DI-014]', (lab) => {
  const machine = bootPlain(lab);
  expect(ask(machine, 512)).toBe(STATUS_SUCCESS);
  expect(ask(machine, 512, 96, 0)).toBe(STATUS_NO_MATCH);
  expect(ask(machine, 512, 7)).toBe(STATUS_INVALID_BUFFER_SIZE);
  expect(ask(machine, 512, 97)).toBe(STATUS_INVALID_BUFFER_SIZE);
  expect(ask(machine, 512, 50)).toBe(STATUS_INVALID_PARAMETER);
  const far = range({ minimumBitsPerSample: 24, maximumBitsPerSample: 24 });
  expect(chosen(machine, far, far, range({}))).toEqual([48_000, 16, 2]);
  expect(chosen(machine, far)).toBeNull();
});

scenario('a proposal tests a format and changes nothing [PCL-DI-019]', (lab) => {
  const machine = bootPlain(lab);
  const pin = machine.openPin();
  machine.takeCalls();
  expect(machine.filter.proposeFormat(0, formatOf({ sampleRate: 44_100 }))).toBe(STATUS_SUCCESS);
  expect(machine.filter.proposeFormat(0, formatOf({ sampleRate: 96_000 }))).toBe(STATUS_NO_MATCH);
  expect(machine.filter.proposeFormat(0, formatOf({ bits: 24 }))).toBe(STATUS_NO_MATCH);
  expect(machine.takeCalls().filter((call) => call.startsWith('Set'))).toEqual([]);
  expect(pin.getState()).toBe(KSSTATE.STOP);
});
