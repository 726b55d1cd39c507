/** Names that Windows' media category registry gives to pin categories and node types. */
import type { Guid } from '../../base/guid.ts';
import {
  KSNODETYPE_ADC,
  KSNODETYPE_DAC,
  KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
  KSNODETYPE_LINE_CONNECTOR,
  KSNODETYPE_SPEAKER,
} from './guids.ts';

const names = new Map<Guid, string>([
  [KSNODETYPE_SPEAKER, 'Speaker'],
  [KSNODETYPE_LINE_CONNECTOR, 'Line Connector'],
  [KSNODETYPE_LEGACY_AUDIO_CONNECTOR, 'Legacy Audio Connector'],
  [KSNODETYPE_DAC, 'D/A Converter'],
  [KSNODETYPE_ADC, 'A/D Converter'],
]);

/** The name of a pin category, pin name or node type; null for a GUID the registry lacks. */
export const mediaCategoryName = (category: Guid): string | null => names.get(category) ?? null;
