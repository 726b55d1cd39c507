/**
 * Answers of a property handler: a value of fixed size, and basic support in its three sizes (the
 * access flags, the description, the description with its members). Source: PCPROPERTY_REQUEST,
 * "Basic Support Queries for Audio Properties", KSPROPERTY_DESCRIPTION, KSPROPERTY_MEMBERSHEADER.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  PCPROPERTY_ITEM_FLAG_BASICSUPPORT,
  PCPROPERTY_ITEM_FLAG_GET,
  PCPROPERTY_ITEM_FLAG_SET,
  type PcPropertyRequest,
} from '../../portcls/ddi/index.ts';
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
/** What every control of this driver can be asked. */
export const ACCESS_FLAGS =
  PCPROPERTY_ITEM_FLAG_GET | PCPROPERTY_ITEM_FLAG_SET | PCPROPERTY_ITEM_FLAG_BASICSUPPORT;

export interface SupportedProperty {
  /** One of VARIANT_TYPE. */
  readonly type: number;
  /** One member for each; 0 for a property that has no channels. */
  readonly channels: number;
  /** Null where the type says all, as a BOOL does. */
  readonly range: {
    readonly delta: number;
    readonly minimum: number;
    readonly maximum: number;
  } | null;
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
  const { channels, range, type } = property;
  const memberBytes = range === null ? 0 : KSPROPERTY_STEPPING_LONG.size;
  const listBytes = channels === 0 ? 0 : KSPROPERTY_MEMBERSHEADER.size + channels * memberBytes;
  const wholeBytes = KSPROPERTY_DESCRIPTION.size + listBytes;
  const { value, valueSize: room } = request;
  if (value === null || room < ULONG_BYTES) return checkRoom(request, ULONG_BYTES);
  const view = wdk.viewAt(value, room);
  if (room < KSPROPERTY_DESCRIPTION.size) {
    view.setUint32(0, ACCESS_FLAGS, true);
    request.valueSize = ULONG_BYTES;
    return STATUS_SUCCESS;
  }
  const isPart = room > KSPROPERTY_DESCRIPTION.size && room < wholeBytes;
  if (isPart) return checkRoom(request, wholeBytes);
  KSPROPERTY_DESCRIPTION.write(view, 0, {
    AccessFlags: ACCESS_FLAGS,
    DescriptionSize: wholeBytes,
    PropTypeSet: KSPROPTYPESETID_General,
    PropTypeId: type,
    PropTypeFlags: 0,
    MembersListCount: channels === 0 ? 0 : 1,
    Reserved: 0,
  });
  if (room >= wholeBytes && channels > 0) writeMembers(view, property);
  request.valueSize = Math.min(room, wholeBytes);
  return STATUS_SUCCESS;
}

function writeMembers(view: DataView, { channels, range }: SupportedProperty): void {
  const at = KSPROPERTY_DESCRIPTION.size;
  const memberBytes = KSPROPERTY_STEPPING_LONG.size;
  KSPROPERTY_MEMBERSHEADER.write(view, at, {
    MembersFlags: KSPROPERTY_MEMBER_STEPPEDRANGES,
    MembersSize: range === null ? 0 : memberBytes,
    MembersCount: channels,
    Flags: KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL,
  });
  if (range === null) return;
  for (let channel = 0; channel < channels; channel++) {
    const place = at + KSPROPERTY_MEMBERSHEADER.size + channel * memberBytes;
    KSPROPERTY_STEPPING_LONG.write(view, place, {
      SteppingDelta: range.delta,
      Reserved: 0,
      SignedMinimum: range.minimum,
      SignedMaximum: range.maximum,
    });
  }
}
