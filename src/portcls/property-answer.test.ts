import { describe, expect, it } from 'vitest';
import { KSPROPERTY_TYPE_BASICSUPPORT, KSPROPERTY_TYPE_GET } from '../standards/ks/requests.ts';
import {
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { answerFault, type PropertyAnswer } from './property-answer.ts';

const GET = KSPROPERTY_TYPE_GET;
const SUPPORT = KSPROPERTY_TYPE_BASICSUPPORT;

function fault(answer: Partial<PropertyAnswer>, described = 0): string | null {
  const { roomBytes = 0 } = answer;
  const value = roomBytes === 0 ? null : new DataView(new ArrayBuffer(roomBytes));
  if (value !== null && roomBytes >= 8) value.setUint32(4, described, true);
  const base = { verb: GET, status: STATUS_SUCCESS, roomBytes, valueSize: 0, value };
  return answerFault({ ...base, ...answer });
}

describe("a handler's answer", () => {
  it('to a size query is the size with STATUS_BUFFER_OVERFLOW, or an error', () => {
    expect(fault({ status: STATUS_BUFFER_OVERFLOW, valueSize: 8 })).toBeNull();
    expect(fault({ status: STATUS_NOT_SUPPORTED })).toBeNull();
    expect(fault({ status: STATUS_BUFFER_OVERFLOW })).toMatch(/without the size/);
    expect(fault({ status: STATUS_SUCCESS })).toMatch(/not answered with STATUS_BUFFER_OVERFLOW/);
    expect(fault({ status: STATUS_BUFFER_TOO_SMALL })).toMatch(/not answered with/);
    expect(fault({ roomBytes: 4, status: STATUS_BUFFER_TOO_SMALL })).toBeNull();
  });

  it('says a size that fits', () => {
    expect(fault({ roomBytes: 8, valueSize: 8 })).toBeNull();
    expect(fault({ roomBytes: 8, valueSize: 9 })).toMatch(/ValueSize is 9 in a buffer of 8/);
  });

  it('to a query for basic support is a ULONG, a description, or all of it', () => {
    const support = (roomBytes: number, valueSize: number, described = 64): string | null =>
      fault({ verb: SUPPORT, roomBytes, valueSize }, described);
    expect([support(4, 4), support(40, 40), support(64, 64), support(80, 64)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(support(4, 0)).toMatch(/left ValueSize 0, not 4/);
    expect(support(3, 0)).toMatch(/succeeded with a buffer of 3 bytes/);
    expect(support(39, 0)).toMatch(/succeeded with a buffer of 39 bytes/);
    expect(support(41, 40)).toMatch(/succeeded in 41 of 64 bytes/);
    expect(support(40, 40, 24)).toMatch(/DescriptionSize 24/);
    expect(support(40, 4)).toMatch(/left ValueSize 4, not 40/);
    expect(support(64, 40)).toMatch(/left ValueSize 40, not 64/);
    const small = { verb: SUPPORT, roomBytes: 20, status: STATUS_BUFFER_TOO_SMALL };
    expect(fault(small)).toBeNull();
  });
});
