/** Loaded before a process's own code: at SIGUSR2 it computes for SPIN_MS and hears nothing. */
process.on('SIGUSR2', () => {
  const end = performance.now() + Number(process.env.SPIN_MS ?? 3000)
  while (performance.now() < end);
})
