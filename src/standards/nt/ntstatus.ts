/**
 * NTSTATUS, as ntstatus.h numbers it. Values are unsigned 32-bit numbers; the top two bits give
 * the severity, and only success and informational ones pass NT_SUCCESS.
 */
import type { Brand } from '../../base/brand.ts';

export type NtStatus = Brand<number, 'NtStatus'>;

const status = (value: number): NtStatus => value as NtStatus;

export const STATUS_SUCCESS = status(0x00000000);
export const STATUS_TIMEOUT = status(0x00000102);
export const STATUS_PENDING = status(0x00000103);
export const STATUS_BUFFER_OVERFLOW = status(0x80000005);
export const STATUS_NO_MORE_ENTRIES = status(0x8000001a);
export const STATUS_UNSUCCESSFUL = status(0xc0000001);
export const STATUS_NOT_IMPLEMENTED = status(0xc0000002);
export const STATUS_ACCESS_VIOLATION = status(0xc0000005);
export const STATUS_INVALID_HANDLE = status(0xc0000008);
export const STATUS_INVALID_PARAMETER = status(0xc000000d);
export const STATUS_NO_SUCH_DEVICE = status(0xc000000e);
export const STATUS_INVALID_DEVICE_REQUEST = status(0xc0000010);
export const STATUS_ACCESS_DENIED = status(0xc0000022);
export const STATUS_BUFFER_TOO_SMALL = status(0xc0000023);
export const STATUS_OBJECT_TYPE_MISMATCH = status(0xc0000024);
export const STATUS_OBJECT_NAME_INVALID = status(0xc0000033);
export const STATUS_OBJECT_NAME_NOT_FOUND = status(0xc0000034);
export const STATUS_OBJECT_NAME_COLLISION = status(0xc0000035);
export const STATUS_DATA_OVERRUN = status(0xc000003c);
export const STATUS_DATA_LATE_ERROR = status(0xc000003d);
export const STATUS_DELETE_PENDING = status(0xc0000056);
export const STATUS_INSUFFICIENT_RESOURCES = status(0xc000009a);
export const STATUS_DEVICE_NOT_READY = status(0xc00000a3);
export const STATUS_IO_TIMEOUT = status(0xc00000b5);
export const STATUS_NOT_SUPPORTED = status(0xc00000bb);
export const STATUS_PROCESS_IS_TERMINATING = status(0xc000010a);
export const STATUS_CANCELLED = status(0xc0000120);
export const STATUS_INVALID_DEVICE_STATE = status(0xc0000184);
export const STATUS_IO_DEVICE_ERROR = status(0xc0000185);
export const STATUS_INVALID_USER_BUFFER = status(0xc00000e8);
export const STATUS_DEVICE_REMOVED = status(0xc00002b6);
export const STATUS_INVALID_BUFFER_SIZE = status(0xc0000206);
export const STATUS_NOT_FOUND = status(0xc0000225);
export const STATUS_PROPSET_NOT_FOUND = status(0xc0000230);
export const STATUS_NO_MATCH = status(0xc0000272);
export const STATUS_KEY_DELETED = status(0xc000017c);
export const STATUS_DEVICE_CONFIGURATION_ERROR = status(0xc0000182);
export const STATUS_DEVICE_BUSY = status(0x80000011);
export const STATUS_RESOURCE_TYPE_NOT_FOUND = status(0xc000008a);

const names = new Map<number, string>(
  Object.entries({
    STATUS_SUCCESS,
    STATUS_TIMEOUT,
    STATUS_PENDING,
    STATUS_BUFFER_OVERFLOW,
    STATUS_NO_MORE_ENTRIES,
    STATUS_UNSUCCESSFUL,
    STATUS_NOT_IMPLEMENTED,
    STATUS_ACCESS_VIOLATION,
    STATUS_INVALID_HANDLE,
    STATUS_INVALID_PARAMETER,
    STATUS_NO_SUCH_DEVICE,
    STATUS_INVALID_DEVICE_REQUEST,
    STATUS_ACCESS_DENIED,
    STATUS_BUFFER_TOO_SMALL,
    STATUS_OBJECT_TYPE_MISMATCH,
    STATUS_OBJECT_NAME_INVALID,
    STATUS_OBJECT_NAME_NOT_FOUND,
    STATUS_OBJECT_NAME_COLLISION,
    STATUS_DATA_OVERRUN,
    STATUS_DATA_LATE_ERROR,
    STATUS_DELETE_PENDING,
    STATUS_INSUFFICIENT_RESOURCES,
    STATUS_DEVICE_NOT_READY,
    STATUS_IO_TIMEOUT,
    STATUS_NOT_SUPPORTED,
    STATUS_PROCESS_IS_TERMINATING,
    STATUS_CANCELLED,
    STATUS_INVALID_DEVICE_STATE,
    STATUS_IO_DEVICE_ERROR,
    STATUS_INVALID_USER_BUFFER,
    STATUS_DEVICE_REMOVED,
    STATUS_INVALID_BUFFER_SIZE,
    STATUS_NOT_FOUND,
    STATUS_PROPSET_NOT_FOUND,
    STATUS_NO_MATCH,
    STATUS_KEY_DELETED,
    STATUS_DEVICE_CONFIGURATION_ERROR,
    STATUS_DEVICE_BUSY,
    STATUS_RESOURCE_TYPE_NOT_FOUND,
  }).map(([name, value]) => [value, name]),
);

/** NT_SUCCESS: success or informational. STATUS_BUFFER_OVERFLOW is a warning and does not pass. */
export function ntSuccess(value: NtStatus): boolean {
  return value < 0x80000000;
}

/** The header's name of a status, or its number in hex. */
export function statusName(value: NtStatus): string {
  return names.get(value) ?? `0x${value.toString(16).toUpperCase().padStart(8, '0')}`;
}

export const STATUS_OBJECT_NAME_EXISTS = status(0x40000000);
export const STATUS_MORE_PROCESSING_REQUIRED = status(0xc0000016);
export const STATUS_CANNOT_DELETE = status(0xc0000121);

for (const [name, value] of Object.entries({
  STATUS_OBJECT_NAME_EXISTS,
  STATUS_MORE_PROCESSING_REQUIRED,
  STATUS_CANNOT_DELETE,
})) {
  names.set(value, name);
}
