/**
 * Answers of a property handler: a value of fixed size, and basic support in its three sizes (the
 * access flags, the description, the description with its members). Source: PCPROPERTY_REQUEST,
 * "Basic Support Queries for Audio Properties", KSPROPERTY_DESCRIPTION, KSPROPERTY_MEMBERSHEADER.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import type { PcPropertyRequest } from '../../portcls/ddi/index.ts';
import {
  KSPROPERTY_DESCRIPTION,
  KSPROPERTY_MEMBER_STEPPEDRANGES,
  KSPROPERTY_MEMBERSHEADER,
} from '../../standards/ks/requests.ts';
import {
  KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL,
  KSPROPERTY_STEPPING_LONG,
  KSPROPTYPESETID_General,
} from '../../standards/ks/topology-controls.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';

const ULONG_BYTES = 4;

/** Steps between two bounds, for each channel. */
export interface SteppedRange {
  readonly delta: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface SupportedProperty {
  /** KSPROPERTY_TYPE bits of the verbs that the property takes. */
  readonly accessFlags: number;
  /** One of VARIANT_TYPE. */
  readonly type: number;
  /** One member for each; 0 for a property that has no channels. */
  readonly channels: number;
  /** Null where the type says all, as a BOOL does. */
  readonly range: SteppedRange | null;
}

/**
 * Whether there is room for a value of `bytes`: STATUS_SUCCESS; or STATUS_BUFFER_OVERFLOW to a
 * question for the size, STATUS_BUFFER_TOO_SMALL. The request's size is what it takes.
 */
export function checkRoom(request: PcPropertyRequest, bytes: number): NtStatus {
  const room = request.valueSize;
  request.valueSize = bytes;
  if (room === 0) return STATUS_BUFFER_OVERFLOW;
  return room < bytes ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
}

export function answerBasicSupport(
  wdk: KernelDdi,
  request: PcPropertyRequest,
  property: SupportedProperty,
): NtStatus {
  const { accessFlags, channels, range, type } = property;
  const memberBytes = range === null ? 0 : KSPROPERTY_STEPPING_LONG.size;
  const listBytes = channels === 0 ? 0 : KSPROPERTY_MEMBERSHEADER.size + channels * memberBytes;
  const wholeBytes = KSPROPERTY_DESCRIPTION.size + listBytes;
  const room = request.valueSize;
  const { value } = request;
  if (value === null || room < ULONG_BYTES) return checkRoom(request, ULONG_BYTES);
  const view = wdk.viewAt(value, room);
  if (room < KSPROPERTY_DESCRIPTION.size) {
    view.setUint32(0, accessFlags, true);
    request.valueSize = ULONG_BYTES;
    return STATUS_SUCCESS;
  }
  if (room > KSPROPERTY_DESCRIPTION.size && room < wholeBytes) {
    return checkRoom(request, wholeBytes);
  }
  KSPROPERTY_DESCRIPTION.write(view, 0, {
    AccessFlags: accessFlags,
    DescriptionSize: wholeBytes,
    PropTypeSet: KSPROPTYPESETID_General,
    PropTypeId: type,
    PropTypeFlags: 0,
    MembersListCount: channels === 0 ? 0 : 1,
    Reserved: 0,
  });
  if (room >= wholeBytes && channels > 0) writeMembers(view, channels, range);
  request.valueSize = Math.min(room, wholeBytes);
  return STATUS_SUCCESS;
}

function writeMembers(view: DataView, channels: number, range: SteppedRange | null): void {
  const at = KSPROPERTY_DESCRIPTION.size;
  KSPROPERTY_MEMBERSHEADER.write(view, at, {
    MembersFlags: KSPROPERTY_MEMBER_STEPPEDRANGES,
    MembersSize: range === null ? 0 : KSPROPERTY_STEPPING_LONG.size,
    MembersCount: channels,
    Flags: KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL,
  });
  if (range === null) return;
  const first = at + KSPROPERTY_MEMBERSHEADER.size;
  for (let channel = 0; channel < channels; channel++) {
    KSPROPERTY_STEPPING_LONG.write(view, first + channel * KSPROPERTY_STEPPING_LONG.size, {
      SteppingDelta: range.delta,
      Reserved: 0,
      SignedMinimum: range.minimum,
      SignedMaximum: range.maximum,
    });
  }
}
