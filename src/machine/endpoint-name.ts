/**
 * The whole name of an endpoint that a raw client uses, as the audio engine makes it: with the
 * device behind it in brackets. Source: PKEY_Device_FriendlyName, "Device Properties".
 */
import type { EndpointFacts } from '../client/endpoints.ts';
import type { AudioDevice } from './devices.ts';
import { endpointName } from './endpoint-choice.ts';

export const friendlyNameOf = (
  endpoint: EndpointFacts,
  { device }: { readonly device: Pick<AudioDevice, 'identity'> },
): string => `${endpointName(endpoint)} (${device.identity.description})`;
