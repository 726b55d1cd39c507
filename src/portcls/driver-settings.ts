/**
 * Settings that an INF file puts under a driver's key, such as PowerSettings and DispatchSettings:
 * a REG_DWORD, or a REG_BINARY of four bytes, as the samples write them. Source: "PortCls Registry
 * Power Settings", "UsePositionLock".
 */
import { Out } from '../base/out.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KEY_READ, type RegistryHandle } from '../kernel/registry.ts';
import { REG_BINARY, REG_DWORD } from '../kernel/registry-key.ts';
import { RegistryKeyType } from './ddi/port.ts';
import { deviceKeyPath } from './registry-key.ts';

const SETTING_BYTES = 4;

/** The path of a key below the driver's own. Null for a device that the bus does not know. */
export function driverKeyPath(kernel: Kernel, pdo: DeviceObject, subkey: string): string | null {
  const path = deviceKeyPath(kernel, pdo, RegistryKeyType.DriverRegistryKey);
  return path === null ? null : `${path}\\${subkey}`;
}

/** A value of a key below the driver's own; null when there is none of these types. */
export function readDriverSetting(
  kernel: Kernel,
  pdo: DeviceObject,
  subkey: string,
  name: string,
): number | null {
  const path = driverKeyPath(kernel, pdo, subkey);
  const handle = new Out<RegistryHandle | null>(null);
  if (path !== null) kernel.registry.open(null, path, KEY_READ, handle);
  if (handle.value === null) return null;
  const value = handle.value.key.value(name);
  kernel.registry.close(handle.value);
  if (value === null || value.data.length < SETTING_BYTES) return null;
  if (value.type !== REG_DWORD && value.type !== REG_BINARY) return null;
  const { buffer, byteOffset, byteLength } = value.data;
  return new DataView(buffer, byteOffset, byteLength).getUint32(0, true);
}
