/** What handlers answer, at once and later: sizes, basic support, pending requests, states. */
import { expect } from 'vitest';
import { DISPATCH_LEVEL } from '../../src/kernel/irql.ts';
import type { PcPropertyRequest } from '../../src/portcls/ddi/index.ts';
import { KSPROPSETID_Connection, KSPROPSETID_Pin } from '../../src/standards/ks/guids.ts';
import {
  IOCTL_KS_PROPERTY,
  KSP_PIN,
  KSPROPERTY_CONNECTION,
  KSPROPERTY_DESCRIPTION,
  KSPROPERTY_PIN,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import {
  waveDataFormatBytes,
  writeWaveDataFormat,
} from '../../src/standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_CANCELLED,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { formatOf, scenario } from '../../src/testing/index.ts';
import { answered, send } from '../support/ks-requests.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';
import { type Answer, answerUlong, bootTabled, SET, succeed } from '../support/property-tables.ts';

const GET = KSPROPERTY_TYPE_GET;
const SUPPORT = KSPROPERTY_TYPE_BASICSUPPORT;
const ULONG = 4;

scenario(
  'a size query gets the size with STATUS_BUFFER_OVERFLOW, a short buffer gets none; a handler ' +
    'that answers otherwise is reported [PCL-PROP-015 PCL-PROP-016 PCL-PROP-017]',
  (lab) => {
    const { filter, machine } = bootTabled(lab, (request) =>
      answerUlong(() => machine, 5)(request),
    );
    const get = { set: SET, id: 0, flags: GET };
    expect(send(filter, get)).toBe(STATUS_BUFFER_OVERFLOW);
    expect(filter.bytesReturned).toBe(4);
    expect(send(filter, { ...get, valueBytes: 3 })).toBe(STATUS_BUFFER_TOO_SMALL);
    expect(filter.bytesReturned).toBe(0);
    expect(send(filter, { ...get, valueBytes: 16 })).toBe(STATUS_SUCCESS);
    expect(filter.bytesReturned).toBe(4);
    const wrong = (answer: Answer, valueBytes: number, finding: RegExp): void => {
      const untidy = bootTabled(lab, answer);
      send(untidy.filter, { ...get, valueBytes });
      untidy.machine.lab.expectFinding(finding);
    };
    wrong(() => STATUS_BUFFER_TOO_SMALL, 0, /size query was not answered with STATUS_BUFFER_OVER/);
    wrong(succeed, 0, /size query was not answered with STATUS_BUFFER_OVERFLOW/);
    wrong(() => STATUS_BUFFER_OVERFLOW, 0, /size query was answered without the size/);
    const boast: Answer = (request) => {
      request.valueSize = 100;
      return STATUS_SUCCESS;
    };
    wrong(boast, 8, /ValueSize is 100 in a buffer of 8 bytes/);
  },
);

/** Basic support as the pages ask for it, with `memberBytes` behind the description. */
function supportAnswer(machine: () => PlainMachine, memberBytes: number): Answer {
  const whole = KSPROPERTY_DESCRIPTION.size + memberBytes;
  return (request) => {
    const { value, valueSize } = request;
    const isKnown = valueSize === ULONG || valueSize === 40 || valueSize >= whole;
    if (value === null || !isKnown) return STATUS_BUFFER_TOO_SMALL;
    const { view } = machine().kernel.ram;
    view.setUint32(value, SUPPORT | GET, true);
    if (valueSize > ULONG) view.setUint32(value + 4, whole, true);
    request.valueSize = Math.min(valueSize, whole);
    return STATUS_SUCCESS;
  };
}

scenario(
  'basic support is answered as a ULONG, as a description, and in full ' +
    '[PCL-PROP-018 PCL-PROP-019 PCL-PROP-020 PCL-PROP-021]',
  (lab) => {
    const flags = SUPPORT | GET;
    const tidy = bootTabled(
      lab,
      (request) => supportAnswer(() => tidy.machine, 24)(request),
      flags,
    );
    const query = { set: SET, id: 0, flags: SUPPORT };
    const sizes = [4, 40, 64, 80].map((valueBytes) => {
      expect(send(tidy.filter, { ...query, valueBytes })).toBe(STATUS_SUCCESS);
      return tidy.filter.bytesReturned;
    });
    expect(sizes).toEqual([4, 40, 64, 64]);
    for (const valueBytes of [0, 3, 5, 39, 41, 63]) {
      expect(send(tidy.filter, { ...query, valueBytes })).toBe(STATUS_BUFFER_TOO_SMALL);
    }
    const untidy = bootTabled(lab, succeed, flags);
    expect(send(untidy.filter, { ...query, valueBytes: 20 })).toBe(STATUS_SUCCESS);
    untidy.machine.lab.expectFinding(/basic support succeeded with a buffer of 20 bytes/);
  },
);

/** A machine whose handler keeps its request, and the driver's way to complete it. */
function bootPending(lab: Parameters<typeof bootPlain>[0]) {
  const kept: PcPropertyRequest[] = [];
  const booted = bootTabled(lab, (request) => {
    kept.push(request);
    return STATUS_PENDING;
  });
  const { driver, filter, kernel } = {
    ...booted.machine,
    ...booted,
    kernel: booted.machine.kernel,
  };
  filter.identify(SET, 0, GET);
  const start = () =>
    filter.home.process.deviceIoControlAsync(
      filter.handle,
      IOCTL_KS_PROPERTY,
      filter.requestAt,
      24,
      filter.valueAt,
      4,
    );
  const complete = (status: NtStatus): NtStatus => {
    const [request] = kept;
    if (request === undefined) throw new Error('nothing is kept');
    return driver.wdk.PcCompletePendingPropertyRequest(request, status);
  };
  return { ...booted, driver, kernel, kept, start, complete };
}

scenario('a handler may answer later, up to DISPATCH_LEVEL [PCL-PROP-025]', (lab) => {
  const { complete, filter, kept, kernel, start } = bootPending(lab);
  const request = start();
  expect(request.isDone).toBe(false);
  const [record] = kept;
  if (record?.value === null || record === undefined) throw new Error('no value');
  kernel.ram.view.setUint32(record.value, 0xabcd, true);
  record.valueSize = 4;
  kernel.irql.raise(DISPATCH_LEVEL);
  expect(complete(STATUS_SUCCESS)).toBe(STATUS_SUCCESS);
  kernel.irql.lower(0);
  expect([request.isDone, request.status, request.information]).toEqual([true, STATUS_SUCCESS, 4]);
  expect(answered(filter, 1)).toEqual([0xabcd]);
});

scenario('a pended request is completed once, and with a final status [PCL-PROP-027]', (lab) => {
  const { complete, machine, start } = bootPending(lab);
  const request = start();
  expect(complete(STATUS_PENDING)).toBe(STATUS_INVALID_PARAMETER);
  machine.lab.expectFinding(/was given STATUS_PENDING/);
  expect(request.isDone).toBe(false);
  expect(complete(STATUS_NO_MATCH)).toBe(STATUS_SUCCESS);
  expect(request.status).toBe(STATUS_NO_MATCH);
  expect(complete(STATUS_SUCCESS)).toBe(STATUS_INVALID_PARAMETER);
  machine.lab.expectFinding(/on a request that is not pending/);
});

scenario(
  'a driver sees that a pended request is cancelled with its device [PCL-REM-008]',
  (lab) => {
    const { complete, kept, machine, start } = bootPending(lab);
    const request = start();
    expect(kept[0]?.irp.cancel).toBe(false);
    machine.kernel.pnp.surpriseRemoval(machine.lab.machine.node);
    expect(kept[0]?.irp.cancel).toBe(true);
    expect(complete(STATUS_CANCELLED)).toBe(STATUS_SUCCESS);
    expect([request.isDone, request.status]).toEqual([true, STATUS_CANCELLED]);
  },
);

scenario('a request that is never completed leaks with its handle [PCL-PROP-028]', (lab) => {
  const { filter, machine, start } = bootPending(lab);
  start();
  filter.close();
  machine.lab.expectLeft(/IRP DEVICE_CONTROL/);
  machine.lab.expectLeft(/file on/);
  machine.lab.expectLeft(/KsRq/);
  machine.lab.expectLeft(/WaveRT port/);
});

scenario("a property of the filter that is sent to a pin is the filter's [PCL-PROP-029]", (lab) => {
  const { machine, seen } = bootTabled(lab, succeed);
  const pin = machine.openPin();
  const { CTYPES, DATAFLOW } = KSPROPERTY_PIN;
  expect(send(pin, { set: KSPROPSETID_Pin, id: CTYPES, flags: GET, valueBytes: 4 })).toBe(
    STATUS_SUCCESS,
  );
  expect(answered(pin, 1)).toEqual([2]);
  const flow = { set: KSPROPSETID_Pin, id: DATAFLOW, flags: GET, words: [1, 0], valueBytes: 4 };
  expect(send(pin, flow)).toBe(STATUS_SUCCESS);
  expect(answered(pin, 1)).toEqual([2]);
  expect(KSP_PIN.size).toBe(32);
  expect(seen).toEqual([]);
});

scenario('a client sends descriptor and value with IOCTL_KS_PROPERTY [PCL-PROP-034]', (lab) => {
  const { filter, machine } = bootTabled(lab, (request) => answerUlong(() => machine, 9)(request));
  expect(IOCTL_KS_PROPERTY).toBe(0x2f0003);
  expect(send(filter, { set: SET, id: 0, flags: GET, valueBytes: 4 })).toBe(STATUS_SUCCESS);
  expect(answered(filter, 1)).toEqual([9]);
  expect(filter.bytesReturned).toBe(4);
});

scenario('setting the state of a pin steps its stream, from STOP on [PCL-PROP-035]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  expect(pin.getState()).toBe(KSSTATE.STOP);
  machine.takeCalls();
  expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
  expect(machine.takeCalls()).toEqual(['SetState ACQUIRE', 'SetState PAUSE', 'SetState RUN']);
  expect(pin.getState()).toBe(KSSTATE.RUN);
});

scenario('setting the format asks SetFormat, whose status counts [PCL-PROP-036]', (lab) => {
  const machine = bootPlain(lab);
  const pin = machine.openPin();
  const format = formatOf({ sampleRate: 44_100 });
  for (const status of [STATUS_NO_MATCH, STATUS_SUCCESS] as const) {
    machine.answers.setFormat = () => status;
    writeWaveDataFormat(pin.view, pin.valueAt, format);
    const bytes = waveDataFormatBytes(format);
    const { DATAFORMAT } = KSPROPERTY_CONNECTION;
    expect(pin.set(KSPROPSETID_Connection, DATAFORMAT, bytes)).toBe(status);
  }
  expect(machine.takeCalls().filter((call) => call === 'SetFormat')).toHaveLength(2);
});
