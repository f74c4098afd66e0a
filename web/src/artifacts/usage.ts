import { qualifiedName, type VersionAddress } from './place'

export type Snippet = { title: string; code: string }

/**
 * How a version is used from a program and from a shell, ready to be copied.
 *
 * - `host`: this server, as the client is told it.
 */
export function usageSnippets(at: VersionAddress & { type: string }, host: string): Snippet[] {
  const name = JSON.stringify(qualifiedName(at))
  const type = JSON.stringify(at.type)
  return [
    {
      title: 'In a run, with lineage',
      code: [
        'import wandb',
        '',
        `with wandb.init(entity=${JSON.stringify(at.entity)}, project="my-project") as run:`,
        `    artifact = run.use_artifact(${name}, type=${type})`,
        '    path = artifact.download()',
      ].join('\n'),
    },
    {
      title: 'Without a run',
      code: [
        'import wandb',
        '',
        `artifact = wandb.Api().artifact(${name}, type=${type})`,
        'path = artifact.download()',
      ].join('\n'),
    },
    {
      title: 'In a terminal',
      code: [`export WANDB_BASE_URL=${shellWord(host)}`, `wandb artifact get ${shellWord(qualifiedName(at))}`].join(
        '\n',
      ),
    },
  ]
}

/** One word of a shell, quoted only where it has to be. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
