/**
 * HRESULTs of WASAPI and the MMDevice API, with the names and values of audioclient.h and
 * winerror.h. As NTSTATUS they are unsigned 32-bit numbers; the top bit says that a call failed.
 */
import type { Brand } from '../base/brand.ts';
import { type RefusalReason, StreamRefusal } from '../engine/client-stream.ts';

export type HResult = Brand<number, 'HResult'>;

const hresult = (value: number): HResult => value as HResult;
const audioClientError = (code: number): HResult => hresult(0x8889_0000 + code);

export const S_OK = hresult(0);
export const S_FALSE = hresult(1);
export const E_NOINTERFACE = hresult(0x8000_4002);
export const E_INVALIDARG = hresult(0x8007_0057);
/** HRESULT_FROM_WIN32(ERROR_NOT_FOUND). */
export const E_NOTFOUND = hresult(0x8007_0490);

export const AUDCLNT_S_BUFFER_EMPTY = hresult(0x0889_0001);
export const AUDCLNT_E_NOT_INITIALIZED = audioClientError(0x001);
export const AUDCLNT_E_ALREADY_INITIALIZED = audioClientError(0x002);
export const AUDCLNT_E_WRONG_ENDPOINT_TYPE = audioClientError(0x003);
export const AUDCLNT_E_DEVICE_INVALIDATED = audioClientError(0x004);
export const AUDCLNT_E_NOT_STOPPED = audioClientError(0x005);
export const AUDCLNT_E_BUFFER_TOO_LARGE = audioClientError(0x006);
export const AUDCLNT_E_OUT_OF_ORDER = audioClientError(0x007);
export const AUDCLNT_E_UNSUPPORTED_FORMAT = audioClientError(0x008);
export const AUDCLNT_E_INVALID_SIZE = audioClientError(0x009);
export const AUDCLNT_E_DEVICE_IN_USE = audioClientError(0x00a);
export const AUDCLNT_E_BUFFER_OPERATION_PENDING = audioClientError(0x00b);
export const AUDCLNT_E_EXCLUSIVE_MODE_NOT_ALLOWED = audioClientError(0x00e);
export const AUDCLNT_E_ENDPOINT_CREATE_FAILED = audioClientError(0x00f);
export const AUDCLNT_E_SERVICE_NOT_RUNNING = audioClientError(0x010);
export const AUDCLNT_E_EVENTHANDLE_NOT_EXPECTED = audioClientError(0x011);
export const AUDCLNT_E_BUFDURATION_PERIOD_NOT_EQUAL = audioClientError(0x013);
export const AUDCLNT_E_EVENTHANDLE_NOT_SET = audioClientError(0x014);
export const AUDCLNT_E_BUFFER_SIZE_ERROR = audioClientError(0x016);
export const AUDCLNT_E_BUFFER_ERROR = audioClientError(0x018);
export const AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED = audioClientError(0x019);
export const AUDCLNT_E_INVALID_DEVICE_PERIOD = audioClientError(0x020);
export const AUDCLNT_E_INVALID_STREAM_FLAG = audioClientError(0x021);
export const AUDCLNT_E_ENGINE_PERIODICITY_LOCKED = audioClientError(0x028);

export const succeeded = (result: HResult): boolean => result < 0x8000_0000;

const refusals: Readonly<Record<RefusalReason, HResult>> = {
  'device in use': AUDCLNT_E_DEVICE_IN_USE,
  'unsupported format': AUDCLNT_E_UNSUPPORTED_FORMAT,
  'buffer too small': AUDCLNT_E_ENDPOINT_CREATE_FAILED,
  'buffer not aligned': AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED,
  'endpoint failed': AUDCLNT_E_ENDPOINT_CREATE_FAILED,
  'period locked': AUDCLNT_E_ENGINE_PERIODICITY_LOCKED,
  'exclusive mode not allowed': AUDCLNT_E_EXCLUSIVE_MODE_NOT_ALLOWED,
  'engine stopped': AUDCLNT_E_SERVICE_NOT_RUNNING,
  'not present': AUDCLNT_E_DEVICE_INVALIDATED,
};

/** What a caller is told of the engine's refusal; anything else is no refusal and goes on. */
export function refusalResult(error: unknown): HResult {
  if (error instanceof StreamRefusal) return refusals[error.reason];
  throw error;
}
