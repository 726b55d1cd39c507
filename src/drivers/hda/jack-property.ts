/**
 * KSPROPSETID_Jack of the topology filter: what the jack of a bridge pin looks like and whether a
 * plug is in it. HD Audio numbers connectors and places as Windows does (HDA 1.0a 7.3.3.31), and
 * names colours without saying which shade. Source: KSPROPERTY_JACK_DESCRIPTION, KSJACK_DESCRIPTION.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  PCPROPERTY_ITEM_FLAG_BASICSUPPORT,
  PCPROPERTY_ITEM_FLAG_GET,
  type PcPropertyItem,
  type PcPropertyRequest,
} from '../../portcls/ddi/index.ts';
import { JACK_COLOR, PORT_CONNECTIVITY } from '../../standards/hda/index.ts';
import { KSMULTIPLE_ITEM } from '../../standards/ks/requests.ts';
import {
  EPxcPortConnection,
  eGeoLocNotApplicable,
  JACKDESC2_PRESENCE_DETECT_CAPABILITY,
  KSJACK_DESCRIPTION,
  KSJACK_DESCRIPTION2,
  KSPROPERTY_JACK,
  KSPROPSETID_Jack,
  VARIANT_TYPE,
} from '../../standards/ks/topology-controls.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { defaultChannelMask } from '../../standards/pcm/channel-mask.ts';
import { answerBasicSupport, checkRoom } from './basic-support.ts';
import type { Jack } from './jack.ts';

const PIN_BYTES = 4;
const ACCESS_FLAGS = PCPROPERTY_ITEM_FLAG_GET | PCPROPERTY_ITEM_FLAG_BASICSUPPORT;
/** Bits of a location: the side of the box below, which box above. */
const SIDE_MASK = 0xf;
const BOX_SHIFT = 4;
/** A jack of this size carries two channels. */
const JACK_CHANNELS = 2;
const COLORS = new Map<number, number>([
  [JACK_COLOR.BLUE, 0x00_00ff],
  [JACK_COLOR.GREEN, 0x00_8000],
  [JACK_COLOR.PINK, 0xff_c0cb],
]);
const PORT_CONNECTIONS = new Map<number, number>([
  [PORT_CONNECTIVITY.JACK, EPxcPortConnection.ePortConnJack],
  [PORT_CONNECTIVITY.FIXED, EPxcPortConnection.ePortConnIntegratedDevice],
  [PORT_CONNECTIVITY.BOTH, EPxcPortConnection.ePortConnBothIntegratedAndJack],
]);

/** A bridge pin of the topology filter that is a jack. */
export interface JackPin {
  readonly jack: Jack;
  readonly isCapture: boolean;
}

/** The two properties; other pins than these answer STATUS_INVALID_PARAMETER. */
export function jackProperties(
  wdk: KernelDdi,
  jackOf: (pin: number) => JackPin | null,
): PcPropertyItem[] {
  const item = (
    id: number,
    bytes: number,
    write: (view: DataView, at: number, pin: JackPin) => void,
  ): PcPropertyItem => ({
    set: KSPROPSETID_Jack,
    id,
    flags: ACCESS_FLAGS,
    handler: (request) => handle(wdk, request, jackOf, bytes, write),
  });
  return [
    item(KSPROPERTY_JACK.DESCRIPTION, KSJACK_DESCRIPTION.size, writeDescription),
    item(KSPROPERTY_JACK.DESCRIPTION2, KSJACK_DESCRIPTION2.size, writeDescription2),
  ];
}

/** One description behind a KSMULTIPLE_ITEM: each of these pins has one jack. */
function handle(
  wdk: KernelDdi,
  request: PcPropertyRequest,
  jackOf: (pin: number) => JackPin | null,
  bytes: number,
  write: (view: DataView, at: number, pin: JackPin) => void,
): NtStatus {
  const { instance, instanceSize, value, verb } = request;
  if ((verb & PCPROPERTY_ITEM_FLAG_BASICSUPPORT) !== 0) {
    const type = VARIANT_TYPE.VT_ILLEGAL;
    const support = { accessFlags: ACCESS_FLAGS, type, channels: 0, range: null };
    return answerBasicSupport(wdk, request, support);
  }
  if (instance === null || instanceSize < PIN_BYTES) return STATUS_INVALID_PARAMETER;
  const pin = jackOf(wdk.viewAt(instance, PIN_BYTES).getUint32(0, true));
  if (pin === null) return STATUS_INVALID_PARAMETER;
  const wholeBytes = KSMULTIPLE_ITEM.size + bytes;
  const status = checkRoom(request, wholeBytes);
  if (!ntSuccess(status) || value === null) return status;
  const view = wdk.viewAt(value, wholeBytes);
  KSMULTIPLE_ITEM.write(view, 0, { Size: wholeBytes, Count: 1 });
  write(view, KSMULTIPLE_ITEM.size, pin);
  return STATUS_SUCCESS;
}

/** A channel mapping has a meaning for analog outputs alone. */
function writeDescription(view: DataView, at: number, { isCapture, jack }: JackPin): void {
  const { color = 0, connection = 0, connectivity = -1, location = 0 } = jack.config ?? {};
  const side = location & SIDE_MASK;
  KSJACK_DESCRIPTION.write(view, at, {
    ChannelMapping: isCapture ? 0 : defaultChannelMask(JACK_CHANNELS),
    Color: COLORS.get(color) ?? 0,
    ConnectionType: connection,
    GeoLocation: side === 0 ? eGeoLocNotApplicable : side,
    GenLocation: location >>> BOX_SHIFT,
    PortConnection: PORT_CONNECTIONS.get(connectivity) ?? EPxcPortConnection.ePortConnUnknown,
    IsConnected: jack.isConnected ? 1 : 0,
  });
}

function writeDescription2(view: DataView, at: number, { jack }: JackPin): void {
  KSJACK_DESCRIPTION2.write(view, at, {
    DeviceStateInfo: 0,
    JackCapabilities: jack.canDetect ? JACKDESC2_PRESENCE_DETECT_CAPABILITY : 0,
  });
}
