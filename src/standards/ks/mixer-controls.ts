/**
 * Nodes of a mixer: sums, multiplexers, and the names by which a filter tells its controls apart.
 * Published in ksmedia.h; the pages are KSNODETYPE_SUM, KSNODETYPE_MUX and
 * KSPROPERTY_AUDIO_MUX_SOURCE.
 */
import { guid } from '../../base/guid.ts';

export const KSNODETYPE_SUM = guid('{DA441A60-C556-11D0-8A2B-00A0C9255AC1}', 'KSNODETYPE_SUM');
export const KSNODETYPE_MUX = guid('{2CEAF780-C556-11D0-8A2B-00A0C9255AC1}', 'KSNODETYPE_MUX');

/** Id in KSPROPSETID_Audio: the input pin of the MUX node that is let through. */
export const KSPROPERTY_AUDIO_MUX_SOURCE = 12;

const name = (low: string, text: string) => guid(`{185F${low}-9905-11D1-95A9-00C04FB925D3}`, text);

export const KSAUDFNAME_MASTER_VOLUME = name('EDE3', 'KSAUDFNAME_MASTER_VOLUME');
export const KSAUDFNAME_MASTER_MUTE = name('EDE4', 'KSAUDFNAME_MASTER_MUTE');
export const KSAUDFNAME_WAVE_VOLUME = name('EDE5', 'KSAUDFNAME_WAVE_VOLUME');
export const KSAUDFNAME_WAVE_MUTE = name('EDE6', 'KSAUDFNAME_WAVE_MUTE');
export const KSAUDFNAME_LINE_VOLUME = name('EDEB', 'KSAUDFNAME_LINE_VOLUME');
export const KSAUDFNAME_MIC_VOLUME = name('EDED', 'KSAUDFNAME_MIC_VOLUME');
export const KSAUDFNAME_MIC_MUTE = name('EDEE', 'KSAUDFNAME_MIC_MUTE');
export const KSAUDFNAME_RECORDING_SOURCE = name('EDEF', 'KSAUDFNAME_RECORDING_SOURCE');
export const KSAUDFNAME_WAVE_IN_VOLUME = name('EDF6', 'KSAUDFNAME_WAVE_IN_VOLUME');
export const KSAUDFNAME_RECORDING_CONTROL = name('EDFA', 'KSAUDFNAME_RECORDING_CONTROL');
