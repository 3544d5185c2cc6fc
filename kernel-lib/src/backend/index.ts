export { diagnose, type Diagnosis, type DiagnosisRow } from './diagnose.ts';
export {
  BACKEND_NAMES,
  ensureBackend,
  useBackend,
  type BackendInfo,
  type BackendName,
} from './use-backend.ts';
