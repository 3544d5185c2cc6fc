/**
 * C++ that is compiled into the binding of native TensorFlow on Linux, and the linker's flags for it.
 *
 * On processors without AVX-512 the matrix product of oneDNN, which TensorFlow uses, keeps the address
 * of a work space on the heap in the stack pointer while it computes. A signal that is handled on
 * that thread meanwhile (an interrupt, a child that ends, a resized terminal, the profiler of
 * `node --cpu-prof`) puts its frame there and overwrites what lies before the work space; the
 * process aborts at some later `free`. So signals wait until an operation is done: they are blocked
 * in the calling thread, and in TensorFlow's own threads, which inherit that from the thread that
 * starts them, for good. Signals of faults stay as they are.
 */
export const SIGNAL_GUARD_SOURCE = `#include <pthread.h>
#include <signal.h>

struct TFE_Context;
struct TFE_ContextOptions;
struct TFE_Op;
struct TFE_TensorHandle;
struct TF_Status;

namespace {
class SignalsWait {
 public:
  SignalsWait() {
    sigset_t waiting;
    sigfillset(&waiting);
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    for (int fault : faults) sigdelset(&waiting, fault);
    pthread_sigmask(SIG_BLOCK, &waiting, &before_);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};
}  // namespace

extern "C" {
TFE_Context* __real_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status);
void __real_TFE_Execute(TFE_Op* op, TFE_TensorHandle** results, int* count, TF_Status* status);

TFE_Context* __wrap_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status) {
  SignalsWait wait;
  return __real_TFE_NewContext(options, status);
}

void __wrap_TFE_Execute(TFE_Op* op, TFE_TensorHandle** results, int* count, TF_Status* status) {
  SignalsWait wait;
  __real_TFE_Execute(op, results, count, status);
}
}
`;

/** Makes calls of the two functions go through the guard; an option of the linkers of Linux. */
export const SIGNAL_GUARD_FLAGS = ['-Wl,--wrap=TFE_NewContext', '-Wl,--wrap=TFE_Execute'] as const;
