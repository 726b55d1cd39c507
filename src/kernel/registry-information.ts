/**
 * The byte layouts of KEY_*_INFORMATION and KEY_VALUE_*_INFORMATION, and the rule for short buffers
 * that they share: what fits of the answer is written, and the needed size is always told. The
 * classes and offsets are those of wdm.h.
 */
import type { Out } from '../base/out.ts';
import { roundUp } from '../base/struct.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MORE_ENTRIES,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { fileNameBytes } from './io/file-object.ts';
import {
  checkHandle,
  KEY_ENUMERATE_SUB_KEYS,
  KEY_QUERY_VALUE,
  type RegistryHandle,
} from './registry.ts';
import type { RegistryKey, RegistryValue } from './registry-key.ts';

/** KEY_INFORMATION_CLASS. */
export const KeyBasicInformation = 0;
export const KeyNodeInformation = 1;
export const KeyFullInformation = 2;
/** KEY_VALUE_INFORMATION_CLASS. */
export const KeyValueBasicInformation = 0;
export const KeyValueFullInformation = 1;
export const KeyValuePartialInformation = 2;

/** A whole answer: the part before the variable data has `fixedBytes`. */
interface Answer {
  readonly bytes: Uint8Array;
  readonly fixedBytes: number;
}

/** ZwQueryKey: STATUS_BUFFER_OVERFLOW for part of the answer, STATUS_BUFFER_TOO_SMALL for none. */
export function queryKey(
  handle: RegistryHandle,
  informationClass: number,
  buffer: Uint8Array,
  resultLength: Out<number>,
): NtStatus {
  const status = checkHandle(handle, KEY_QUERY_VALUE);
  if (status !== STATUS_SUCCESS) return status;
  return deliver(keyAnswer(handle.key, informationClass), buffer, resultLength);
}

/** ZwEnumerateKey: STATUS_NO_MORE_ENTRIES past the last subkey. */
export function enumerateKey(
  handle: RegistryHandle,
  index: number,
  informationClass: number,
  buffer: Uint8Array,
  resultLength: Out<number>,
): NtStatus {
  const status = checkHandle(handle, KEY_ENUMERATE_SUB_KEYS);
  if (status !== STATUS_SUCCESS) return status;
  const key = [...handle.key.subkeys.values()][index];
  if (key === undefined) return STATUS_NO_MORE_ENTRIES;
  return deliver(keyAnswer(key, informationClass), buffer, resultLength);
}

/** ZwQueryValueKey: STATUS_OBJECT_NAME_NOT_FOUND for a value that is not there. */
export function queryValueKey(
  handle: RegistryHandle,
  name: string,
  informationClass: number,
  buffer: Uint8Array,
  resultLength: Out<number>,
): NtStatus {
  const status = checkHandle(handle, KEY_QUERY_VALUE);
  if (status !== STATUS_SUCCESS) return status;
  const value = handle.key.value(name);
  if (value === null) return STATUS_OBJECT_NAME_NOT_FOUND;
  return deliver(valueAnswer(value, informationClass), buffer, resultLength);
}

/** ZwEnumerateValueKey: STATUS_NO_MORE_ENTRIES past the last value. */
export function enumerateValueKey(
  handle: RegistryHandle,
  index: number,
  informationClass: number,
  buffer: Uint8Array,
  resultLength: Out<number>,
): NtStatus {
  const status = checkHandle(handle, KEY_QUERY_VALUE);
  if (status !== STATUS_SUCCESS) return status;
  const value = [...handle.key.values.values()][index];
  if (value === undefined) return STATUS_NO_MORE_ENTRIES;
  return deliver(valueAnswer(value, informationClass), buffer, resultLength);
}

function deliver(answer: Answer | null, buffer: Uint8Array, length: Out<number>): NtStatus {
  if (answer === null) return STATUS_INVALID_PARAMETER;
  length.value = answer.bytes.length;
  if (buffer.length < answer.fixedBytes) return STATUS_BUFFER_TOO_SMALL;
  buffer.set(answer.bytes.subarray(0, buffer.length));
  return buffer.length < answer.bytes.length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/** LastWriteTime and TitleIndex are 0: the registry keeps no time, and titles were never used. */
function keyAnswer(key: RegistryKey, informationClass: number): Answer | null {
  const name = fileNameBytes(key.name);
  switch (informationClass) {
    case KeyBasicInformation:
      return answer(16, name, [[12, name.length]]);
    case KeyNodeInformation:
      return answer(24, name, [
        [12, 0xffff_ffff],
        [20, name.length],
      ]);
    case KeyFullInformation: {
      const values = [...key.values.values()];
      const longest = (sizes: number[]): number => sizes.reduce((a, b) => Math.max(a, b), 0);
      return answer(44, new Uint8Array(0), [
        [12, 0xffff_ffff],
        [20, key.subkeys.size],
        [24, longest([...key.subkeys.values()].map((each) => 2 * each.name.length))],
        [32, values.length],
        [36, longest(values.map((each) => 2 * each.name.length))],
        [40, longest(values.map((each) => each.data.length))],
      ]);
    }
    default:
      return null;
  }
}

function valueAnswer(value: RegistryValue, informationClass: number): Answer | null {
  const name = fileNameBytes(value.name);
  switch (informationClass) {
    case KeyValueBasicInformation:
      return answer(12, name, [
        [4, value.type],
        [8, name.length],
      ]);
    case KeyValueFullInformation: {
      const dataOffset = roundUp(20 + name.length, 4);
      const tail = new Uint8Array(dataOffset - 20 + value.data.length);
      tail.set(name);
      tail.set(value.data, dataOffset - 20);
      return answer(20, tail, [
        [4, value.type],
        [8, dataOffset],
        [12, value.data.length],
        [16, name.length],
      ]);
    }
    case KeyValuePartialInformation:
      return answer(12, value.data, [
        [4, value.type],
        [8, value.data.length],
      ]);
    default:
      return null;
  }
}

function answer(
  fixedBytes: number,
  tail: Uint8Array,
  fields: readonly (readonly [number, number])[],
): Answer {
  const bytes = new Uint8Array(fixedBytes + tail.length);
  const view = new DataView(bytes.buffer);
  for (const [offset, value] of fields) view.setUint32(offset, value, true);
  bytes.set(tail, fixedBytes);
  return { bytes, fixedBytes };
}
