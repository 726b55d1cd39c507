/**
 * IoGetDeviceProperty: what the bus and the registry say of a device. Strings come back as UTF-16LE
 * with a terminator, the hardware ids as a list that an empty string ends.
 */
import type { Out } from '../../base/out.ts';
import {
  type NtStatus,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { fileNameBytes } from '../io/file-object.ts';
import type { DeviceNode } from './device-node.ts';
import {
  DevicePropertyCompatibleIDs,
  DevicePropertyDeviceDescription,
  DevicePropertyEnumeratorName,
  DevicePropertyFriendlyName,
  DevicePropertyHardwareID,
  DevicePropertyManufacturer,
  DevicePropertyPhysicalDeviceObjectName,
} from './pnp-codes.ts';

const TERMINATOR = '\0';

/**
 * Fills `buffer` with a property and `resultLength` with its size in bytes. A buffer that is too
 * short stays as it is: STATUS_BUFFER_TOO_SMALL. A device that has no such property:
 * STATUS_OBJECT_NAME_NOT_FOUND; one that is no PDO (`node` null): STATUS_INVALID_DEVICE_REQUEST.
 * PASSIVE_LEVEL.
 */
export function readDeviceProperty(
  node: DeviceNode | null,
  property: number,
  buffer: Uint8Array,
  resultLength: Out<number>,
): NtStatus {
  resultLength.value = 0;
  if (node === null) return STATUS_INVALID_DEVICE_REQUEST;
  const text = propertyText(node, property);
  if (text === null) return STATUS_OBJECT_NAME_NOT_FOUND;
  const bytes = fileNameBytes(text);
  resultLength.value = bytes.length;
  if (buffer.length < bytes.length) return STATUS_BUFFER_TOO_SMALL;
  buffer.set(bytes);
  return STATUS_SUCCESS;
}

function propertyText(node: DeviceNode, property: number): string | null {
  const { description, manufacturer, friendlyName, hardwareId } = node.description;
  const terminated = (text: string | undefined): string | null =>
    text === undefined ? null : text + TERMINATOR;
  switch (property) {
    case DevicePropertyDeviceDescription:
      return terminated(description);
    case DevicePropertyHardwareID:
      return hardwareId + TERMINATOR + TERMINATOR;
    case DevicePropertyCompatibleIDs:
      return TERMINATOR;
    case DevicePropertyManufacturer:
      return terminated(manufacturer);
    case DevicePropertyFriendlyName:
      return terminated(friendlyName);
    case DevicePropertyPhysicalDeviceObjectName:
      return terminated(node.pdo.name);
    case DevicePropertyEnumeratorName:
      return terminated(hardwareId.split('\\')[0]);
    default:
      return null;
  }
}
