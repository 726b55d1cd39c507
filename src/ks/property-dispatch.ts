/**
 * Dispatch of property requests over the tables of a target: verb, access and size rules, the
 * support queries, and completion at once or later. Statuses are those of KsPropertyHandler:
 * STATUS_PROPSET_NOT_FOUND for a set nobody has, STATUS_NOT_FOUND for an id the set has not.
 */
import { GUID_NULL } from '../standards/ks/guids.ts';
import {
  KSPROPERTY_DESCRIPTION,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
  KSPROPERTY_TYPE_SETSUPPORT,
} from '../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import {
  byteCount,
  type PropertyHandler,
  type PropertyItem,
  type PropertyTable,
} from './property-table.ts';
import type { KsRequest } from './request.ts';
import { answerSetSupport, findItem, missingItem } from './set-table.ts';

const ULONG_BYTES = 4;

/** Answers a captured request from the first of `tables` that has the property. */
export function dispatchProperty(request: KsRequest, tables: readonly PropertyTable[]): NtStatus {
  if (request.verb === KSPROPERTY_TYPE_SETSUPPORT) return answerSetSupport(request, tables);
  const item = findItem(tables, request.set, request.id);
  return item === null ? missingItem(tables, request.set) : serve(request, item);
}

function serve(request: KsRequest, item: PropertyItem): NtStatus {
  switch (request.verb) {
    case KSPROPERTY_TYPE_GET:
      return serveVerb(request, item, item.get);
    case KSPROPERTY_TYPE_SET:
      return serveVerb(request, item, item.set);
    case KSPROPERTY_TYPE_BASICSUPPORT:
      return item.basicSupport === undefined
        ? answerBasicSupport(request, item)
        : item.basicSupport(request);
    case KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET:
    case 0:
      return STATUS_INVALID_PARAMETER;
    default:
      return serveFurther(request, item);
  }
}

/** A verb is one bit; two of them at once are no request. */
function serveFurther(request: KsRequest, item: PropertyItem): NtStatus {
  const { verb } = request;
  const isOneBit = (verb & (verb - 1)) === 0;
  if (!isOneBit || item.further === undefined || (item.further.verbs & verb) === 0) {
    return STATUS_NOT_SUPPORTED;
  }
  return serveVerb(request, item, item.further.handler);
}

function serveVerb(
  request: KsRequest,
  item: PropertyItem,
  handler: PropertyHandler | undefined,
): NtStatus {
  if (handler === undefined) {
    const isNamed = ((item.unsupported ?? 0) & request.verb) !== 0;
    return isNamed ? STATUS_NOT_SUPPORTED : STATUS_INVALID_DEVICE_REQUEST;
  }
  if (request.requestBytes < byteCount(item.request, request.pointerBytes)) {
    return STATUS_INVALID_BUFFER_SIZE;
  }
  const needed = byteCount(item.value, request.pointerBytes);
  if (request.valueBytes < needed) {
    if (request.valueBytes > 0 || request.verb === KSPROPERTY_TYPE_SET) {
      return STATUS_BUFFER_TOO_SMALL;
    }
    request.information = needed;
    return STATUS_BUFFER_OVERFLOW;
  }
  return handler(request);
}

/** A ULONG gets the access flags; a KSPROPERTY_DESCRIPTION gets them with sizes; no other size. */
function answerBasicSupport(request: KsRequest, item: PropertyItem): NtStatus {
  let access = KSPROPERTY_TYPE_BASICSUPPORT;
  if (item.get !== undefined) access |= KSPROPERTY_TYPE_GET;
  if (item.set !== undefined) access |= KSPROPERTY_TYPE_SET;
  if (request.valueBytes === ULONG_BYTES) return request.answerUlong(access);
  const status = request.answer(KSPROPERTY_DESCRIPTION.size);
  if (status !== STATUS_SUCCESS) return status;
  KSPROPERTY_DESCRIPTION.write(request.view, request.valueAt, {
    AccessFlags: access,
    DescriptionSize: KSPROPERTY_DESCRIPTION.size,
    PropTypeSet: GUID_NULL,
    PropTypeId: 0,
    PropTypeFlags: 0,
    MembersListCount: 0,
    Reserved: 0,
  });
  return STATUS_SUCCESS;
}
