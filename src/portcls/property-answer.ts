/**
 * Holds a driver's answer to a property request against the rules for such answers. Windows passes
 * a bad answer on; a client that trusts it reads too little or too much. Source: "Audio Property
 * Handlers", "Basic Support Queries for Audio Properties".
 */
import {
  KSPROPERTY_DESCRIPTION,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
} from '../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';

const ULONG_BYTES = 4;

export interface PropertyAnswer {
  readonly verb: number;
  readonly status: NtStatus;
  /** Bytes of the client's buffer. */
  readonly roomBytes: number;
  /** ValueSize as the handler left it. */
  readonly valueSize: number;
  /** The value buffer; null when the client gave none. */
  readonly value: DataView | null;
}

/** What is wrong with the answer, in words; null when nothing is. */
export function answerFault(answer: PropertyAnswer): string | null {
  const { roomBytes, status, valueSize, verb } = answer;
  if (status === STATUS_SUCCESS && valueSize > roomBytes) {
    return `ValueSize is ${valueSize} in a buffer of ${roomBytes} bytes`;
  }
  if (verb === KSPROPERTY_TYPE_GET && roomBytes === 0) return sizeQueryFault(status, valueSize);
  if (verb === KSPROPERTY_TYPE_BASICSUPPORT && status === STATUS_SUCCESS) {
    return basicSupportFault(answer);
  }
  return null;
}

function sizeQueryFault(status: NtStatus, valueSize: number): string | null {
  if (status === STATUS_SUCCESS || status === STATUS_BUFFER_TOO_SMALL) {
    return 'a size query was not answered with STATUS_BUFFER_OVERFLOW';
  }
  if (status !== STATUS_BUFFER_OVERFLOW || valueSize > 0) return null;
  return 'a size query was answered without the size';
}

/** A ULONG takes the access flags; a description's size the description; more all of it. */
function basicSupportFault({ roomBytes, value, valueSize }: PropertyAnswer): string | null {
  const isKnownSize = roomBytes === ULONG_BYTES || roomBytes >= KSPROPERTY_DESCRIPTION.size;
  if (!isKnownSize || value === null) {
    return `basic support succeeded with a buffer of ${roomBytes} bytes`;
  }
  if (roomBytes === ULONG_BYTES) {
    return valueSize === ULONG_BYTES ? null : `basic support left ValueSize ${valueSize}, not 4`;
  }
  const described = KSPROPERTY_DESCRIPTION.read(value, 0).DescriptionSize;
  if (described < KSPROPERTY_DESCRIPTION.size) {
    return `basic support gave DescriptionSize ${described}, below the description's own 40`;
  }
  const isPart = roomBytes > KSPROPERTY_DESCRIPTION.size && roomBytes < described;
  if (isPart) return `basic support succeeded in ${roomBytes} of ${described} bytes`;
  const expected = roomBytes === KSPROPERTY_DESCRIPTION.size ? roomBytes : described;
  return valueSize === expected
    ? null
    : `basic support left ValueSize ${valueSize}, not ${expected}`;
}
