/** Loaded into a server that has `--expose-gc` by `node --import`: tells what its heap holds after a collection. */
process.on('message', (message) => {
  if (message !== 'heap used') return
  globalThis.gc!()
  process.send!(process.memoryUsage().heapUsed)
})
