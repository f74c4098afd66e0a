import { expect, test } from 'vitest'
import { assertPasswordUsable, hashPassword, PASSWORD_LENGTH_MAX, verifyPassword } from './password.ts'

const refused = expect.objectContaining({ code: 'password_invalid' })

test('a password verifies, another does not, and the same is stored differently each time', async () => {
  const [first, second] = await Promise.all([
    hashPassword('correct horse battery'),
    hashPassword('correct horse battery'),
  ])
  expect(first).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/)
  expect(first).not.toBe(second)
  expect(await verifyPassword('correct horse battery', first)).toBe(true)
  expect(await verifyPassword('correct horse batterz', first)).toBe(false)
  expect(await verifyPassword('', first)).toBe(false)
})

test('the same characters verify however they are composed', async () => {
  const stored = await hashPassword('caf\u00e9 du march\u00e9')
  expect(await verifyPassword('cafe\u0301 du marche\u0301', stored)).toBe(true)
})

test('what was stored at another cost still verifies', async () => {
  // RFC 7914, section 12, third vector, cut to its first 32 bytes: a shorter key is the beginning of a longer one.
  const salt = (text: string) => Buffer.from(text).toString('base64').replaceAll('=', '')
  const hash = (hex: string) => Buffer.from(hex, 'hex').toString('base64').replaceAll('=', '')
  const stored = `$scrypt$ln=14,r=8,p=1$${salt('SodiumChloride')}$${hash(
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2',
  )}`
  expect(await verifyPassword('pleaseletmein', stored)).toBe(true)
  expect(await verifyPassword('pleaseletmeout', stored)).toBe(false)
})

test('a stored text that is not ours is a bug, not a wrong password', async () => {
  await expect(verifyPassword('whatever it is', '$argon2id$v=19$m=19456$x$y')).rejects.toThrow('Assertion failed')
  await expect(
    verifyPassword('whatever it is', `$scrypt$ln=30,r=8,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`),
  ).rejects.toThrow()
})

test('only the length of a password is judged, in characters', () => {
  for (const password of ['twelve chars', 'x'.repeat(PASSWORD_LENGTH_MAX), '🐎'.repeat(12)])
    assertPasswordUsable(password)
  for (const password of ['', 'eleven char', '🐎'.repeat(11), 'x'.repeat(PASSWORD_LENGTH_MAX + 1)]) {
    expect(() => assertPasswordUsable(password)).toThrow(refused)
  }
})
