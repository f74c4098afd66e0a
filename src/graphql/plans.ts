import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  isNonNullType,
  Kind,
  Lexer,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  Source,
  specifiedRules,
  TokenKind,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import type { Logger } from 'pino'
import { Refusal } from '../refusal.ts'
import type { Context } from './builder.ts'
import { assertAffordable, type Cost, measureOperation } from './cost.ts'
import { unsupportedIn } from './unsupported.ts'

const TOKENS_MAX = 20_000
const PLANS_MAX = 1_000
/** A plan holds its text, its document and its code: some tens of times the text. */
const PLANS_TEXT_CHARACTERS_MAX = 4 * 1024 * 1024
const VALIDATION_ERRORS_MAX = 20

/** Brackets within brackets. The parser needs some of the stack for each; the client's documents have some 15. */
const NESTING_MAX = 200

type Variables = Readonly<Record<string, unknown>>

/** One operation of one document, checked against the schema, ready to run any number of times. */
type Plan = {
  document: DocumentNode
  operation: OperationDefinitionNode
  cost: Cost
  /** Variables that may be left out, for their default, but not be null: they stand where null may not. */
  notNull: readonly string[]
  runs: number
  compiled:
    | ((root: unknown, context: Context, variables: Variables) => Promise<ExecutionResult> | ExecutionResult)
    | undefined
}

/** What a request asks for: `operationName` may be empty or absent when the document has one operation. */
export type Operation = { query: string; operationName: string | undefined; variables: Variables }

/**
 * Runs operations against one schema, keeping what it learnt about each. An operation is interpreted the first time and
 * compiled from the second on: compiling costs as much as some ten runs, and clients repeat their few documents for ever.
 *
 * `answer` gives an `ExecutionResult`; its errors have a `path` when a resolver failed, and none when the request is at
 * fault. Variables that the document does not declare are ignored: the client sends some.
 */
export class Plans {
  readonly #schema: GraphQLSchema
  readonly #log: Logger
  readonly #plans = new Map<string, Plan>()
  #textCharacters = 0

  constructor(schema: GraphQLSchema, log: Logger) {
    this.#schema = schema
    this.#log = log
  }

  /** @throws Refusal `query_too_complex`, `invalid_request`, `not_supported` for what only W&B answers */
  async answer(operation: Operation, context: Context): Promise<ExecutionResult> {
    // Both parts belong into the key: a document with two operations has two plans.
    const key = `${operation.operationName ?? ''}\0${operation.query}`
    let plan = this.#plans.get(key)
    if (plan === undefined) {
      const made = this.#make(operation)
      if ('errors' in made) return { errors: made.errors }
      plan = made
    }
    this.#keep(key, plan)
    assertAffordable(plan.cost(operation.variables))
    for (const name of plan.notNull) {
      if (operation.variables[name] !== null) continue
      throw new Refusal('invalid_request', `Variable "$${name}" must not be null: leave it out to get its default`)
    }
    plan.runs += 1
    if (plan.runs === 2) this.#compile(plan)
    if (plan.compiled !== undefined) return await plan.compiled(undefined, context, operation.variables)
    return await execute({
      schema: this.#schema,
      document: plan.document,
      operationName: operation.operationName ?? null,
      contextValue: context,
      variableValues: operation.variables,
    })
  }

  #make(operation: Operation): Plan | { errors: readonly GraphQLError[] } {
    let document: DocumentNode
    try {
      assertNesting(operation.query)
      document = parse(operation.query, { maxTokens: TOKENS_MAX, noLocation: false })
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] }
      throw error
    }
    const definition = getOperationAST(document, operation.operationName)
    if (definition == null) {
      throw new Refusal(
        'invalid_request',
        operation.operationName === undefined
          ? 'The document must hold exactly one operation, or "operationName" say which one to run'
          : `The document has no operation "${operation.operationName}"`,
      )
    }
    const cost = measureOperation(this.#schema, document, definition)
    const errors = validate(this.#schema, document, RULES, { maxErrors: VALIDATION_ERRORS_MAX })
    if (errors.length > 0) {
      const unsupported = unsupportedIn(this.#schema, document)
      if (unsupported !== undefined) throw new Refusal('not_supported', unsupported)
      return { errors }
    }
    const notNull = variablesNotNull(this.#schema, document, definition)
    return { document, operation: definition, cost, notNull, runs: 0, compiled: undefined }
  }

  #compile(plan: Plan): void {
    const compiled = compileQuery<never>(this.#schema, plan.document, plan.operation.name?.value)
    if (isCompiledQuery(compiled)) {
      plan.compiled = compiled.query as NonNullable<Plan['compiled']>
    } else {
      const messages = compiled.errors?.map((error) => error.message)
      this.#log.warn({ operation: plan.operation.name?.value, messages }, 'operation stays interpreted')
    }
  }

  /** The least recently used plans make room. */
  #keep(key: string, plan: Plan): void {
    if (this.#plans.delete(key)) this.#textCharacters -= key.length
    this.#plans.set(key, plan)
    this.#textCharacters += key.length
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= PLANS_MAX && this.#textCharacters <= PLANS_TEXT_CHARACTERS_MAX) break
      this.#plans.delete(oldest)
      this.#textCharacters -= oldest.length
    }
  }
}

/**
 * A variable of a nullable type with a default may stand where null may not, as in `@include(if: $all)`. That it is null
 * all the same is only found by running, and not by compiled operations: so it is asked before.
 */
function variablesNotNull(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly string[] {
  const nullable = (operation.variableDefinitions ?? []).filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE)
  const names = new Set(nullable.map(({ variable }) => variable.name.value))
  const found = new Set<string>()
  const typeInfo = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Variable({ name }) {
        if (names.has(name.value) && isNonNullType(typeInfo.getInputType())) found.add(name.value)
      },
    }),
  )
  return [...found]
}

/**
 * Reads the tokens alone, which takes no stack.
 *
 * @throws Refusal `query_too_complex` | GraphQLError for what is no token
 */
function assertNesting(query: string): void {
  const lexer = new Lexer(new Source(query))
  let depth = 0
  for (let count = 0; count <= TOKENS_MAX; count++) {
    const { kind } = lexer.advance()
    if (kind === TokenKind.EOF) return
    if (OPENING.has(kind)) depth += 1
    else if (CLOSING.has(kind)) depth -= 1
    if (depth > NESTING_MAX)
      throw new Refusal('query_too_complex', `The query is nested deeper than ${NESTING_MAX} levels`)
  }
}

const OPENING = new Set<TokenKind>([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L])
const CLOSING = new Set<TokenKind>([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R])

// The schema is public (`schema.graphql`), so nobody needs to ask the server for it.
const RULES = [...specifiedRules, NoSchemaIntrospectionCustomRule]
