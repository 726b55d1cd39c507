/**
 * What each speaker of one layout sends to each of another, by channel mask. A speaker that both
 * have keeps its sound at gain 1. One that the target lacks is folded into its neighbours as
 * ITU-R BS.775 does: centre and surrounds at -3 dB, the low-frequency channel dropped. Mono is the
 * mean of the stereo fold, so that mono to stereo and back is the identity, and a mono sound plays
 * at full level from both sides. Speakers that the source lacks stay silent, as in Windows without
 * speaker fill. A mask of 0 (DIRECTOUT) places nothing: channel n goes to channel n.
 */
import { KSAUDIO_SPEAKER, SPEAKER } from '../../standards/pcm/channel-mask.ts';
import type { PcmFormat } from '../../standards/pcm/format.ts';

export type ChannelLayout = Pick<PcmFormat, 'channels' | 'channelMask'>;

/** `matrix[out][in]`, gains. */
export type ChannelMatrix = readonly (readonly number[])[];

/** The gain that keeps the power of a sound sent to two places. */
const MINUS_3_DB = Math.SQRT1_2;

type Share = readonly [speaker: number, gain: number];

const {
  SPEAKER_FRONT_LEFT: FL,
  SPEAKER_FRONT_RIGHT: FR,
  SPEAKER_FRONT_CENTER: FC,
  SPEAKER_BACK_LEFT: BL,
  SPEAKER_BACK_RIGHT: BR,
  SPEAKER_BACK_CENTER: BC,
  SPEAKER_SIDE_LEFT: SL,
  SPEAKER_SIDE_RIGHT: SR,
} = SPEAKER;

/**
 * Where the sound of a missing speaker goes: the first row whose speakers are all there, and
 * otherwise the last, whose own missing speakers are folded in turn. No row leads back to where
 * it came from. What has no row, such as the low-frequency channel, is dropped.
 */
const folds: ReadonlyMap<number, readonly (readonly Share[])[]> = new Map([
  [FC, [both(FL, FR, MINUS_3_DB)]],
  [BL, [[[SL, 1]], [[BC, MINUS_3_DB]], [[FL, MINUS_3_DB]]]],
  [BR, [[[SR, 1]], [[BC, MINUS_3_DB]], [[FR, MINUS_3_DB]]]],
  [SL, [[[BL, 1]], [[BC, MINUS_3_DB]], [[FL, MINUS_3_DB]]]],
  [SR, [[[BR, 1]], [[BC, MINUS_3_DB]], [[FR, MINUS_3_DB]]]],
  [BC, [both(BL, BR, MINUS_3_DB), both(SL, SR, MINUS_3_DB), both(FL, FR, 0.5)]],
  [SPEAKER.SPEAKER_FRONT_LEFT_OF_CENTER, [[[FL, MINUS_3_DB]]]],
  [SPEAKER.SPEAKER_FRONT_RIGHT_OF_CENTER, [[[FR, MINUS_3_DB]]]],
  [SPEAKER.SPEAKER_TOP_CENTER, [both(FL, FR, 0.5)]],
  [SPEAKER.SPEAKER_TOP_FRONT_LEFT, [[[FL, MINUS_3_DB]]]],
  [SPEAKER.SPEAKER_TOP_FRONT_CENTER, [[[FC, MINUS_3_DB]]]],
  [SPEAKER.SPEAKER_TOP_FRONT_RIGHT, [[[FR, MINUS_3_DB]]]],
  [SPEAKER.SPEAKER_TOP_BACK_LEFT, [[[BL, MINUS_3_DB]]]],
  [SPEAKER.SPEAKER_TOP_BACK_CENTER, [[[BC, MINUS_3_DB]]]],
  [SPEAKER.SPEAKER_TOP_BACK_RIGHT, [[[BR, MINUS_3_DB]]]],
]);

function both(left: number, right: number, gain: number): readonly Share[] {
  return [
    [left, gain],
    [right, gain],
  ];
}

/** The matrix from one layout to another. */
export function channelMatrix(from: ChannelLayout, to: ChannelLayout): ChannelMatrix {
  if (from.channelMask === 0 || to.channelMask === 0) return straight(from.channels, to.channels);
  const sources = speakersOf(from);
  const targets = speakersOf(to);
  if (to.channels === 1 && from.channels > 1) return [meanOfStereoFold(from)];
  if (isMono(from) && !targets.includes(FC)) {
    return targets.map((target) => [target === FL || target === FR ? 1 : 0]);
  }
  const matrix = targets.map(() => sources.map(() => 0));
  sources.forEach((source, column) => {
    if (source !== 0) share(source, 1, targets, column, matrix);
  });
  return withoutDoubledSurround(sources, targets, matrix);
}

/** Whether the matrix changes nothing. */
export function isIdentity(matrix: ChannelMatrix): boolean {
  return matrix.every(
    (row, out) =>
      row.length === matrix.length && row.every((gain, input) => gain === +(input === out)),
  );
}

function share(
  speaker: number,
  gain: number,
  targets: readonly number[],
  column: number,
  matrix: number[][],
): void {
  const row = matrix[targets.indexOf(speaker)];
  if (row !== undefined) {
    row[column] = (row[column] ?? 0) + gain;
    return;
  }
  const ways = folds.get(speaker) ?? [];
  const way = ways.find((each) => each.every(([to]) => targets.includes(to))) ?? ways.at(-1) ?? [];
  for (const [to, part] of way) share(to, gain * part, targets, column, matrix);
}

/** Back and side pairs that fall into one pair each come at -3 dB. */
function withoutDoubledSurround(
  sources: readonly number[],
  targets: readonly number[],
  matrix: number[][],
): number[][] {
  const pairs = [
    [BL, SL],
    [BR, SR],
  ] as const;
  for (const [back, side] of pairs) {
    const hasBoth = sources.includes(back) && sources.includes(side);
    const row = matrix[targets.indexOf(targets.includes(back) ? back : side)];
    if (!hasBoth || row === undefined || (targets.includes(back) && targets.includes(side)))
      continue;
    row[sources.indexOf(back)] = MINUS_3_DB;
    row[sources.indexOf(side)] = MINUS_3_DB;
  }
  return matrix;
}

function meanOfStereoFold(from: ChannelLayout): number[] {
  const stereo = { channels: 2, channelMask: KSAUDIO_SPEAKER.KSAUDIO_SPEAKER_STEREO };
  const [left = [], right = []] = channelMatrix(from, stereo);
  return left.map((gain, input) => (gain + (right[input] ?? 0)) / 2);
}

function straight(inputs: number, outputs: number): number[][] {
  return Array.from({ length: outputs }, (_, out) =>
    Array.from({ length: inputs }, (_, input) => +(input === out)),
  );
}

function isMono({ channels, channelMask }: ChannelLayout): boolean {
  return channels === 1 && channelMask === KSAUDIO_SPEAKER.KSAUDIO_SPEAKER_MONO;
}

/** The speaker of each channel, in the order of the mask's bits; 0 for channels beyond the mask. */
function speakersOf({ channels, channelMask }: ChannelLayout): number[] {
  const speakers: number[] = [];
  for (let bit = 0; bit < 31 && speakers.length < channels; bit++) {
    if ((channelMask & (1 << bit)) !== 0) speakers.push(1 << bit);
  }
  while (speakers.length < channels) speakers.push(0);
  return speakers;
}
