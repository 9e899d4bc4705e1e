// Tests run compiled (`npm run build`), each file in a process of its own: native modules, the umask
// and the working directory belong to the process.
export default {
  files: ['build/test/**/*.test.js'],
  workerThreads: false,
  // Between two results of one run, not per test.
  timeout: '3m',
};
