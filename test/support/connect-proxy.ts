import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * What a proxy does with a CONNECT: opens the way, answers something else, says nothing, hangs up, or opens it and cuts
 * it once so many bytes have come back from the receiver.
 */
export type ProxyAnswer = 'open' | 'silence' | 'reset' | { raw: string } | { cutAfterBytes: number }

/** A real CONNECT proxy on loopback, which reaches every host on loopback, so that tests may use public addresses. */
export async function startConnectProxy(
  options: { answer?: ProxyAnswer | ((target: string) => ProxyAnswer); credentials?: string } = {},
) {
  const requests: { target: string; head: string }[] = []
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    keep(client)
    let head = ''
    const read = (data: Buffer) => {
      head += data.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      client.off('data', read)
      const target = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1] ?? ''
      requests.push({ target, head })
      serve(client, target, head)
    }
    client.on('data', read)
  })

  function serve(client: Socket, target: string, head: string): void {
    const wanted = options.credentials === undefined ? undefined : Buffer.from(options.credentials).toString('base64')
    if (wanted !== undefined && !head.includes(`Proxy-Authorization: Basic ${wanted}\r\n`)) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="x"\r\n\r\n')
      return
    }
    const { answer = 'open' } = options
    const given = typeof answer === 'function' ? answer(target) : answer
    if (given === 'silence') return
    if (given === 'reset') {
      client.resetAndDestroy()
      return
    }
    if (typeof given === 'object' && 'raw' in given) {
      client.end(given.raw)
      return
    }
    const receiver = connect(Number(target.slice(target.lastIndexOf(':') + 1)), '127.0.0.1')
    keep(receiver)
    let bytes = 0
    receiver.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n')
      client.pipe(receiver)
      receiver.on('data', (data: Buffer) => {
        bytes += data.length
        if (typeof given === 'object' && bytes > given.cutAfterBytes) {
          client.resetAndDestroy()
          receiver.destroy()
        } else client.write(data)
      })
      receiver.on('end', () => client.end())
      client.on('close', () => receiver.destroy())
    })
    receiver.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    /** Every CONNECT, with its whole head. */
    requests,
    sockets,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
