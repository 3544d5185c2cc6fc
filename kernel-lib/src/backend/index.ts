export { diagnose, type Diagnosis, type DiagnosisRow } from './diagnose.ts';
export type { NvidiaGpu } from './native-diagnosis.ts';
export {
  BACKEND_NAMES,
  ensureBackend,
  useBackend,
  type BackendInfo,
  type BackendName,
} from './use-backend.ts';
