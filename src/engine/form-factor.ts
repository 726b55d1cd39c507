/**
 * What an endpoint looks like to its user, by the category of its bridge pin. Values are those of
 * the enumeration EndpointFormFactor in mmdeviceapi.h; categories are those of ksmedia.h.
 */
import { type Guid, guid } from '../base/guid.ts';
import { KSNODETYPE_LINE_CONNECTOR, KSNODETYPE_SPEAKER } from '../standards/ks/guids.ts';
import { KSNODETYPE_MICROPHONE } from '../standards/ks/topology-controls.ts';

export const EndpointFormFactor = {
  RemoteNetworkDevice: 0,
  Speakers: 1,
  LineLevel: 2,
  Headphones: 3,
  Microphone: 4,
  Headset: 5,
  Handset: 6,
  UnknownDigitalPassthrough: 7,
  SPDIF: 8,
  DigitalAudioDisplayDevice: 9,
  UnknownFormFactor: 10,
} as const;
export type EndpointFormFactor = (typeof EndpointFormFactor)[keyof typeof EndpointFormFactor];

const KSNODETYPE_HEADPHONES = guid(
  '{DFF21CE2-F70F-11D0-B917-00A0C9223196}',
  'KSNODETYPE_HEADPHONES',
);
const KSNODETYPE_HEADSET = guid('{DFF21DE2-F70F-11D0-B917-00A0C9223196}', 'KSNODETYPE_HEADSET');
const KSNODETYPE_HANDSET = guid('{DFF21DE1-F70F-11D0-B917-00A0C9223196}', 'KSNODETYPE_HANDSET');
const KSNODETYPE_SPDIF_INTERFACE = guid(
  '{DFF21FE5-F70F-11D0-B917-00A0C9223196}',
  'KSNODETYPE_SPDIF_INTERFACE',
);
const KSNODETYPE_HDMI_INTERFACE = guid(
  '{D1B9CC2A-F519-417F-91C9-55FA65481001}',
  'KSNODETYPE_HDMI_INTERFACE',
);

const formFactors = new Map<Guid, EndpointFormFactor>([
  [KSNODETYPE_SPEAKER, EndpointFormFactor.Speakers],
  [KSNODETYPE_LINE_CONNECTOR, EndpointFormFactor.LineLevel],
  [KSNODETYPE_HEADPHONES, EndpointFormFactor.Headphones],
  [KSNODETYPE_MICROPHONE, EndpointFormFactor.Microphone],
  [KSNODETYPE_HEADSET, EndpointFormFactor.Headset],
  [KSNODETYPE_HANDSET, EndpointFormFactor.Handset],
  [KSNODETYPE_SPDIF_INTERFACE, EndpointFormFactor.SPDIF],
  [KSNODETYPE_HDMI_INTERFACE, EndpointFormFactor.DigitalAudioDisplayDevice],
]);

const formFactorNames = new Map<EndpointFormFactor, string>([
  [EndpointFormFactor.Speakers, 'Speakers'],
  [EndpointFormFactor.LineLevel, 'Line'],
  [EndpointFormFactor.Headphones, 'Headphones'],
  [EndpointFormFactor.Microphone, 'Microphone'],
  [EndpointFormFactor.Headset, 'Headset'],
  [EndpointFormFactor.Handset, 'Handset'],
  [EndpointFormFactor.SPDIF, 'Digital Audio (S/PDIF)'],
  [EndpointFormFactor.DigitalAudioDisplayDevice, 'Digital Audio (HDMI)'],
]);

export const formFactorOf = (category: Guid | null): EndpointFormFactor =>
  (category === null ? undefined : formFactors.get(category)) ??
  EndpointFormFactor.UnknownFormFactor;

/** What an endpoint is called whose pin has no name. */
export const formFactorName = (formFactor: EndpointFormFactor): string =>
  formFactorNames.get(formFactor) ?? 'Audio';
