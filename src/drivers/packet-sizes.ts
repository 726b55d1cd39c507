/**
 * What our drivers say of the packets that the audio engine may ask for of a WaveRT filter: 128
 * frames at 48 kHz or more, as Windows' own HD Audio driver has them. Without a word of it the
 * engine keeps to 10 ms. Source: KSAUDIO_PACKETSIZE_CONSTRAINTS2, "Low Latency Audio".
 */
import type { DeviceObject } from '../kernel/ddi/index.ts';
import { Out, type Wdk } from '../portcls/ddi/index.ts';
import { KSCATEGORY_AUDIO } from '../standards/ks/guids.ts';
import {
  DEVPKEY_KsAudio_PacketSize_Constraints2,
  packetSizeConstraints,
} from '../standards/ks/packet-size-constraints.ts';
import { DEVPROP_TYPE_BINARY, LOCALE_NEUTRAL } from '../standards/nt/device-properties.ts';
import { type NtStatus, ntSuccess, STATUS_NO_SUCH_DEVICE } from '../standards/nt/ntstatus.ts';

/** 128 frames at 48 kHz, rounded down so that they are enough. */
const MINIMUM_100NS = 26_666;
const NOT_PERSISTENT = 0;

/**
 * Sets the property of the wave filter that will be registered as `name`. PASSIVE_LEVEL.
 * @param alignmentMask FILE_*_ALIGNMENT, of a packet's bytes
 */
export function declarePacketSizes(
  wdk: Wdk,
  deviceObject: DeviceObject,
  name: string,
  alignmentMask: number,
): NtStatus {
  const physicalDevice = new Out<DeviceObject | null>(null);
  let status = wdk.PcGetPhysicalDeviceObject(deviceObject, physicalDevice);
  if (!ntSuccess(status)) return status;
  if (physicalDevice.value === null) return STATUS_NO_SUCH_DEVICE;
  const link = new Out('');
  status = wdk.IoRegisterDeviceInterface(physicalDevice.value, KSCATEGORY_AUDIO, name, link);
  if (!ntSuccess(status)) return status;
  return wdk.IoSetDeviceInterfacePropertyData(
    link.value,
    DEVPKEY_KsAudio_PacketSize_Constraints2,
    LOCALE_NEUTRAL,
    NOT_PERSISTENT,
    DEVPROP_TYPE_BINARY,
    packetSizeConstraints({
      minimum100ns: MINIMUM_100NS,
      alignmentMask,
      maximumBytes: 0,
      modes: [],
    }),
  );
}
