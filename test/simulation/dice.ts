/** Everything that a simulation leaves to chance, drawn from its seed: the same seed draws the same. */
export type Dice = {
  /** In [0, 1). */
  random(): number
  /** A whole number from `from` up to and including `to`. */
  between(from: number, to: number): number
  chance(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  /** One of the keys, as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Partial<Record<Name, number>>>): Name
}

/** Source: Chris Doty-Humphrey's sfc32 of PractRand, seeded as there with twelve rounds thrown away. */
export function createDice(seed: number): Dice {
  let [a, b, c, count] = [0x9e3779b9, 0x243f6a88, seed | 0, 1]
  function random(): number {
    const mixed = (((a + b) | 0) + count) | 0
    count = (count + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + mixed) | 0
    return (mixed >>> 0) / 2 ** 32
  }
  for (let round = 0; round < 12; round += 1) random()

  const between = (from: number, to: number) => from + Math.floor(random() * (to - from + 1))
  return {
    random,
    between,
    chance: (probability) => random() < probability,
    pick: (items) => items[between(0, items.length - 1)]!,
    weighted<Name extends string>(weights: Readonly<Partial<Record<Name, number>>>): Name {
      const entries = Object.entries(weights) as [Name, number][]
      let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [name, weight] of entries) {
        left -= weight
        if (left < 0) return name
      }
      return entries.at(-1)![0]
    },
  }
}
