/** The part of a drawing that is seen, in the drawing's own units. */
export type ViewBox = { x: number; y: number; width: number; height: number }

const MARGIN = 24
/** Smaller than one in this many, names are no longer read. */
const READABLE_SCALE_MAX = 1.4
const ZOOM_IN_MAX = 2
const ZOOM_OUT_MAX = 8

/** All of a drawing, in a frame of so many pixels; never larger than life. */
export function wholeOf(drawing: { width: number; height: number }, frame: { width: number; height: number }): ViewBox {
  const scale = Math.max(1, (drawing.width + 2 * MARGIN) / frame.width, (drawing.height + 2 * MARGIN) / frame.height)
  const [width, height] = [frame.width * scale, frame.height * scale]
  return { x: (drawing.width - width) / 2, y: (drawing.height - height) / 2, width, height }
}

/** All of it too, unless it could not be read any more: then what is around `middle`, as large as it can be read. */
export function startOf(
  drawing: { width: number; height: number },
  frame: { width: number; height: number },
  middle: { x: number; y: number },
): ViewBox {
  const whole = wholeOf(drawing, frame)
  if (whole.width <= frame.width * READABLE_SCALE_MAX) return whole
  const [width, height] = [frame.width * READABLE_SCALE_MAX, frame.height * READABLE_SCALE_MAX]
  return { x: middle.x - width / 2, y: middle.y - height / 2, width, height }
}

export function pan(box: ViewBox, dx: number, dy: number): ViewBox {
  return { ...box, x: box.x + dx, y: box.y + dy }
}

/** Nearer by `factor` > 1, around a point that stays where it is; bounded. `frameWidth`: pixels. */
export function zoom(box: ViewBox, factor: number, around: { x: number; y: number }, frameWidth: number): ViewBox {
  const width = Math.min(Math.max(box.width / factor, frameWidth / ZOOM_IN_MAX), frameWidth * ZOOM_OUT_MAX)
  const ratio = width / box.width
  return {
    x: around.x - (around.x - box.x) * ratio,
    y: around.y - (around.y - box.y) * ratio,
    width,
    height: box.height * ratio,
  }
}
