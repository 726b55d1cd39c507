/** Answers that are lists: a KSMULTIPLE_ITEM, then items that each start on an 8-byte boundary. */
import { type Guid, writeGuid } from '../base/guid.ts';
import { roundUp } from '../base/struct.ts';
import type { PinIdentifier } from '../standards/ks/descriptors.ts';
import { KSIDENTIFIER, KSMULTIPLE_ITEM } from '../standards/ks/requests.ts';
import { type NtStatus, STATUS_SUCCESS } from '../standards/nt/ntstatus.ts';
import type { KsRequest } from './request.ts';

/** Answers with `count` items of `itemBytes(index)` bytes, written by `write(index, at)`. */
export function answerList(
  request: KsRequest,
  count: number,
  itemBytes: (index: number) => number,
  write: (index: number, at: number) => void,
): NtStatus {
  let size = KSMULTIPLE_ITEM.size;
  for (let index = 0; index < count; index++) size += roundUp(itemBytes(index), 8);
  const status = request.answer(size);
  if (status !== STATUS_SUCCESS) return status;
  KSMULTIPLE_ITEM.write(request.view, request.valueAt, { Size: size, Count: count });
  let at = request.valueAt + KSMULTIPLE_ITEM.size;
  for (let index = 0; index < count; index++) {
    write(index, at);
    at += roundUp(itemBytes(index), 8);
  }
  return STATUS_SUCCESS;
}

export function answerGuids(request: KsRequest, guids: readonly Guid[]): NtStatus {
  const write = (index: number, at: number): void => {
    writeGuid(request.view, at, guids[index] as Guid);
  };
  return answerList(request, guids.length, () => 16, write);
}

export function answerIdentifiers(
  request: KsRequest,
  identifiers: readonly PinIdentifier[],
): NtStatus {
  const write = (index: number, at: number): void => {
    const { set, id } = identifiers[index] as PinIdentifier;
    KSIDENTIFIER.write(request.view, at, { Set: set, Id: id, Flags: 0 });
  };
  return answerList(request, identifiers.length, () => KSIDENTIFIER.size, write);
}

/** Answers with a null-terminated wide string. */
export function answerText(request: KsRequest, text: string): NtStatus {
  const status = request.answer(2 * (text.length + 1));
  if (status !== STATUS_SUCCESS) return status;
  writeWideText(request.view, request.valueAt, text);
  return STATUS_SUCCESS;
}

export function writeWideText(view: DataView, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) {
    view.setUint16(at + 2 * index, text.charCodeAt(index), true);
  }
  view.setUint16(at + 2 * text.length, 0, true);
}
