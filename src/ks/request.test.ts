import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type VirtualAddress, virtual } from '../base/brand.ts';
import { guid, writeGuid } from '../base/guid.ts';
import type { Irp } from '../kernel/io/irp.ts';
import type { Process } from '../kernel/io/process.ts';
import { Kernel } from '../kernel/kernel.ts';
import { Clock } from '../sim/clock.ts';
import { Random } from '../sim/random.ts';
import { Trace } from '../sim/trace.ts';
import { GUID_NULL } from '../standards/ks/guids.ts';
import {
  KSEVENT_TYPE_SETSUPPORT,
  KSFILTER_NODE,
  KSPROPERTY_DESCRIPTION,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
  KSPROPERTY_TYPE_SETSUPPORT,
  KSPROPERTY_TYPE_TOPOLOGY,
} from '../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_ACCESS_VIOLATION,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_FOUND,
  STATUS_NOT_SUPPORTED,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { dispatchProperty } from './property-dispatch.ts';
import { type PropertyItem, PropertyTable } from './property-table.ts';
import { KsRequest } from './request.ts';

const SET = guid('{5A2C7D10-1B84-4C7F-9F3E-6D2B8E01C7A5}');
const OTHER = guid('{5A2C7D10-1B84-4C7F-9F3E-6D2B8E01C7A6}');
const GET = KSPROPERTY_TYPE_GET;
const TO_NODE = KSPROPERTY_TYPE_TOPOLOGY;

let kernel: Kernel;
let process: Process;
let input: VirtualAddress;
let output: VirtualAddress;

beforeEach(() => {
  const clock = new Clock();
  const ramBytes = 1 << 21;
  kernel = new Kernel({ clock, trace: new Trace(clock), random: new Random(1), ramBytes });
  process = kernel.createProcess('client');
  input = process.alloc(256);
  output = process.alloc(256);
});

/** An IRP with these buffers, as the I/O manager makes it for METHOD_NEITHER. */
function makeIrp(inputBytes: number, outputBytes: number, from = input, to = output): Irp {
  const irp = kernel.io.IoAllocateIrp(1);
  irp.currentLocation = 0;
  irp.current.type3InputBuffer = from;
  irp.current.inputBufferLength = inputBytes;
  irp.current.outputBufferLength = outputBytes;
  irp.userBuffer = to;
  irp.pointerBytes = 4;
  return irp;
}

function identify(flags: number, id = 7, set = SET): void {
  writeGuid(kernel.ram.view, input, set);
  kernel.ram.view.setUint32(input + 16, id, true);
  kernel.ram.view.setUint32(input + 20, flags, true);
}

function capture(inputBytes: number, outputBytes: number): KsRequest {
  const request = new KsRequest(kernel);
  expect(request.capture(makeIrp(inputBytes, outputBytes))).toBe(STATUS_SUCCESS);
  return request;
}

const poolBlocks = (): number =>
  kernel.outstanding().filter((line) => line.includes('KsRq')).length;

describe('a captured request', () => {
  it("names set, id, verb and instance, and is the caller's no more", () => {
    identify(GET);
    kernel.ram.view.setUint32(input + 24, 0xaa, true);
    const request = capture(32, 16);
    kernel.ram.bytes.fill(0xff, input, input + 32);
    expect([request.set, request.id, request.verb, request.node]).toEqual([
      SET,
      7,
      GET,
      KSFILTER_NODE,
    ]);
    expect([request.instanceBytes, request.valueBytes, request.pointerBytes]).toEqual([8, 16, 4]);
    expect(request.view.getUint32(request.instanceAt, true)).toBe(0xaa);
    expect(request.valueAt % 8).toBe(0);
    request.finish(STATUS_SUCCESS);
    expect(poolBlocks()).toBe(0);
  });

  it('names a node by the topology bit, which is no part of the verb', () => {
    identify(GET | TO_NODE);
    kernel.ram.view.setUint32(input + 24, 5, true);
    const request = capture(40, 0);
    expect([request.verb, request.node, request.instanceBytes]).toEqual([GET, 5, 8]);
    request.finish(STATUS_SUCCESS);
    expect(new KsRequest(kernel).capture(makeIrp(31, 0))).toBe(STATUS_INVALID_BUFFER_SIZE);
    expect(poolBlocks()).toBe(0);
  });

  it('is refused with bad lengths and bad pointers, and then holds nothing', () => {
    identify(GET);
    const end = kernel.ram.bytes.length;
    const attempt = (...args: Parameters<typeof makeIrp>): NtStatus =>
      new KsRequest(kernel).capture(makeIrp(...args));
    expect(attempt(0, 8)).toBe(STATUS_INVALID_BUFFER_SIZE);
    expect(attempt(23, 8)).toBe(STATUS_INVALID_BUFFER_SIZE);
    expect(attempt(0xffff_ffff, 8)).toBe(STATUS_INVALID_BUFFER_SIZE);
    expect(attempt(24, 0x7fff_ffff)).toBe(STATUS_INVALID_BUFFER_SIZE);
    for (const bad of [0, -8, end - 8, end, 2 ** 40, 2 ** 52]) {
      expect(attempt(24, 8, virtual(bad))).toBe(STATUS_ACCESS_VIOLATION);
      expect(attempt(24, 16, input, virtual(bad))).toBe(STATUS_ACCESS_VIOLATION);
    }
    expect(attempt(24, 0, input, virtual(2 ** 40))).toBe(STATUS_SUCCESS);
    expect(poolBlocks()).toBe(1);
  });

  it('may be empty where it asks for the sets of events', () => {
    const request = new KsRequest(kernel);
    expect(request.capture(makeIrp(0, 0), true)).toBe(STATUS_SUCCESS);
    expect([request.set, request.verb]).toEqual([GUID_NULL, KSEVENT_TYPE_SETSUPPORT]);
    request.finish(STATUS_SUCCESS);
    expect(request.capture(makeIrp(8, 0), true)).toBe(STATUS_INVALID_BUFFER_SIZE);
  });

  it('never throws, whatever the addresses and lengths are', () => {
    identify(GET);
    const address = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -64, max: 1 << 21 }));
    const length = fc.oneof(fc.nat(0xffff_ffff), fc.nat(64));
    fc.assert(
      fc.property(address, length, address, length, (from, inputBytes, to, outputBytes) => {
        const irp = makeIrp(inputBytes, outputBytes, virtual(from), virtual(to));
        const request = new KsRequest(kernel);
        const status = request.capture(irp);
        if (status === STATUS_SUCCESS) request.finish(STATUS_NO_MATCH);
        expect(poolBlocks()).toBe(0);
        kernel.io.IoFreeIrp(irp);
      }),
    );
  });

  it('gives bytes back with success or overflow, and never more than fit', () => {
    identify(GET);
    const { view } = kernel.ram;
    const finish = (status: NtStatus, information: number): number[] => {
      view.setUint32(output, 0, true);
      view.setUint32(output + 4, 0x55, true);
      const irp = makeIrp(24, 4);
      const request = new KsRequest(kernel);
      request.capture(irp);
      request.view.setUint32(request.valueAt, 0xabcd, true);
      request.information = information;
      request.finish(status);
      return [
        irp.ioStatus.information,
        view.getUint32(output, true),
        view.getUint32(output + 4, true),
      ];
    };
    expect(finish(STATUS_SUCCESS, 4)).toEqual([4, 0xabcd, 0x55]);
    expect(finish(STATUS_SUCCESS, 0)).toEqual([0, 0, 0x55]);
    expect(finish(STATUS_BUFFER_OVERFLOW, 64)).toEqual([64, 0xabcd, 0x55]);
    expect(finish(STATUS_NO_MATCH, 4)).toEqual([0, 0, 0x55]);
  });
});

describe('dispatch of a property', () => {
  const answer = (request: KsRequest): NtStatus => request.answerUlong(77);
  const item = (id: number, parts: Partial<PropertyItem>): PropertyItem => ({
    id,
    request: 24,
    value: 4,
    ...parts,
  });
  const table = new PropertyTable([
    { set: SET, items: [item(0, { get: answer }), item(1, { set: () => STATUS_SUCCESS })] },
    { set: SET, items: [item(2, { get: answer, set: answer, request: 32, value: 8 })] },
  ]);
  const other = new PropertyTable([
    { set: OTHER, items: [item(0, { get: () => STATUS_NO_MATCH, value: 0 })] },
    { set: SET, items: [item(0, { get: () => STATUS_NO_MATCH }), item(9, { get: answer })] },
  ]);

  /** Status, information and the first word of the value. */
  function ask(flags: number, id: number, valueBytes: number, requestBytes = 24, set = SET) {
    identify(flags, id, set);
    const request = capture(requestBytes, valueBytes);
    const status = dispatchProperty(request, [table, other]);
    const first = valueBytes < 4 ? null : request.view.getUint32(request.valueAt, true);
    const { information } = request;
    request.finish(status);
    return { status, information, first };
  }

  it('finds an item in the first table that has it, and says what is missing', () => {
    expect(ask(GET, 0, 4)).toEqual({ status: STATUS_SUCCESS, information: 4, first: 77 });
    expect(ask(GET, 9, 4).status).toBe(STATUS_SUCCESS);
    expect(ask(GET, 0, 4, 24, OTHER).status).toBe(STATUS_NO_MATCH);
    expect(ask(GET, 5, 4).status).toBe(STATUS_NOT_FOUND);
    expect(ask(GET, 0, 4, 24, GUID_NULL).status).toBe(STATUS_PROPSET_NOT_FOUND);
  });

  it('serves the verbs that an item has, one at a time', () => {
    expect(ask(KSPROPERTY_TYPE_SET, 0, 4).status).toBe(STATUS_INVALID_DEVICE_REQUEST);
    expect(ask(GET, 1, 4).status).toBe(STATUS_INVALID_DEVICE_REQUEST);
    expect(ask(KSPROPERTY_TYPE_SET, 1, 4).status).toBe(STATUS_SUCCESS);
    expect(ask(0, 0, 4).status).toBe(STATUS_INVALID_PARAMETER);
    expect(ask(3, 2, 8, 32).status).toBe(STATUS_INVALID_PARAMETER);
    expect(ask(0x400, 0, 4).status).toBe(STATUS_NOT_SUPPORTED);
  });

  it('checks sizes before a handler runs', () => {
    expect(ask(GET, 2, 8, 24).status).toBe(STATUS_INVALID_BUFFER_SIZE);
    expect(ask(GET, 2, 7, 32).status).toBe(STATUS_BUFFER_TOO_SMALL);
    expect(ask(GET, 2, 0, 32)).toMatchObject({ status: STATUS_BUFFER_OVERFLOW, information: 8 });
    expect(ask(KSPROPERTY_TYPE_SET, 2, 0, 32).status).toBe(STATUS_BUFFER_TOO_SMALL);
    expect(ask(GET, 2, 8, 32).status).toBe(STATUS_SUCCESS);
  });

  it('answers basic support with the access flags, as a ULONG or with sizes', () => {
    const support = KSPROPERTY_TYPE_BASICSUPPORT;
    const access = support | GET | KSPROPERTY_TYPE_SET;
    expect(ask(support, 2, 4)).toEqual({ status: STATUS_SUCCESS, information: 4, first: access });
    expect(ask(support, 0, 4).first).toBe(support | GET);
    const whole = KSPROPERTY_DESCRIPTION.size;
    expect(ask(support, 2, whole)).toMatchObject({ information: whole, first: access });
    expect(ask(support, 2, 39).status).toBe(STATUS_BUFFER_TOO_SMALL);
    expect(ask(support, 2, 0)).toMatchObject({
      status: STATUS_BUFFER_OVERFLOW,
      information: whole,
    });
  });

  it('tells whether a set is known, and lists them all', () => {
    const support = KSPROPERTY_TYPE_SETSUPPORT;
    expect(ask(support, 0, 0).status).toBe(STATUS_SUCCESS);
    const unknown = guid('{5A2C7D10-1B84-4C7F-9F3E-6D2B8E01C7A7}');
    expect(ask(support, 0, 0, 24, unknown).status).toBe(STATUS_PROPSET_NOT_FOUND);
    expect(ask(support, 0, 64, 24, GUID_NULL)).toMatchObject({
      information: 32,
      first: SET.words[0],
    });
    expect(ask(support, 0, 0, 24, GUID_NULL).status).toBe(STATUS_BUFFER_OVERFLOW);
    expect(ask(support, 0, 31, 24, GUID_NULL).status).toBe(STATUS_BUFFER_TOO_SMALL);
  });
});
