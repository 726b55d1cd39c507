/**
 * Holds a driver's answer to a property request against the rules for such answers. Windows passes
 * a bad answer on; a client that trusts it reads too little or too much. Source: "Audio Property
 * Handlers", "Basic Support Queries for Audio Properties".
 */
import {
  KSPROPERTY_DESCRIPTION,
  KSPROPERTY_MEMBER_RANGES,
  KSPROPERTY_MEMBER_STEPPEDRANGES,
  KSPROPERTY_MEMBERSHEADER,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
} from '../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';

const ULONG_BYTES = 4;
/** PropTypeId of a BOOL. */
const VT_BOOL = 11;
const LEVEL_BYTES = 4;
const LEVELS_PER_DB = 65536;

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
  if (valueSize !== expected) return `basic support left ValueSize ${valueSize}, not ${expected}`;
  return roomBytes < described ? null : membersFault(value, described);
}

/** Each list of members lies within the description, and a BOOL alone has none to describe. */
function membersFault(value: DataView, describedBytes: number): string | null {
  const { MembersListCount, PropTypeId } = KSPROPERTY_DESCRIPTION.read(value, 0);
  let at: number = KSPROPERTY_DESCRIPTION.size;
  for (let list = 0; list < MembersListCount; list++) {
    if (at + KSPROPERTY_MEMBERSHEADER.size > describedBytes) {
      return `basic support announces ${MembersListCount} member lists, and has ${list}`;
    }
    const { MembersCount, MembersFlags, MembersSize } = KSPROPERTY_MEMBERSHEADER.read(value, at);
    const hasRanges =
      MembersFlags === KSPROPERTY_MEMBER_RANGES || MembersFlags === KSPROPERTY_MEMBER_STEPPEDRANGES;
    const isBool = PropTypeId === VT_BOOL;
    if (isBool && MembersSize !== 0)
      return `basic support of a BOOL has MembersSize ${MembersSize}`;
    if (!isBool && hasRanges && MembersSize === 0)
      return 'basic support has ranges of MembersSize 0';
    at += KSPROPERTY_MEMBERSHEADER.size + MembersSize * MembersCount;
    if (at > describedBytes) return 'basic support has members past the end of its description';
  }
  return null;
}

/**
 * A level of a volume node that is out of range has to be clamped. Every such node has a first
 * channel, so a level of that one is refused for no other reason than the level.
 */
export function clampFault(
  { roomBytes, status, value, verb }: PropertyAnswer,
  channel: number | null,
): string | null {
  const isLevel = verb === KSPROPERTY_TYPE_SET && roomBytes === LEVEL_BYTES && value !== null;
  if (!isLevel || channel !== 0 || status !== STATUS_INVALID_PARAMETER) return null;
  return `a volume of ${value.getInt32(0, true) / LEVELS_PER_DB} dB was refused, not clamped`;
}
