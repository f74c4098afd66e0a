const ADJECTIVES =
  'agile amber ancient arctic autumn azure bold brave bright brisk calm candid clear clever copper coral crimson crisp curious dapper daring dawn deep distant dusty eager early earnest easy electric elegant emerald fair fearless fine floral fluent frosty gentle giddy gilded glad golden graceful grand happy hazy hidden honest humble icy indigo ivory jade jolly keen kind lasting late leafy light lively lucid lucky lunar mellow merry mild misty modest morning mossy neat nimble noble northern novel olive patient peachy plucky polite proud quick quiet radiant rapid rare restful rosy ruby rustic sage sandy scarlet serene sharp silent silver simple sincere sleek smooth snowy solar solid spry stellar still sturdy summer sunny swift tidy tranquil trusty upbeat valiant velvet vernal vivid warm western wild winter wise witty young zesty'.split(
    ' ',
  )

const NOUNS =
  'acorn anchor arrow aspen badger bay beach beacon bell birch bird bloom bramble breeze bridge brook canyon cedar cloud clover coast comet compass coral cove crane creek cypress dawn delta dove dune eagle ember falcon feather fern field finch fjord flame flower forest fountain fox garden glacier glade grove gull harbor hare hawk heath heron hill hollow island ivy jay juniper kite lagoon lake lantern lark leaf lily linden lotus lynx maple marsh meadow mesa mist moon moor moss mountain oak oasis ocean orchard otter owl palm path pebble pine planet plateau pond poplar prairie quail rain raven reed reef ridge river robin rock rose sail sea shadow shore sky snow sparrow spring spruce star stone stream sun swallow swan thicket thistle thunder tide trail tree tulip valley vine violet water wave willow wind wren yarrow'.split(
    ' ',
  )

/**
 * A name people can say for a run that was given none, such as `brave-tree-1`.
 *
 * - `random`: in [0, 1).
 * - `number`: how many runs the project has with this one, so that the names of a project also tell their order.
 */
export function inventDisplayName(random: number, number: number): string {
  const pick = Math.floor(random * ADJECTIVES.length * NOUNS.length)
  const adjective = ADJECTIVES[pick % ADJECTIVES.length]
  const noun = NOUNS[Math.floor(pick / ADJECTIVES.length)]
  return `${adjective}-${noun}-${number}`
}
