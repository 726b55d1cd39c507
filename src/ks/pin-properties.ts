/**
 * KSPROPSETID_Pin, which a filter answers for its pin factories out of its description. Source:
 * the KSPROPERTY_PIN_* pages.
 */
import { roundUp } from '../base/struct.ts';
import type { FilterDescription, PinFactory } from '../standards/ks/descriptors.ts';
import { KSDATAFORMAT } from '../standards/ks/formats.ts';
import { KSPROPSETID_Pin } from '../standards/ks/guids.ts';
import { mediaCategoryName } from '../standards/ks/names.ts';
import {
  KSMULTIPLE_ITEM,
  KSP_PIN,
  KSPIN_CINSTANCES,
  KSPIN_PHYSICALCONNECTION,
  KSPROPERTY,
  KSPROPERTY_PIN,
} from '../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_FOUND,
  STATUS_NOT_SUPPORTED,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { dataRangeBytes, rangesAgree, readDataRange, writeDataRange } from './data-range.ts';
import { answerIdentifiers, answerList, answerText, writeWideText } from './list-answer.ts';
import type { ByteCount, PropertyHandler, PropertyItem, PropertySet } from './property-table.ts';
import type { KsRequest } from './request.ts';

/** Instance counts of a pin factory: 0xFFFFFFFF as a possible count means no limit. */
export interface PinInstances {
  filterNecessary: number;
  filterCurrent: number;
  filterPossible: number;
  globalCurrent: number;
  globalPossible: number;
}

export interface PhysicalConnection {
  readonly pin: number;
  readonly symbolicLink: string;
}

/** The filter behind the properties. */
export interface PinHost {
  readonly description: FilterDescription;
  instances(pinId: number): PinInstances;
  /**
   * Intersects a client's range with range `rangeIndex` of the pin and writes the format at
   * `outputAt` (`outputBytes` long; 0 asks for the size). Leaves the bytes written or needed in
   * `request.information`.
   */
  intersect(request: KsRequest, pinId: number, clientRangeAt: number, rangeIndex: number): NtStatus;
  /** STATUS_SUCCESS when a pin could be opened with the format, STATUS_NO_MATCH when not. */
  proposeFormat(pinId: number, formatAt: number, formatBytes: number): NtStatus;
  physicalConnection(pinId: number): PhysicalConnection | null;
  /** Answers with the name that the driver gives the pin; null when it leaves that to the port. */
  pinName(request: KsRequest): NtStatus | null;
}

type PinAnswer = (request: KsRequest, pin: PinFactory, pinId: number) => NtStatus;

const ofPin =
  (host: PinHost, answer: PinAnswer): PropertyHandler =>
  (request) => {
    const pinId = request.view.getUint32(request.requestAt + KSP_PIN.offsets.PinId, true);
    const pin = host.description.pins[pinId];
    return pin === undefined ? STATUS_INVALID_PARAMETER : answer(request, pin, pinId);
  };

export function pinPropertySet(host: PinHost): PropertySet {
  const get = (id: number, answer: PinAnswer, value: ByteCount = 0): PropertyItem => ({
    id,
    get: ofPin(host, answer),
    request: KSP_PIN,
    value,
  });
  const countTypes: PropertyItem = {
    id: KSPROPERTY_PIN.CTYPES,
    get: (request) => request.answerUlong(host.description.pins.length),
    request: KSPROPERTY,
    value: 4,
  };
  const items: PropertyItem[] = [
    countTypes,
    get(
      KSPROPERTY_PIN.CINSTANCES,
      (request, _pin, pinId) => {
        const { filterPossible, filterCurrent } = host.instances(pinId);
        return answerInstances(request, filterPossible, filterCurrent);
      },
      KSPIN_CINSTANCES,
    ),
    get(
      KSPROPERTY_PIN.GLOBALCINSTANCES,
      (request, _pin, pinId) => {
        const { globalPossible, globalCurrent } = host.instances(pinId);
        return answerInstances(request, globalPossible, globalCurrent);
      },
      KSPIN_CINSTANCES,
    ),
    get(
      KSPROPERTY_PIN.NECESSARYINSTANCES,
      (request, _pin, pinId) => request.answerUlong(host.instances(pinId).filterNecessary),
      4,
    ),
    get(KSPROPERTY_PIN.DATAFLOW, (request, pin) => request.answerUlong(pin.dataFlow), 4),
    get(KSPROPERTY_PIN.COMMUNICATION, (request, pin) => request.answerUlong(pin.communication), 4),
    get(KSPROPERTY_PIN.DATARANGES, answerRanges),
    get(KSPROPERTY_PIN.CONSTRAINEDDATARANGES, answerRanges),
    get(KSPROPERTY_PIN.INTERFACES, (request, pin) => answerIdentifiers(request, pin.interfaces)),
    get(KSPROPERTY_PIN.MEDIUMS, (request, pin) => answerIdentifiers(request, pin.mediums)),
    get(KSPROPERTY_PIN.CATEGORY, answerCategory, 16),
    get(KSPROPERTY_PIN.NAME, (request, pin) => host.pinName(request) ?? answerName(request, pin)),
    get(KSPROPERTY_PIN.PHYSICALCONNECTION, (request, _pin, pinId) =>
      answerConnection(request, host.physicalConnection(pinId)),
    ),
    get(KSPROPERTY_PIN.DATAINTERSECTION, (request, pin, pinId) =>
      intersect(host, request, pin, pinId),
    ),
  ];
  return { set: KSPROPSETID_Pin, items };
}

/**
 * What a port answers where the miniport's table has no handler: a miniport knows better than its
 * ranges which formats its pins take, such as the containers of a depth.
 */
export function defaultPinPropertySet(host: PinHost): PropertySet {
  return {
    set: KSPROPSETID_Pin,
    items: [
      {
        id: KSPROPERTY_PIN.PROPOSEDATAFORMAT,
        set: ofPin(host, (request, _pin, pinId) =>
          host.proposeFormat(pinId, request.valueAt, request.valueBytes),
        ),
        request: KSP_PIN,
        value: KSDATAFORMAT,
      },
      {
        id: KSPROPERTY_PIN.PROPOSEDATAFORMAT2,
        get: () => STATUS_NOT_SUPPORTED,
        request: KSP_PIN,
        value: 0,
      },
    ],
  };
}

function answerInstances(request: KsRequest, possible: number, current: number): NtStatus {
  const status = request.answer(KSPIN_CINSTANCES.size);
  if (status !== STATUS_SUCCESS) return status;
  KSPIN_CINSTANCES.write(request.view, request.valueAt, {
    PossibleCount: possible,
    CurrentCount: current,
  });
  return STATUS_SUCCESS;
}

function answerRanges(request: KsRequest, pin: PinFactory): NtStatus {
  const ranges = pin.dataRanges;
  return answerList(
    request,
    ranges.length,
    (index) => dataRangeBytes(ranges[index] as (typeof ranges)[number]),
    (index, at) => writeDataRange(request.view, at, ranges[index] as (typeof ranges)[number]),
  );
}

function answerCategory(request: KsRequest, pin: PinFactory): NtStatus {
  if (pin.category === null) return STATUS_NOT_FOUND;
  const status = request.answer(16);
  if (status !== STATUS_SUCCESS) return status;
  for (let word = 0; word < 4; word++) {
    request.view.setUint32(request.valueAt + 4 * word, pin.category.words[word] as number, true);
  }
  return STATUS_SUCCESS;
}

/** The Name GUID decides where there is one, else the Category; both are looked up as names. */
function answerName(request: KsRequest, pin: PinFactory): NtStatus {
  const named = pin.name ?? pin.category;
  const text = named === null ? null : mediaCategoryName(named);
  return text === null ? STATUS_OBJECT_NAME_NOT_FOUND : answerText(request, text);
}

function answerConnection(request: KsRequest, connection: PhysicalConnection | null): NtStatus {
  if (connection === null) return STATUS_NOT_FOUND;
  const nameAt = KSPIN_PHYSICALCONNECTION.size;
  const bytes = nameAt + 2 * (connection.symbolicLink.length + 1);
  const status = request.answer(bytes);
  if (status !== STATUS_SUCCESS) return status;
  KSPIN_PHYSICALCONNECTION.write(request.view, request.valueAt, {
    Size: bytes,
    Pin: connection.pin,
  });
  writeWideText(request.view, request.valueAt + nameAt, connection.symbolicLink);
  return STATUS_SUCCESS;
}

/** Where the KSMULTIPLE_ITEM at `at` ends; null when it does not lie whole before `end`. */
function endOfList(view: DataView, at: number, end: number): number | null {
  if (at + KSMULTIPLE_ITEM.size > end) return null;
  const { Size } = KSMULTIPLE_ITEM.read(view, at);
  return Size < KSMULTIPLE_ITEM.size || at + Size > end ? null : at + Size;
}

/** Client ranges in their order outside, the pin's ranges in theirs inside; the first hit ends it. */
function intersect(host: PinHost, request: KsRequest, pin: PinFactory, pinId: number): NtStatus {
  const listAt = request.requestAt + KSP_PIN.size;
  const end = request.requestAt + request.requestBytes;
  if (listAt + KSMULTIPLE_ITEM.size > end) return STATUS_INVALID_BUFFER_SIZE;
  const list = KSMULTIPLE_ITEM.read(request.view, listAt);
  if (list.Size < KSMULTIPLE_ITEM.size || listAt + list.Size > end) {
    return STATUS_INVALID_BUFFER_SIZE;
  }
  let at = listAt + KSMULTIPLE_ITEM.size;
  for (let index = 0; index < list.Count; index++) {
    const client = readDataRange(request.view, at, listAt + list.Size - at);
    if (client === null) return STATUS_INVALID_PARAMETER;
    for (let rangeIndex = 0; rangeIndex < pin.dataRanges.length; rangeIndex++) {
      const own = pin.dataRanges[rangeIndex];
      if (own === undefined || !rangesAgree(client.range, own)) continue;
      const status = host.intersect(request, pinId, at, rangeIndex);
      if (status !== STATUS_NO_MATCH) return status;
    }
    at += roundUp(client.byteLength, 8);
    if (!client.hasAttributes) continue;
    // A list of attributes takes the next place of the list: no range is read out of it.
    index++;
    const attributesEnd = endOfList(request.view, at, listAt + list.Size);
    if (index === list.Count || attributesEnd === null) return STATUS_INVALID_PARAMETER;
    at = roundUp(attributesEnd - listAt, 8) + listAt;
  }
  return STATUS_NO_MATCH;
}
