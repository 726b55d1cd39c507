/** Audio signal processing modes: what a filter lists, and how a client chooses one. */
import { describe, expect } from 'vitest';
import type { VirtualAddress } from '../../src/base/brand.ts';
import { type Guid, guid, readGuid } from '../../src/base/guid.ts';
import { roundUp } from '../../src/base/struct.ts';
import type { KsFilter } from '../../src/client/ks-filter.ts';
import { writePinName } from '../../src/ks/pin-connect.ts';
import { GENERIC_WRITE } from '../../src/portcls/ddi/index.ts';
import type { DataRange } from '../../src/standards/ks/descriptors.ts';
import { KSDATAFORMAT, KSDATAFORMAT_ATTRIBUTES } from '../../src/standards/ks/formats.ts';
import {
  KSINTERFACESETID_Standard,
  KSMEDIUMSETID_Standard,
  KSPROPSETID_Pin,
} from '../../src/standards/ks/guids.ts';
import {
  KSINTERFACE_STANDARD,
  KSMULTIPLE_ITEM,
  KSP_PIN,
  KSPROPERTY_PIN,
  KSPROPERTY_TYPE_GET,
} from '../../src/standards/ks/requests.ts';
import {
  AUDIO_SIGNALPROCESSINGMODE_DEFAULT as DEFAULT,
  KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE,
  KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE,
  KSPROPERTY_AUDIOSIGNALPROCESSING,
  KSPROPSETID_AudioSignalProcessing,
  AUDIO_SIGNALPROCESSINGMODE_RAW as RAW,
  withProcessingMode,
} from '../../src/standards/ks/signal-processing.ts';
import {
  waveDataFormatBytes,
  writeWaveDataFormat,
} from '../../src/standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_SUPPORTED,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { formatOf, type Lab, scenario } from '../../src/testing/index.ts';
import { PLAIN_PCM_RANGE, type PlainAnswers, plainDescriptor } from '../support/plain-driver.ts';
import { addFilter } from '../support/plain-filters.ts';
import { bootPlain, type PlainMachine, STEREO_48 } from '../support/plain-machine.ts';
import { ModesMiniport, type PinModes } from '../support/plain-modes.ts';

const SPEECH = guid('{FC1CFC9B-B9D6-4CFA-B5E0-4BB2166878B2}', 'SPEECH');
const { MODES } = KSPROPERTY_AUDIOSIGNALPROCESSING;
const ATTRIBUTE = KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE;

/** Pin 0 streams, pin 1 is a bridge. */
function bootModes(lab: Lab, modes: PinModes, answers: PlainAnswers = {}) {
  const made: ModesMiniport[] = [];
  const machine = bootPlain(lab, {
    ...answers,
    startDevice: (driver, device, irp, list) => {
      const miniport = new ModesMiniport(driver, modes);
      made.push(miniport);
      const { status, port } = addFilter(driver, { device, irp, list }, 'Wave', miniport);
      port.release();
      return status;
    },
  });
  const [miniport] = made;
  if (miniport === undefined) throw new Error('no miniport');
  return { machine, miniport };
}

function getModes(filter: KsFilter, pinId: number, valueBytes: number) {
  const { requestAt, valueAt, view } = filter;
  KSP_PIN.write(view, requestAt, { PinId: pinId, Reserved: 0 });
  const set = KSPROPSETID_AudioSignalProcessing;
  const status = filter.get(set, MODES, valueBytes, KSP_PIN.size);
  const { Count, Size } = KSMULTIPLE_ITEM.read(view, valueAt);
  const at = valueAt + KSMULTIPLE_ITEM.size;
  const listed = status === STATUS_SUCCESS ? Count : 0;
  const modes = Array.from({ length: listed }, (_, index) => readGuid(view, at + 16 * index));
  return { status, modes, size: Size, bytes: filter.bytesReturned };
}

scenario('a filter lists the modes of each pin [WRT-MOD-003]', (lab) => {
  const { filter } = bootModes(lab, [[DEFAULT, RAW, SPEECH], null]).machine;
  expect(getModes(filter, 0, 56)).toEqual({
    status: STATUS_SUCCESS,
    modes: [DEFAULT, RAW, SPEECH],
    size: 56,
    bytes: 56,
  });
  expect(getModes(filter, 0, 0)).toMatchObject({ status: STATUS_BUFFER_OVERFLOW, bytes: 56 });
  expect(getModes(filter, 0, 55)).toMatchObject({ status: STATUS_BUFFER_TOO_SMALL });
  expect(getModes(filter, 1, 56)).toMatchObject({ status: STATUS_SUCCESS, modes: [], size: 8 });
  expect(getModes(filter, 2, 56)).toMatchObject({ status: STATUS_INVALID_PARAMETER });
});

scenario('the list is to be got, of the filter, by the pin’s number [WRT-MOD-003]', (lab) => {
  const { machine } = bootModes(lab, [[DEFAULT], null]);
  const { filter } = machine;
  const set = KSPROPSETID_AudioSignalProcessing;
  expect(filter.get(set, MODES, 56)).toBe(STATUS_INVALID_BUFFER_SIZE);
  expect(filter.set(set, MODES, 56, KSP_PIN.size)).toBe(STATUS_INVALID_DEVICE_REQUEST);
});

scenario('the port asks GetModes for the number, then for the modes [WRT-MOD-001]', (lab) => {
  const { machine, miniport } = bootModes(lab, [[DEFAULT, RAW], null]);
  const spied = machine.spy();
  getModes(machine.filter, 0, 56);
  expect([miniport.counted, miniport.listed]).toEqual([1, 1]);
  const calls = spied.filter(({ name }) => name === 'IMiniportAudioSignalProcessing.GetModes');
  expect(calls.map(({ args, irql }) => [args[0], args[1] === null, irql])).toEqual([
    [0, true, 0],
    [0, false, 0],
  ]);
});

scenario('without the interface a filter has no modes, but a table may [WRT-MOD-001]', (lab) => {
  const plain = bootPlain(lab);
  expect(getModes(plain.filter, 0, 56)).toMatchObject({ status: STATUS_PROPSET_NOT_FOUND });
  const tabled = bootPlain(lab, {
    descriptor: {
      ...plainDescriptor,
      automationTable: {
        properties: [
          {
            set: KSPROPSETID_AudioSignalProcessing,
            id: MODES,
            flags: KSPROPERTY_TYPE_GET,
            handler: (request) => {
              request.valueSize = 0;
              return STATUS_NOT_SUPPORTED;
            },
          },
        ],
      },
    },
  });
  expect(getModes(tabled.filter, 0, 56)).toMatchObject({ status: STATUS_NOT_SUPPORTED });
});

scenario('a streaming pin without RAW and DEFAULT is noted [WRT-MOD-003]', (lab) => {
  for (const modes of [[], [SPEECH]]) {
    const { machine } = bootModes(lab, [modes, null]);
    machine.lab.expectFinding(/GetModes: pin 0 has neither RAW nor DEFAULT/);
    expect(getModes(machine.filter, 0, 56)).toMatchObject({ status: STATUS_SUCCESS, modes });
  }
});

/** The mode that stands behind the format NewStream got; null when there is none. */
function modeBehind(machine: PlainMachine, at: VirtualAddress): Guid | null {
  const { view } = machine.kernel.ram;
  const { Flags, FormatSize } = KSDATAFORMAT.read(view, at);
  if ((Flags & KSDATAFORMAT_ATTRIBUTES) === 0) return null;
  const listAt = at + roundUp(FormatSize, 8);
  expect(KSMULTIPLE_ITEM.read(view, listAt)).toEqual({ Size: 48, Count: 1 });
  const attribute = ATTRIBUTE.read(view, listAt + KSMULTIPLE_ITEM.size);
  expect([attribute.Size, attribute.Attribute]).toEqual([
    40,
    KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE,
  ]);
  return attribute.SignalProcessingMode;
}

scenario('the mode travels behind the format, and the miniport decides [WRT-MOD-004]', (lab) => {
  const asked: (Guid | null)[] = [];
  const { machine } = bootModes(lab, [[DEFAULT, RAW], null], {
    newStream: (_stream, _capture, format) => {
      const mode = modeBehind(machine, format);
      asked.push(mode);
      return mode === SPEECH ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
    },
  });
  const open = (mode: Guid | null) => machine.filter.tryOpenPin(0, STEREO_48, mode);
  const raw = open(RAW);
  expect(raw.status).toBe(STATUS_SUCCESS);
  expect(open(null).status).toBe(STATUS_SUCCESS);
  expect(asked).toEqual([RAW, null]);
  raw.pin?.close();
  expect(open(SPEECH)).toEqual({ status: STATUS_NOT_SUPPORTED, pin: null });
  expect(asked).toEqual([RAW, null, SPEECH]);
});

scenario('a miniport that takes a mode it does not list is noted [WRT-MOD-004]', (lab) => {
  const { machine } = bootModes(lab, [[DEFAULT], null]);
  machine.lab.expectFinding(/NewStream took a mode that pin 0 does not list: \{9E90EA20/);
  expect(machine.filter.tryOpenPin(0, STEREO_48, DEFAULT).status).toBe(STATUS_SUCCESS);
  expect(machine.lab.findings).toEqual([]);
  expect(machine.filter.tryOpenPin(0, STEREO_48, RAW).status).toBe(STATUS_SUCCESS);
});

describe('a format that one mode alone takes', () => {
  const onlyRaw =
    (machine: () => PlainMachine): NonNullable<PlainAnswers['newStream']> =>
    (_stream, _capture, format) =>
      modeBehind(machine(), format) === RAW ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
  const open = (filter: KsFilter, mode: Guid, sampleRate = 48_000): NtStatus => {
    const { pin, status } = filter.tryOpenPin(0, formatOf({ sampleRate }), mode);
    pin?.close();
    return status;
  };
  const at = (rateHz: number): DataRange => ({
    ...PLAIN_PCM_RANGE,
    audio: {
      maximumChannels: 2,
      minimumBitsPerSample: 16,
      maximumBitsPerSample: 16,
      minimumSampleFrequency: rateHz,
      maximumSampleFrequency: rateHz,
    },
  });

  scenario('is intersected, whatever the mode, and opens in that one [WRT-FMT-017]', (lab) => {
    const booted = bootModes(lab, [[DEFAULT, RAW], null], { newStream: onlyRaw(() => machine) });
    const machine: PlainMachine = booted.machine;
    const { filter } = machine;
    expect(filter.intersect(0, [at(48_000)])).not.toBeNull();
    expect(open(filter, DEFAULT)).toBe(STATUS_NOT_SUPPORTED);
    expect(open(filter, RAW)).toBe(STATUS_SUCCESS);
    expect(machine.lab.findings).toEqual([]);
  });

  scenario('and that the miniport says it does not take is noted [WRT-FMT-017]', (lab) => {
    const booted = bootModes(lab, [[DEFAULT, RAW], null], {
      intersect: () => STATUS_NO_MATCH,
      newStream: onlyRaw(() => machine),
    });
    const machine: PlainMachine = booted.machine;
    const { filter } = machine;
    const { findings } = machine.lab;
    // Nobody asked yet; somebody asked, for another rate; the format is refused in this mode too.
    expect(open(filter, RAW)).toBe(STATUS_SUCCESS);
    expect(filter.intersect(0, [at(44_100)])).toBeNull();
    expect(open(filter, RAW)).toBe(STATUS_SUCCESS);
    expect(open(filter, DEFAULT, 44_100)).toBe(STATUS_NOT_SUPPORTED);
    expect(findings).toEqual([]);
    // The question and the stream may come by different handles.
    filter.close();
    expect(open(machine.lab.openFilter(), RAW, 44_100)).toBe(STATUS_SUCCESS);
    const fault = /took in mode AUDIO_SIGNALPROCESSINGMODE_RAW of pin 0 a format that DataRangeI/;
    machine.lab.expectFinding(fault);
    expect(machine.lab.findings).toHaveLength(1);
  });
});

scenario('an attribute too short for a mode opens no pin [WRT-MOD-004]', (lab) => {
  const { machine } = bootModes(lab, [[RAW], null]);
  const plain = new Uint8Array(waveDataFormatBytes(STEREO_48));
  writeWaveDataFormat(new DataView(plain.buffer), 0, STEREO_48);
  const whole = withProcessingMode(plain, RAW);
  const attributeAt = whole.length - ATTRIBUTE.size;
  const open = (size: number) => {
    new DataView(whole.buffer).setUint32(attributeAt, size, true);
    const connect = {
      interfaceSet: KSINTERFACESETID_Standard,
      interfaceId: KSINTERFACE_STANDARD.LOOPED_STREAMING,
      mediumSet: KSMEDIUMSETID_Standard,
      mediumId: 0,
      pinId: 0,
      pinToHandle: 0,
      format: whole,
    };
    const { process } = machine.lab.client;
    const name = writePinName(connect, process.pointerBytes);
    return process.createRelativeFile(machine.filter.handle, name, GENERIC_WRITE).status;
  };
  machine.takeCalls();
  expect([24, 39, 41].map(open)).toEqual([
    STATUS_INVALID_PARAMETER,
    STATUS_INVALID_PARAMETER,
    STATUS_INVALID_PARAMETER,
  ]);
  expect(machine.takeCalls()).not.toContain('NewStream 0 render');
  expect(open(40)).toBe(STATUS_SUCCESS);
});

scenario('a preferred format is the miniport’s to give, for one mode [WRT-FMT-012]', (lab) => {
  const seen: (Guid | null)[] = [];
  const machine = bootPlain(lab, {
    descriptor: {
      ...plainDescriptor,
      automationTable: {
        properties: [
          {
            set: KSPROPSETID_Pin,
            id: KSPROPERTY_PIN.PROPOSEDATAFORMAT2,
            flags: KSPROPERTY_TYPE_GET,
            handler: (request) => {
              const { view } = machine.kernel.ram;
              const modeAt = 8 + KSMULTIPLE_ITEM.size + ATTRIBUTE.offsets.SignalProcessingMode;
              const instance = request.instance;
              const mode = instance === null ? null : readGuid(view, instance + modeAt);
              seen.push(mode);
              request.valueSize = 0;
              if (mode !== RAW || request.value === null) return STATUS_NOT_SUPPORTED;
              writeWaveDataFormat(view, request.value, STEREO_48);
              request.valueSize = waveDataFormatBytes(STEREO_48);
              return STATUS_SUCCESS;
            },
          },
        ],
      },
    },
  });
  const { filter } = machine;
  const id = KSPROPERTY_PIN.PROPOSEDATAFORMAT2;
  const requestBytes = KSP_PIN.size + KSMULTIPLE_ITEM.size + ATTRIBUTE.size;
  const ask = (mode: Guid) => {
    const { requestAt, view } = filter;
    KSP_PIN.write(view, requestAt, { PinId: 0, Reserved: 0 });
    KSMULTIPLE_ITEM.write(view, requestAt + KSP_PIN.size, { Size: 48, Count: 1 });
    ATTRIBUTE.write(view, requestAt + KSP_PIN.size + KSMULTIPLE_ITEM.size, {
      Size: ATTRIBUTE.size,
      Flags: 0,
      Attribute: KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE,
      SignalProcessingMode: mode,
    });
    return filter.get(KSPROPSETID_Pin, id, 128, requestBytes);
  };
  expect([ask(RAW), ask(DEFAULT)]).toEqual([STATUS_SUCCESS, STATUS_NOT_SUPPORTED]);
  expect(seen).toEqual([RAW, DEFAULT]);
  expect(filter.set(KSPROPSETID_Pin, id, 128, requestBytes)).toBe(STATUS_INVALID_DEVICE_REQUEST);
  const silent = bootPlain(lab).filter;
  KSP_PIN.write(silent.view, silent.requestAt, { PinId: 0, Reserved: 0 });
  expect(silent.get(KSPROPSETID_Pin, id, 128, requestBytes)).toBe(STATUS_NOT_SUPPORTED);
});
