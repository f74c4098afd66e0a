import { Stack } from '@mantine/core'
import { useState } from 'react'
import { asProblem, type Problem } from '../api/client'
import { useLeaveGuard } from '../ui/use-leave-guard'
import { ActionStep } from './action-step'
import { useRuns } from './choices'
import type { Draft } from './draft'
import { EventStep } from './event-step'
import { eventInfo } from './event-types'
import { NameStep } from './name-step'
import { PayloadStep } from './payload-step'
import { ScopeStep } from './scope-step'
import { conditionInWords, type Names, proposedName, sentenceOf } from './sentence'
import { StepSection, type StepState } from './step'
import { refusedSteps, STEPS, type Step, stepProblems } from './step-problems'
import { SummaryBar } from './summary-bar'
import { AN_EXAMPLE, type Tried, usePreview } from './use-preview'
import { useUsableWebhooks } from './webhook-choice'

const TITLES: Record<Step, string> = {
  event: 'Event',
  scope: 'Scope',
  action: 'Action',
  payload: 'Payload',
  name: 'Name',
}

/**
 * The whole form, in the steps that W&B has. What is typed stays until it is saved or given up.
 *
 * - `save`: resolves to the problem, if it was refused.
 */
export function AutomationForm({
  entity,
  isOrganization,
  isPersonal,
  initial,
  isNew,
  save,
}: {
  entity: string
  isOrganization: boolean
  isPersonal: boolean
  initial: Draft
  /** Then one step is open after the other, and a name is proposed. */
  isNew: boolean
  save(draft: Draft): Promise<unknown>
}) {
  const [typed, setDraft] = useState(initial)
  const [isNamed, setNamed] = useState(initial.name !== '')
  const [open, setOpen] = useState<ReadonlySet<Step>>(new Set(isNew && initial.event === null ? ['event'] : STEPS))
  const [visited, setVisited] = useState<ReadonlySet<Step>>(new Set(isNew ? [] : STEPS))
  const [picked, setPicked] = useState<Tried>()
  const [refused, setRefused] = useState<{ problem: Problem; draft: Draft }>()
  const [isSaving, setSaving] = useState(false)
  const [isSaved, setSaved] = useState(false)

  const webhook = useUsableWebhooks(entity).webhooks.find(({ id }) => id === typed.webhook)?.name
  const names: Names = { entity, isOrganization, webhook }
  const draft = isNamed ? typed : { ...typed, name: proposedName(typed, names) }
  const place = placeOfDraft(draft)
  const isOfRuns = draft.event !== null && eventInfo(draft.event).run !== null
  const newestRun = useRuns(entity, isOfRuns ? place.project : '').data?.items[0]?.name
  const tried = picked ?? { ...place, run: newestRun ?? '' }
  const preview = usePreview(entity, draft, tried)
  useLeaveGuard(!isSaved && !isSaving && JSON.stringify(typed) !== JSON.stringify(initial))

  const local = stepProblems(draft)
  const saying = refused?.draft === typed ? refused.problem : preview.problem
  const remote = refusedSteps(saying) ?? {}
  const steps = STEPS.filter((step) => step !== 'payload' || draft.action !== 'nothing')
  const problemsOf = (step: Step) => [...local[step], ...(remote[step] ?? [])]
  const isComplete = steps.every((step) => local[step].length === 0)

  const change = (part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }))
    if (part.scope !== undefined || part.event !== undefined) setPicked(undefined)
    if (part.name !== undefined) setNamed(part.name !== '')
  }
  const toggle = (step: Step) => {
    setVisited((before) => new Set([...before, ...open]))
    setOpen((before) => new Set(before.has(step) ? [...before].filter((each) => each !== step) : [...before, step]))
  }
  const goOn = (step: Step) => {
    const next = steps[steps.indexOf(step) + 1]
    setVisited((before) => new Set([...before, step]))
    // What lacks something stays open.
    setOpen((before) => {
      const left = problemsOf(step).length > 0 ? [...before] : [...before].filter((each) => each !== step)
      return new Set(next === undefined ? left : [...left, next])
    })
    if (next !== undefined) focusStep(TITLES[next])
  }

  async function submit() {
    setVisited(new Set(STEPS))
    const wrong = steps.filter((step) => problemsOf(step).length > 0)
    if (wrong[0] !== undefined) {
      setOpen((before) => new Set([...before, ...wrong]))
      focusStep(TITLES[wrong[0]])
      return
    }
    setSaving(true)
    const error = await save(draft)
    setSaving(false)
    if (error === undefined) return setSaved(true)
    const problem = asProblem(error)
    setRefused({ problem, draft: typed })
    const steps_ = Object.keys(refusedSteps(problem) ?? {}) as Step[]
    setOpen((before) => new Set([...before, ...steps_]))
  }

  const props = { draft, onChange: change, entity }
  const section = (step: Step) => ({
    number: steps.indexOf(step) + 1,
    title: TITLES[step],
    summary: summaryOf(step, draft, names),
    state: stateOf(problemsOf(step), visited.has(step) || (remote[step] ?? []).length > 0),
    problems: visited.has(step) ? shownProblems(step, problemsOf(step)) : [],
    isOpen: open.has(step),
    onToggle: () => toggle(step),
    ...(isNew && step !== 'name' ? { onContinue: () => goOn(step) } : {}),
  })

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
      noValidate
    >
      <Stack gap="sm" miw={0}>
        <StepSection {...section('event')}>
          <EventStep {...props} />
        </StepSection>
        <StepSection {...section('scope')}>
          <ScopeStep {...props} isOrganization={isOrganization} isPersonal={isPersonal} />
        </StepSection>
        <StepSection {...section('action')}>
          <ActionStep {...props} />
        </StepSection>
        {draft.action !== 'nothing' && (
          <StepSection {...section('payload')}>
            <PayloadStep {...props} preview={preview} tried={tried} onTry={setPicked} />
          </StepSection>
        )}
        <StepSection {...section('name')}>
          <NameStep {...props} proposed={isNamed ? undefined : draft.name} />
        </StepSection>
      </Stack>
      <SummaryBar
        sentence={sentenceOf(draft, names)}
        draft={draft}
        entity={entity}
        isComplete={isComplete}
        isNew={isNew}
        isSaving={isSaving}
        problem={refused?.draft === typed && refusedSteps(refused.problem) === null ? refused.problem : undefined}
        wrong={steps.filter((step) => section(step).state === 'wrong').map((step) => TITLES[step])}
      />
    </form>
  )
}

/** The editor marks the problems of a payload itself, and says the first of them. */
const shownProblems = (step: Step, problems: string[]) => (step === 'payload' ? [] : problems)

function stateOf(problems: string[], isVisited: boolean): StepState {
  if (problems.length === 0) return 'complete'
  return isVisited ? 'wrong' : 'incomplete'
}

/** The version to show first: the newest of the collection that is watched; of more than one, an example. */
function placeOfDraft({ scope }: Draft): Tried {
  if (scope.type === 'collection' && scope.collection !== '') {
    return { ...AN_EXAMPLE, project: scope.project, collection: scope.collection, version: 'latest' }
  }
  if (scope.type === 'registry' && scope.registry !== '')
    return { ...AN_EXAMPLE, project: `wandb-registry-${scope.registry}` }
  return scope.type === 'project' ? { ...AN_EXAMPLE, project: scope.project } : AN_EXAMPLE
}

function summaryOf(step: Step, draft: Draft, names: Names): string {
  switch (step) {
    case 'event': {
      if (draft.event === null) return 'What it waits for'
      const label = draft.label.how === 'any' || eventInfo(draft.event).about === null ? [] : [draft.label.value]
      return [eventInfo(draft.event).label, ...label, ...draft.conditions.map(conditionInWords)].join(' · ')
    }
    case 'scope': {
      const { type, project, registry, collection } = draft.scope
      const named = {
        collection: [project, collection].filter(Boolean).join('/'),
        project,
        registry,
        entity: names.entity,
      }[type]
      return named === '' ? 'Where it watches' : named
    }
    case 'action':
      if (draft.action === 'nothing') return 'Nothing is sent'
      return names.webhook ?? 'What is done'
    case 'payload':
      return draft.payload.trim() === '' ? 'The default body' : 'A payload of your own'
    case 'name':
      return draft.name === '' ? 'Name and description' : draft.name
  }
}

/** The keyboard goes where the eye goes. */
function focusStep(title: string): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-step="${title}"]`)?.focus())
}
