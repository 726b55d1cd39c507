/**
 * The formats of an endpoint: the device format, which the engine opens its one pin with, the mix
 * format, in which sessions are added up, and which formats the pin takes at all. Windows chooses
 * the first default that the driver takes from a list with 48 kHz, stereo and 16 bits at its head.
 * Source: "Device Formats", "Stream Formats" (WASAPI), KSPROPERTY_PIN_PROPOSEDATAFORMAT.
 */
import { KsFilter } from '../client/ks-filter.ts';
import type { ClientHome } from '../client/ks-object.ts';
import { KSINTERFACE_STANDARD } from '../standards/ks/requests.ts';
import { ntSuccess } from '../standards/nt/ntstatus.ts';
import { defaultChannelMask } from '../standards/pcm/channel-mask.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { HostPin } from './endpoint-walk.ts';
import { hasCyclicBuffer } from './open-engine-pin.ts';

const RATES_HZ = [48_000, 44_100, 96_000, 192_000, 32_000, 16_000, 8_000];
const CHANNELS = [2, 1, 6, 8, 4];
/** Valid bits in their containers. */
const WIDTHS = [
  [16, 16],
  [24, 32],
  [24, 24],
  [32, 32],
  [8, 8],
] as const;

/**
 * Whether a pin of this kind could be opened with the format. Miniports for WaveRT are asked by the
 * proposal; for others the port answers it out of their data ranges, which cannot say everything
 * (a least number of channels), so that a pin is opened to find out. @throws KsError
 */
export function isPinFormat(home: ClientHome, host: HostPin, format: PcmFormat): boolean {
  const filter = KsFilter.open(home, host.filter.symbolicLink);
  try {
    if (!ntSuccess(filter.proposeFormat(host.pin.id, format))) return false;
    if (hasCyclicBuffer(host.filter)) return true;
    const { handle, status } = filter.tryConnect(
      host.pin.id,
      format,
      KSINTERFACE_STANDARD.STREAMING,
    );
    if (ntSuccess(status)) home.process.closeHandle(handle);
    return ntSuccess(status);
  } finally {
    filter.close();
  }
}

/** The device format where nobody chose one; null when the pin takes none of the list. */
export function defaultDeviceFormat(home: ClientHome, host: HostPin): PcmFormat | null {
  const filter = KsFilter.open(home, host.filter.symbolicLink);
  try {
    for (const format of candidates()) {
      if (ntSuccess(filter.proposeFormat(host.pin.id, format))) return format;
    }
    return null;
  } finally {
    filter.close();
  }
}

function* candidates(): Generator<PcmFormat> {
  for (const channels of CHANNELS) {
    for (const rateHz of RATES_HZ) {
      for (const [validBits, containerBits] of WIDTHS) {
        const channelMask = defaultChannelMask(channels);
        yield { rateHz, channels, validBits, containerBits, float: false, channelMask };
      }
    }
  }
}

/** Float frames of the device's rate and speakers, WAVEFORMATEXTENSIBLE. */
export function mixFormatOf(device: PcmFormat): PcmFormat {
  return { ...device, validBits: 32, containerBits: 32, float: true };
}
