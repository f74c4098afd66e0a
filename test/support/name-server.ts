import { createSocket } from 'node:dgram'

const NO_ERROR = 0
export const SERVER_FAILURE = 2
export const NAME_ERROR = 3

/** A name server on loopback; `answer` gives an IPv4 address, a response code, or `undefined` for silence. */
export async function startNameServer(answer: (name: string) => string | number | undefined) {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (query, from) => {
    const labels: string[] = []
    let at = 12
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length))
      at += 1 + length
    }
    const name = labels.join('.')
    const isIpv4Query = query.readUInt16BE(at + 1) === 1
    asked.push(name)
    const said = answer(name)
    if (said === undefined) return
    const header = Buffer.from(query.subarray(0, 12))
    header.writeUInt16BE(0x8180 | (typeof said === 'number' ? said : NO_ERROR), 2)
    header.writeUInt16BE(typeof said === 'string' && isIpv4Query ? 1 : 0, 6)
    header.writeUInt32BE(0, 8)
    const record =
      typeof said === 'string' && isIpv4Query
        ? Buffer.concat([Buffer.from('c00c00010001000000000004', 'hex'), Buffer.from(said.split('.').map(Number))])
        : Buffer.alloc(0)
    socket.send(Buffer.concat([header, query.subarray(12, at + 5), record]), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return { address: `127.0.0.1:${socket.address().port}`, asked, close: () => socket.close() }
}
