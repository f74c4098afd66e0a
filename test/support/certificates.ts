import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `self`: signed by itself. The others by the authority `ca`. */
export type CertificateName = 'good' | 'expired' | 'self'

export type Certificates = {
  /** The path of a certificate in PEM. */
  file(name: CertificateName | 'ca'): string
  pem(name: CertificateName | 'ca'): string
  /** What a TLS server is made with. */
  server(name: CertificateName): { key: string; cert: string }
  remove(): void
}

/** Certificates for `hostname`, made by the machine's openssl. */
export function makeCertificates(hostname: string): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'tripline-tls-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-copy_extensions', 'copyall']
  const subject = ['-subj', '/CN=receiver', '-addext', `subjectAltName=DNS:${hostname}`]
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority', '-days', '2')
  openssl('req', '-x509', ...key, '-keyout', 'self.key', '-out', 'self.pem', ...subject, '-days', '2')
  for (const [name, days] of [
    ['good', '2'],
    ['expired', '-1'],
  ] as const) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, ...subject)
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...authority, '-days', days)
  }
  const read = (name: string) => readFileSync(join(directory, name), 'utf8')
  return {
    file: (name) => join(directory, `${name}.pem`),
    pem: (name) => read(`${name}.pem`),
    server: (name) => ({ key: read(`${name}.key`), cert: read(`${name}.pem`) }),
    remove: () => rmSync(directory, { recursive: true }),
  }
}
