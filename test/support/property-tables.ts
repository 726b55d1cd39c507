/** A plain machine whose filter, pin and node have tables that note every request. */
import { guid } from '../../src/base/guid.ts';
import type {
  PcAutomationTable,
  PcFilterDescriptor,
  PcPropertyItem,
  PcPropertyRequest,
} from '../../src/portcls/ddi/index.ts';
import { KSNODETYPE_DAC } from '../../src/standards/ks/guids.ts';
import { KSPROPERTY_TYPE_GET, KSPROPERTY_TYPE_SET } from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import type { Lab } from '../../src/testing/index.ts';
import { plainDescriptor, plainRenderPin } from './plain-driver.ts';
import { bootPlain, type PlainMachine } from './plain-machine.ts';

export const SET = guid('{5A2C7D10-1B84-4C7F-9F3E-6D2B8E01C7A4}', 'SET of the test');
const GET = KSPROPERTY_TYPE_GET;
const ULONG = 4;

export type Answer = (request: PcPropertyRequest) => NtStatus;

export interface Seen {
  readonly table: string;
  readonly request: PcPropertyRequest;
}

/** A descriptor with a table on the filter, on the pin and on the node, that all note requests. */
function tabled(seen: Seen[], answer: Answer, flags: number): PcFilterDescriptor {
  const table = (name: string): PcAutomationTable => {
    const handler: Answer = (request) => {
      seen.push({ table: name, request });
      return answer(request);
    };
    return { properties: [0, 1].map((id): PcPropertyItem => ({ set: SET, id, flags, handler })) };
  };
  const [render, ...others] = plainDescriptor.pins;
  return {
    ...plainDescriptor,
    automationTable: table('filter'),
    pins: [{ ...(render ?? plainRenderPin), automationTable: table('pin') }, ...others],
    nodes: [{ type: KSNODETYPE_DAC, automationTable: table('node') }],
  };
}

export function bootTabled(lab: Lab, answer: Answer, flags = GET | KSPROPERTY_TYPE_SET) {
  const seen: Seen[] = [];
  const machine = bootPlain(lab, { descriptor: tabled(seen, answer, flags) });
  return { machine, seen, filter: machine.filter };
}

/** Answers with a number, as a handler of a ULONG property does. */
export function answerUlong(machine: () => PlainMachine, value: number): Answer {
  return (request) => {
    if (request.valueSize < ULONG) return sizeAnswer(request, ULONG);
    if (request.value === null) return STATUS_INVALID_PARAMETER;
    machine().kernel.ram.view.setUint32(request.value, value, true);
    request.valueSize = ULONG;
    return STATUS_SUCCESS;
  };
}

export function sizeAnswer(request: PcPropertyRequest, bytes: number): NtStatus {
  if (request.valueSize > 0) return STATUS_BUFFER_TOO_SMALL;
  request.valueSize = bytes;
  return STATUS_BUFFER_OVERFLOW;
}

export const succeed: Answer = (request) => {
  request.valueSize = 0;
  return STATUS_SUCCESS;
};
