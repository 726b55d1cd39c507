/**
 * The formats that the pin of an endpoint takes: each is proposed (KSPROPERTY_PIN_PROPOSEDATAFORMAT)
 * and, as a data range that answers a proposal says nothing of containers, opened and closed again.
 * So these are facts where a data range is a claim. Told by sample type: which channel counts go
 * with which rates.
 */
import { KsFilter } from '../client/ks-filter.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { HostPin } from '../engine/endpoint-walk.ts';
import { ntSuccess } from '../standards/nt/ntstatus.ts';
import { defaultChannelMask } from '../standards/pcm/channel-mask.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';

/** All combinations of these channel counts and rates are taken. */
export interface TakenFormats {
  readonly float: boolean;
  readonly validBits: number;
  readonly containerBits: number;
  readonly channels: readonly number[];
  readonly ratesHz: readonly number[];
}

const RATES_HZ = [
  8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000,
  176_400, 192_000, 352_800, 384_000,
];
const MOST_CHANNELS = 8;
const SAMPLES = [
  { float: false, validBits: 8, containerBits: 8 },
  { float: false, validBits: 16, containerBits: 16 },
  { float: false, validBits: 20, containerBits: 24 },
  { float: false, validBits: 20, containerBits: 32 },
  { float: false, validBits: 24, containerBits: 24 },
  { float: false, validBits: 24, containerBits: 32 },
  { float: false, validBits: 32, containerBits: 32 },
  { float: true, validBits: 32, containerBits: 32 },
] as const;

/** @throws KsError when the filter cannot be opened */
export function takenFormats(home: ClientHome, host: HostPin): TakenFormats[] {
  const filter = KsFilter.open(home, host.filter.symbolicLink);
  try {
    return SAMPLES.flatMap((sample) => {
      const groups = new Map<string, { channels: number[]; ratesHz: number[] }>();
      for (let channels = 1; channels <= MOST_CHANNELS; channels++) {
        const channelMask = defaultChannelMask(channels);
        const ratesHz = RATES_HZ.filter((rateHz) =>
          isTaken(filter, host.pin.id, { ...sample, rateHz, channels, channelMask }),
        );
        if (ratesHz.length === 0) continue;
        const group = groups.get(ratesHz.join()) ?? { channels: [], ratesHz };
        group.channels.push(channels);
        groups.set(ratesHz.join(), group);
      }
      return [...groups.values()].map((group) => ({ ...sample, ...group }));
    });
  } finally {
    filter.close();
  }
}

function isTaken(filter: KsFilter, pinId: number, format: PcmFormat): boolean {
  if (!ntSuccess(filter.proposeFormat(pinId, format))) return false;
  const { pin } = filter.tryOpenPin(pinId, format);
  pin?.close();
  return pin !== null;
}
