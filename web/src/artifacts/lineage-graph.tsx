import { ActionIcon, Group, Tooltip } from '@mantine/core'
import { IconFocusCentered, IconZoomIn, IconZoomOut } from '@tabler/icons-react'
import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import classes from './lineage.module.css'
import { type Layout, type LineageEdge, type LineageNode, NODE_HEIGHT, NODE_WIDTH } from './lineage-layout'
import { nodeName } from './lineage-words'
import { nodePath } from './node-path'
import { pan, startOf, type ViewBox, wholeOf, zoom } from './view-box'

const STEP_PX = 60
const ZOOM_STEP = 1.25
const TEXT_MAX = 22
const HEIGHT_MIN = 240
const HEIGHT_MAX = 520

/** Runs and versions with the arrows between them: dragged, zoomed by the wheel with Ctrl, moved by arrow keys. */
export function LineageGraph({ layout, around }: { layout: Layout; around: string }) {
  const frame = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 900, height: 420 })
  const [box, setBox] = useState<ViewBox>(() => wholeOf(layout, size))
  const dragged = useRef<{ x: number; y: number }>(undefined)

  useLayoutEffect(() => {
    const element = frame.current
    if (element === null) return
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const here = layout.nodes.find(({ id }) => id === around) ?? { x: 0, y: 0 }
    setBox(startOf(layout, size, { x: here.x + NODE_WIDTH / 2, y: here.y + NODE_HEIGHT / 2 }))
  }, [layout, size, around])

  const scale = box.width / size.width
  const middle = () => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 })
  const zoomBy = (factor: number) => setBox(zoom(box, factor, middle(), size.width))
  const whole = () => setBox(wholeOf(layout, size))

  // Not by React: it listens passively, and the page would be zoomed or scrolled along.
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const { left, top } = element.getBoundingClientRect()
      setBox((box) => {
        const scale = box.width / element.clientWidth
        const at = { x: box.x + (event.clientX - left) * scale, y: box.y + (event.clientY - top) * scale }
        return zoom(box, event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP, at, element.clientWidth)
      })
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [])

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const moved = moveBy(event.key, STEP_PX * scale)
    const factor = ZOOM_KEYS[event.key]
    if (moved !== undefined) setBox(pan(box, ...moved))
    else if (factor !== undefined) zoomBy(factor)
    else if (event.key === '0') whole()
    else return
    event.preventDefault()
  }
  function onPointerMove(event: PointerEvent) {
    const from = dragged.current
    if (from === undefined) return
    setBox((box) => pan(box, (from.x - event.clientX) * scale, (from.y - event.clientY) * scale))
    dragged.current = { x: event.clientX, y: event.clientY }
  }

  return (
    <div className={classes.frame} ref={frame} style={{ height: frameHeight(layout) }}>
      <section
        className={classes.canvas}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved by the keyboard
        tabIndex={0}
        aria-label="Graph of runs and versions: arrow keys move it, plus and minus zoom, 0 shows all"
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          dragged.current = { x: event.clientX, y: event.clientY }
        }}
        onPointerMove={onPointerMove}
        onPointerUp={() => {
          dragged.current = undefined
        }}
        onPointerLeave={() => {
          dragged.current = undefined
        }}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing with links in it is no set of fields */}
        <svg
          viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`}
          width="100%"
          height="100%"
          role="group"
          aria-label="Lineage"
        >
          <defs>
            <marker
              id="lineage-arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto-start-reverse"
            >
              <path d="M0 0 L8 4 L0 8 z" className={classes.arrow} />
            </marker>
          </defs>
          {layout.edges.map((edge) => (
            <Edge key={edge.id} edge={edge} />
          ))}
          {layout.nodes.map((node) => (
            <Node key={node.id} node={node} isHere={node.id === around} />
          ))}
        </svg>
      </section>
      <Group gap={4} className={classes.tools}>
        <Tool label="Zoom in" Icon={IconZoomIn} onClick={() => zoomBy(ZOOM_STEP)} />
        <Tool label="Zoom out" Icon={IconZoomOut} onClick={() => zoomBy(1 / ZOOM_STEP)} />
        <Tool label="Show all" Icon={IconFocusCentered} onClick={whole} />
      </Group>
    </div>
  )
}

/** As high as the drawing needs, within what a page has room for. */
function frameHeight({ height }: Layout): number {
  return Math.min(Math.max(height + 120, HEIGHT_MIN), HEIGHT_MAX)
}

const ZOOM_KEYS: Record<string, number> = { '+': ZOOM_STEP, '=': ZOOM_STEP, '-': 1 / ZOOM_STEP }

/** How far a key moves what is seen; `undefined` for a key that moves nothing. */
function moveBy(key: string, step: number): [number, number] | undefined {
  if (key === 'ArrowLeft') return [-step, 0]
  if (key === 'ArrowRight') return [step, 0]
  if (key === 'ArrowUp') return [0, -step]
  return key === 'ArrowDown' ? [0, step] : undefined
}

function Tool({ label, Icon, onClick }: { label: string; Icon: typeof IconZoomIn; onClick(): void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" aria-label={label} onClick={onClick}>
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
}

function Node({ node, isHere }: { node: LineageNode; isHere: boolean }) {
  const [first, second] =
    node.kind === 'run'
      ? [nodeName(node), 'run']
      : [nodeName(node), [node.version.type, ...node.version.aliases].join(' · ')]
  return (
    <Link
      to={nodePath(node)}
      className={`${classes.node} ${node.kind === 'run' ? classes.run : classes.version} ${isHere ? classes.here : ''}`}
      aria-current={isHere ? 'page' : undefined}
      draggable={false}
    >
      <title>{`${first}, ${second}`}</title>
      <rect
        x={node.x}
        y={node.y}
        width={NODE_WIDTH}
        height={NODE_HEIGHT}
        rx={node.kind === 'run' ? NODE_HEIGHT / 2 : 8}
      />
      <text x={node.x + 16} y={node.y + 20} className={classes.first}>
        {short(first)}
      </text>
      <text x={node.x + 16} y={node.y + 36} className={classes.second}>
        {short(second)}
      </text>
    </Link>
  )
}

/** An arrow with the time, or, dashed, from a version to one that it refers to. */
function Edge({ edge }: { edge: LineageEdge }) {
  if (edge.kind !== 'refers') return <path d={curve(edge)} className={classes.edge} markerEnd={ARROW} />
  return (
    <path d={curve(edge)} className={`${classes.edge} ${classes.refers}`} markerStart={ARROW}>
      <title>{`${nodeName(edge.to)} refers to ${nodeName(edge.from)}`}</title>
    </path>
  )
}

const ARROW = 'url(#lineage-arrow)'

const short = (text: string) => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text)

/** From the right side of the one to the left side of the other; back, below both, where it goes against the time. */
function curve({ from, to, via }: LineageEdge): string {
  const [x1, y1] = [from.x + NODE_WIDTH, from.y + NODE_HEIGHT / 2]
  const [x2, y2] = [to.x, to.y + NODE_HEIGHT / 2]
  if (x2 > x1) {
    let path = `M${x1} ${y1}`
    let [x, y] = [x1, y1]
    for (const { x: left, y: top } of via) {
      const middle = top + NODE_HEIGHT / 2
      path += ` ${bend(x, y, left, middle)} L${left + NODE_WIDTH} ${middle}`
      ;[x, y] = [left + NODE_WIDTH, middle]
    }
    return `${path} ${bend(x, y, x2, y2)}`
  }
  const low = Math.max(from.y, to.y) + NODE_HEIGHT + 30
  return `M${x1} ${y1} C${x1 + 60} ${low} ${x2 - 60} ${low} ${x2} ${y2}`
}

function bend(x1: number, y1: number, x2: number, y2: number): string {
  const middle = (x1 + x2) / 2
  return `C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`
}
