import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type CuttingProxy = {
  /** The database's, by way of the proxy. */
  url: string
  /**
   * Cuts the connection over which the next transaction commits that has sent `mention`, once the database has committed
   * it: whoever asked for it never hears.
   */
  cutCommit(mention: string): void
  /** Connections that have been cut so. */
  cuts(): number
  close(): Promise<void>
}

/** A way to a PostgreSQL without TLS, on loopback. */
export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let mentioned: string | undefined
  let cuts = 0

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    let isCutting = false
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    client.on('data', (chunk) => {
      if (mentioned !== undefined && chunk.includes(mentioned)) {
        mentioned = undefined
        isCutting = true
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (!isCutting) {
        client.write(chunk)
      } else if (chunk.includes('COMMIT\0')) {
        cuts += 1
        end()
      }
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = Object.assign(new URL(databaseUrl), {
    hostname: '127.0.0.1',
    port: String((server.address() as AddressInfo).port),
  })
  return {
    url: url.href,
    cutCommit(mention) {
      mentioned = mention
    },
    cuts: () => cuts,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
