/**
 * A string that an INF wrote into the `Parameters` key of the driver's service. Source: "Registry
 * Key Objects", IRegistryKey, RTL_QUERY_REGISTRY_TABLE.
 */
import { Out } from '../../base/out.ts';
import { type IRegistryKey, RegistryKeyType, type Wdk } from '../../portcls/ddi/index.ts';
import {
  ntSuccess,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';

const PARAMETERS = 'Parameters';
const REG_SZ = 1;
const KEY_READ = 0x2_0019;

/** Null when there is no such value, or it is no string. PASSIVE_LEVEL. */
export function readTextValue(wdk: Wdk, registryPath: string, valueName: string): string | null {
  const key = openKey(wdk, `${registryPath}\\${PARAMETERS}`);
  if (key === null) return null;
  let found: string | null = null;
  const table = [
    {
      name: valueName,
      flags: 0,
      queryRoutine: (_name: string, type: number, data: Uint8Array) => {
        if (type !== REG_SZ) return STATUS_OBJECT_NAME_NOT_FOUND;
        found = stringOf(data);
        return STATUS_SUCCESS;
      },
    },
    { name: null, flags: 0, queryRoutine: () => STATUS_SUCCESS },
  ];
  key.queryRegistryValues(table, null);
  key.release();
  return found;
}

function openKey(wdk: Wdk, path: string): IRegistryKey | null {
  const out = new Out<IRegistryKey | null>(null);
  const disposition = new Out(0);
  const type = RegistryKeyType.GeneralRegistryKey;
  const status = wdk.PcNewRegistryKey(out, null, type, KEY_READ, null, null, path, 0, disposition);
  return ntSuccess(status) ? out.value : null;
}

/** A REG_SZ: UTF-16, and a zero behind it. */
function stringOf(data: Uint8Array): string {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let text = '';
  for (let at = 0; at + 1 < data.length; at += 2) {
    const unit = view.getUint16(at, true);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}
