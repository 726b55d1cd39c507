/** Pin factories: instance counts, IPinCount, and what a create request must say. */
import { expect } from 'vitest';
import { type Guid, guid } from '../../src/base/guid.ts';
import { KsFilter } from '../../src/client/ks-filter.ts';
import { GENERIC_READ, GENERIC_WRITE } from '../../src/kernel/io/io-codes.ts';
import { writePinName } from '../../src/ks/pin-connect.ts';
import {
  type DataRange,
  IID_IPinCount,
  type InterfaceId,
  type PcFilterDescriptor,
} from '../../src/portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
  KSDATAFORMAT_TYPE_WILDCARD,
  KSINTERFACESETID_Standard,
  KSMEDIUMSETID_Standard,
  KSNODETYPE_DAC,
  KSPROPSETID_Pin,
} from '../../src/standards/ks/guids.ts';
import {
  KSINSTANCE_INDETERMINATE,
  KSPROPERTY_PIN,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
} from '../../src/standards/ks/requests.ts';
import {
  waveDataFormatBytes,
  writeWaveDataFormat,
} from '../../src/standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { answered, send } from '../support/ks-requests.ts';
import { plainDescriptor, plainRenderPin } from '../support/plain-driver.ts';
import {
  addFilter,
  addTopology,
  type Counters,
  CountingMiniport,
} from '../support/plain-filters.ts';
import { bootPlain, type PlainMachine, STEREO_48 } from '../support/plain-machine.ts';

const GET = KSPROPERTY_TYPE_GET;
const OTHER = guid('{3C0E5B2A-70F1-4E0B-8B0A-19D3C5E6F7A8}');

interface Limits {
  readonly perFilter: number;
  readonly global: number;
  readonly least?: number;
}

function limited({ global, least = 0, perFilter }: Limits): PcFilterDescriptor {
  const pin = {
    ...plainRenderPin,
    maxFilterInstanceCount: perFilter,
    maxGlobalInstanceCount: global,
    minFilterInstanceCount: least,
  };
  return { ...plainDescriptor, pins: [pin, ...plainDescriptor.pins.slice(1)] };
}

/** A property of pin 0 as 32-bit words. */
function ofPin(filter: PlainMachine['filter'], id: number, count: number): number[] {
  const get = { set: KSPROPSETID_Pin, id, flags: GET, words: [0, 0], valueBytes: 4 * count };
  expect(send(filter, get)).toBe(STATUS_SUCCESS);
  return answered(filter, count);
}

const counts = (filter: PlainMachine['filter']): number[] =>
  ofPin(filter, KSPROPERTY_PIN.CINSTANCES, 2);
const globalCounts = (filter: PlainMachine['filter']): number[] =>
  ofPin(filter, KSPROPERTY_PIN.GLOBALCINSTANCES, 2);

scenario('a filter opens as many pins as its descriptor allows [PCL-PIN-001]', (lab) => {
  const open = (perFilter: number, times: number): NtStatus[] => {
    const descriptor = limited({ perFilter, global: KSINSTANCE_INDETERMINATE });
    const { filter } = bootPlain(lab, { descriptor });
    return Array.from({ length: times }, () => filter.tryOpenPin(0, STEREO_48).status);
  };
  const refused = STATUS_INSUFFICIENT_RESOURCES;
  expect(open(0, 1)).toEqual([refused]);
  expect(open(1, 2)).toEqual([STATUS_SUCCESS, refused]);
  expect(open(2, 3)).toEqual([STATUS_SUCCESS, STATUS_SUCCESS, refused]);
  expect(open(KSINSTANCE_INDETERMINATE, 20).every(ntSuccess)).toBe(true);
});

scenario('all filters of a device share the global count [PCL-PIN-002]', (lab) => {
  const machine = bootPlain(lab, { descriptor: limited({ perFilter: 5, global: 1 }) });
  const other = machine.lab.openFilter();
  const pin = machine.openPin();
  expect(other.tryOpenPin(0, STEREO_48).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
  pin.close();
  expect(other.tryOpenPin(0, STEREO_48).status).toBe(STATUS_SUCCESS);
});

scenario('the necessary count is the least of the descriptor [PCL-PIN-003]', (lab) => {
  const descriptor = limited({ perFilter: 5, global: 5, least: 3 });
  const { filter } = bootPlain(lab, { descriptor });
  expect(ofPin(filter, KSPROPERTY_PIN.NECESSARYINSTANCES, 1)).toEqual([3]);
});

scenario('instances are counted per filter and over all [PCL-PIN-005 PCL-PIN-006]', (lab) => {
  const descriptor = limited({ perFilter: KSINSTANCE_INDETERMINATE, global: 7 });
  const machine = bootPlain(lab, { descriptor });
  const other = machine.lab.openFilter();
  machine.openPin();
  machine.openPin();
  other.openPin(0, STEREO_48);
  expect(counts(machine.filter)).toEqual([KSINSTANCE_INDETERMINATE, 2]);
  expect(counts(other)).toEqual([KSINSTANCE_INDETERMINATE, 1]);
  expect([globalCounts(machine.filter), globalCounts(other)]).toEqual([
    [7, 3],
    [7, 3],
  ]);
});

scenario('a closed pin and a failed create leave the count as it was [PCL-PIN-007]', (lab) => {
  const machine = bootPlain(lab, { descriptor: limited({ perFilter: 1, global: 1 }) });
  for (let time = 0; time < 20; time++) machine.openPin().close();
  machine.answers.newStream = () => STATUS_NO_MATCH;
  expect(machine.filter.tryOpenPin(0, STEREO_48).status).toBe(STATUS_NO_MATCH);
  delete machine.answers.newStream;
  expect([counts(machine.filter), globalCounts(machine.filter)]).toEqual([
    [1, 0],
    [1, 0],
  ]);
  machine.openPin();
});

/** A machine whose miniport has IPinCount; the function may change the counters. */
function bootCounting(
  lab: Lab,
  count: (pinId: number, counters: Counters) => void,
  Miniport = CountingMiniport,
): PlainMachine {
  return bootPlain(lab, {
    startDevice: (driver, device, irp, list) => {
      const miniport = new Miniport(driver, count);
      const { port, status } = addFilter(driver, { device, irp, list }, 'Wave', miniport);
      port.release();
      return status;
    },
  });
}

/** Has the method, and does not let on to the interface. */
class SecretiveMiniport extends CountingMiniport {
  override queryInterface<T>(iid: InterfaceId<unknown>): T | null {
    return iid.iid === IID_IPinCount.iid ? null : super.queryInterface(iid);
  }
}

scenario('IPinCount is found by QueryInterface on the miniport [PCL-PIN-008]', (lab) => {
  const asked: number[] = [];
  const note = (pinId: number): void => {
    asked.push(pinId);
  };
  counts(bootCounting(lab, note).filter);
  expect(asked).toEqual([0]);
  counts(bootCounting(lab, note, SecretiveMiniport).filter);
  expect(asked).toEqual([0]);
  const slots = IID_IPinCount.slots.map(({ windowsName }) => windowsName);
  expect(slots).toEqual(['QueryInterface', 'AddRef', 'Release', 'PinCount']);
});

scenario('PinCount is asked before every count and every stream [PCL-PIN-010]', (lab) => {
  const machine = bootCounting(lab, () => undefined);
  const { filter } = machine;
  machine.takeCalls();
  const asks = (act: () => void): string[] => {
    act();
    return machine.takeCalls().filter((call) => /^PinCount|^NewStream/.test(call));
  };
  expect(asks(() => counts(filter))).toEqual(['PinCount 0']);
  expect(asks(() => globalCounts(filter))).toEqual(['PinCount 0']);
  const { CTYPES, NECESSARYINSTANCES } = KSPROPERTY_PIN;
  expect(asks(() => ofPin(filter, NECESSARYINSTANCES, 1))).toEqual(['PinCount 0']);
  expect(asks(() => ofPin(filter, CTYPES, 1))).toEqual([]);
  expect(asks(() => filter.openPin(0, STEREO_48))).toEqual(['PinCount 0', 'NewStream 0 render']);
});

scenario('what PinCount writes takes the place of the descriptor [PCL-PIN-011]', (lab) => {
  const given: number[][] = [];
  const machine = bootCounting(lab, (_pin, { necessary, current, possible, ...global }) => {
    const { globalCurrent, globalPossible } = global;
    const all = [necessary, current, possible, globalCurrent, globalPossible];
    given.push(all.map((each) => each.value));
    for (const [index, counter] of all.entries()) counter.value = 10 + index;
  });
  expect(counts(machine.filter)).toEqual([12, 11]);
  expect(globalCounts(machine.filter)).toEqual([14, 13]);
  expect(ofPin(machine.filter, KSPROPERTY_PIN.NECESSARYINSTANCES, 1)).toEqual([10]);
  expect(given[0]).toEqual([0, 0, 2, 0, 2]);
  const full = bootCounting(lab, (_pin, { possible }) => {
    possible.value = 0;
  });
  expect(full.filter.tryOpenPin(0, STEREO_48).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
});

scenario('PinCount must not open pins [PCL-PIN-012]', (lab) => {
  let depth = 0;
  const machine: PlainMachine = bootCounting(lab, () => {
    if (depth++ === 0) machine.filter.tryOpenPin(0, STEREO_48);
  });
  counts(machine.filter);
  machine.lab.expectFinding(/opened from inside IPinCount::PinCount/);
});

scenario('without IPinCount the descriptor counts [PCL-PIN-013]', (lab) => {
  const machine = bootPlain(lab, { descriptor: limited({ perFilter: 4, global: 6, least: 1 }) });
  expect([counts(machine.filter), globalCounts(machine.filter)]).toEqual([
    [4, 0],
    [6, 0],
  ]);
  expect(machine.takeCalls()).toContain('QueryInterface IPinCount');
});

interface Asked {
  readonly interfaceSet?: Guid;
  readonly interfaceId?: number;
  readonly mediumSet?: Guid;
  readonly mediumId?: number;
  readonly pinToHandle?: number;
  readonly majorFormat?: Guid;
  readonly subFormat?: Guid;
  readonly specifier?: Guid;
  readonly access?: number;
}

/** Opens pin 0 with a create request that differs from a good one in what is asked. */
function create({ filter }: PlainMachine, asked: Asked = {}): NtStatus {
  const format = new Uint8Array(waveDataFormatBytes(STEREO_48));
  writeWaveDataFormat(new DataView(format.buffer), 0, STEREO_48);
  const view = new DataView(format.buffer);
  const guids = [asked.majorFormat, asked.subFormat, asked.specifier];
  for (const [index, value] of guids.entries()) {
    for (let word = 0; value !== undefined && word < 4; word++) {
      view.setUint32(16 + 16 * index + 4 * word, value.words[word] ?? 0, true);
    }
  }
  const connect = {
    interfaceSet: asked.interfaceSet ?? KSINTERFACESETID_Standard,
    interfaceId: asked.interfaceId ?? 1,
    mediumSet: asked.mediumSet ?? KSMEDIUMSETID_Standard,
    mediumId: asked.mediumId ?? 0,
    pinId: 0,
    pinToHandle: asked.pinToHandle ?? 0,
    format,
  };
  const { process } = filter.home;
  const name = writePinName(connect, process.pointerBytes);
  const opened = process.createRelativeFile(filter.handle, name, asked.access ?? GENERIC_WRITE);
  if (ntSuccess(opened.status)) process.closeHandle(opened.handle);
  return opened.status;
}

scenario('a sink pin is opened by its client, not for another pin [PCL-PIN-015]', (lab) => {
  const machine = bootPlain(lab);
  expect(create(machine)).toBe(STATUS_SUCCESS);
  expect(create(machine, { pinToHandle: 0x1234 })).toBe(STATUS_INVALID_PARAMETER);
  expect(create(machine, { pinToHandle: machine.filter.handle })).toBe(STATUS_INVALID_PARAMETER);
});

scenario("interface, medium and format have to be the factory's [PCL-PIN-016]", (lab) => {
  const machine = bootPlain(lab);
  expect(create(machine, { interfaceSet: OTHER })).toBe(STATUS_NO_MATCH);
  expect(create(machine, { interfaceId: 5 })).toBe(STATUS_NO_MATCH);
  expect(create(machine, { mediumSet: OTHER })).toBe(STATUS_NO_MATCH);
  expect(create(machine, { mediumId: 1 })).toBe(STATUS_NO_MATCH);
  const plain = { major: KSDATAFORMAT_TYPE_AUDIO, sub: KSDATAFORMAT_SUBTYPE_PCM };
  const spec = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  const wild = KSDATAFORMAT_TYPE_WILDCARD;
  // A WaveRT pin carries audio, so a range that nothing here matches goes with each.
  const audio = { majorFormat: plain.major, subFormat: KSNODETYPE_DAC, specifier: spec };
  const ranges: Record<string, DataRange> = {
    exact: { majorFormat: plain.major, subFormat: plain.sub, specifier: spec },
    anySubtype: { majorFormat: plain.major, subFormat: wild, specifier: OTHER },
    anything: { majorFormat: wild, subFormat: OTHER, specifier: OTHER },
    other: { majorFormat: OTHER, subFormat: wild, specifier: wild },
  };
  const asked: Record<string, Asked> = {
    pcm: {},
    major: { majorFormat: OTHER },
    subtype: { subFormat: OTHER },
    specifier: { specifier: OTHER },
  };
  const table = Object.entries(ranges).map(([rangeName, range]) => {
    const pins = [
      { ...plainRenderPin, dataRanges: [range, audio] },
      ...plainDescriptor.pins.slice(1),
    ];
    const booted = bootPlain(lab, { descriptor: { ...plainDescriptor, pins } });
    if (rangeName !== 'exact') booted.lab.expectFinding(/a wild card/);
    const accepted = Object.entries(asked).filter(([, each]) => ntSuccess(create(booted, each)));
    return [rangeName, accepted.map(([name]) => name).join(' ')];
  });
  // A wave pin has to understand the specifier as well, whatever a wild card lets through.
  expect(table).toEqual([
    ['exact', 'pcm'],
    ['anySubtype', 'pcm subtype'],
    ['anything', 'pcm major subtype'],
    ['other', 'major'],
  ]);
});

scenario('a client asks for the access that fits the flow [PCL-PIN-017]', (lab) => {
  const machine = bootPlain(lab);
  create(machine);
  expect(machine.lab.findings).toEqual([]);
  create(machine, { access: GENERIC_READ });
  machine.lab.expectFinding(/opened a pin without GENERIC_WRITE/);
});

scenario('every port answers the sixteen properties of pins [PCL-PIN-019]', (lab) => {
  const machine = bootPlain(lab, {
    startDevice: (driver, device, irp, list) => {
      addTopology(driver, { device, irp, list }).port.release();
      return driver.addWave('Wave', device, irp, list);
    },
  });
  const links = machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO);
  expect(links).toHaveLength(2);
  const served = Object.entries(KSPROPERTY_PIN).filter(([, id]) => id < 16);
  expect(served).toHaveLength(16);
  for (const link of links) {
    const filter = KsFilter.open(machine.lab.client, link);
    for (const [name, id] of served) {
      const flags = KSPROPERTY_TYPE_BASICSUPPORT;
      const query = { set: KSPROPSETID_Pin, id, flags, words: [0, 0], valueBytes: 4 };
      expect(send(filter, query), name).toBe(STATUS_SUCCESS);
    }
    const id = KSPROPERTY_PIN.PROPOSEDATAFORMAT2;
    const asked = { set: KSPROPSETID_Pin, id, flags: GET, words: [0, 0], valueBytes: 128 };
    expect(send(filter, asked)).toBe(STATUS_NOT_SUPPORTED);
    filter.close();
  }
});
