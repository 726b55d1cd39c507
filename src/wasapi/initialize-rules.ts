/**
 * What IAudioClient::Initialize checks before anything is opened: share mode, flags, and the rules
 * for durations and periods in exclusive mode. Source: the page of the method and its error codes.
 */
import type { PcmFormat } from '../standards/pcm/format.ts';
import {
  AUDCLNT_SESSIONFLAGS_DISPLAY_HIDE,
  AUDCLNT_SESSIONFLAGS_DISPLAY_HIDEWHENEXPIRED,
  AUDCLNT_SESSIONFLAGS_EXPIREWHENUNOWNED,
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
  AUDCLNT_STREAMFLAGS_CROSSPROCESS,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  AUDCLNT_STREAMFLAGS_LOOPBACK,
  AUDCLNT_STREAMFLAGS_NOPERSIST,
  AUDCLNT_STREAMFLAGS_PREVENT_LOOPBACK_CAPTURE,
  AUDCLNT_STREAMFLAGS_RATEADJUST,
  AUDCLNT_STREAMFLAGS_SRC_DEFAULT_QUALITY,
} from './constants.ts';
import {
  AUDCLNT_E_BUFDURATION_PERIOD_NOT_EQUAL,
  AUDCLNT_E_BUFFER_SIZE_ERROR,
  AUDCLNT_E_INVALID_DEVICE_PERIOD,
  AUDCLNT_E_INVALID_STREAM_FLAG,
  AUDCLNT_E_UNSUPPORTED_FORMAT,
  AUDCLNT_E_WRONG_ENDPOINT_TYPE,
  E_INVALIDARG,
  type HResult,
  S_OK,
} from './hresult.ts';

export interface InitializeRequest {
  readonly shareMode: number;
  readonly flags: number;
  readonly bufferDuration: number;
  readonly periodicity: number;
  readonly isRender: boolean;
  /** The shortest period of the device, in 100 ns. */
  readonly minimumPeriod: number;
}

/** What a session is and how it is shown: no stream sounds otherwise for it. */
export const SESSION_FLAGS =
  AUDCLNT_SESSIONFLAGS_EXPIREWHENUNOWNED |
  AUDCLNT_SESSIONFLAGS_DISPLAY_HIDE |
  AUDCLNT_SESSIONFLAGS_DISPLAY_HIDEWHENEXPIRED;
const KNOWN_FLAGS =
  SESSION_FLAGS |
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM |
  AUDCLNT_STREAMFLAGS_CROSSPROCESS |
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK |
  AUDCLNT_STREAMFLAGS_LOOPBACK |
  AUDCLNT_STREAMFLAGS_NOPERSIST |
  AUDCLNT_STREAMFLAGS_PREVENT_LOOPBACK_CAPTURE |
  AUDCLNT_STREAMFLAGS_RATEADJUST |
  AUDCLNT_STREAMFLAGS_SRC_DEFAULT_QUALITY;
const SHARED_ONLY_FLAGS = AUDCLNT_STREAMFLAGS_CROSSPROCESS | AUDCLNT_STREAMFLAGS_LOOPBACK;
const TICKS_PER_MS = 10_000;
/** The longest buffer of an exclusive stream: event-driven (pull mode), and timer-driven. */
const LONGEST_EVENT_BUFFER = 5000 * TICKS_PER_MS;
const LONGEST_TIMER_BUFFER = 2000 * TICKS_PER_MS;

export function checkInitialize(request: InitializeRequest): HResult {
  const { flags, isRender, shareMode } = request;
  const isExclusive = shareMode === AUDCLNT_SHAREMODE_EXCLUSIVE;
  if (!isExclusive && shareMode !== AUDCLNT_SHAREMODE_SHARED) return E_INVALIDARG;
  if ((flags & ~KNOWN_FLAGS) !== 0) return E_INVALIDARG;
  if (isExclusive && (flags & SHARED_ONLY_FLAGS) !== 0) return E_INVALIDARG;
  if ((flags & AUDCLNT_STREAMFLAGS_LOOPBACK) !== 0) {
    // Hearing what an endpoint plays is not offered here, so its flag is one we do not know.
    return isRender ? AUDCLNT_E_INVALID_STREAM_FLAG : AUDCLNT_E_WRONG_ENDPOINT_TYPE;
  }
  if ((flags & AUDCLNT_STREAMFLAGS_RATEADJUST) !== 0) {
    // The engine's rates are fixed, so IAudioClockAdjustment is not offered; in exclusive mode it
    // never is, and its page names what Initialize says then.
    return isExclusive ? AUDCLNT_E_UNSUPPORTED_FORMAT : AUDCLNT_E_INVALID_STREAM_FLAG;
  }
  if (!isExclusive) return request.periodicity === 0 ? S_OK : E_INVALIDARG;
  return checkExclusive(request);
}

function checkExclusive(request: InitializeRequest): HResult {
  const { bufferDuration, flags, minimumPeriod, periodicity } = request;
  if ((flags & AUDCLNT_STREAMFLAGS_EVENTCALLBACK) !== 0) {
    if (bufferDuration !== periodicity) return AUDCLNT_E_BUFDURATION_PERIOD_NOT_EQUAL;
    if (periodicity < minimumPeriod) return AUDCLNT_E_INVALID_DEVICE_PERIOD;
    return bufferDuration > LONGEST_EVENT_BUFFER ? AUDCLNT_E_BUFFER_SIZE_ERROR : S_OK;
  }
  // A period below the minimum is raised to it, and so is the buffer of one who names no period.
  const period = periodicity === 0 ? 0 : Math.max(periodicity, minimumPeriod);
  const isInRange = bufferDuration >= period && bufferDuration <= LONGEST_TIMER_BUFFER;
  return isInRange ? S_OK : AUDCLNT_E_BUFFER_SIZE_ERROR;
}

/** A client in shared mode writes the mix format's rate and channels, or asks for conversion. */
export function isSharedFormat(format: PcmFormat, mix: PcmFormat, flags: number): boolean {
  if ((flags & AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM) !== 0) return true;
  return format.rateHz === mix.rateHz && format.channels === mix.channels;
}
